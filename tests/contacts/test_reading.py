"""Reading addresses, values, places and files: what comes in, in every spelling people use."""

import contextlib
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts import values
from contacts.addresses import normalise_email, normalise_phone, readable_phone
from contacts.importing.columns import guess_type, suggest
from contacts.importing.converting import split_name
from contacts.importing.dialect import Dialect, UnreadableFile, detect
from contacts.importing.rejected import harmless
from contacts.importing.rows import MAX_LINE, read_rows
from contacts.problems import SENTENCES, Problem, describe
from contacts.search_words import email_words, id_words, search_vector, terms_of, words_of
from contacts.values import ReadingRules


def code_of(read, *args) -> str:
    with pytest.raises(Problem) as raised:
        read(*args)
    assert raised.value.code in SENTENCES
    return raised.value.code


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ada.Lovelace+x@Example.ORG ", "ada.lovelace+x@example.org"),
        ("Ada <ADA@example.org>", "ada@example.org"),
        ("mailto:ada@example.org", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("юлия@пример.рф", "юлия@xn--e1afmkfd.xn--p1ai"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("x@mail.test", "x@mail.test"),
    ],
)
def test_email_is_normalised(text, normal):
    assert normalise_email(text) == normal
    assert normalise_email(normal) == normal


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ada", "email_no_at"),
        ("@example.org", "email_no_local"),
        ("ada@", "email_no_domain"),
        ("ada@localhost", "email_no_dot"),
        ("a b@example.org", "email_syntax"),
        ("ada@exa_mple.org", "email_syntax"),
        ("a..b@example.org", "email_syntax"),
        (f"{'a' * 65}@example.org", "email_syntax"),
        ("ada@-example.org", "email_syntax"),
        ("ada@example.org\x00", "email_syntax"),
    ],
)
def test_email_that_is_none_says_why(text, code):
    assert code_of(normalise_email, text) == code


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+64 21 555 0142", "", "+64215550142"),
        ("0064 (21) 555-0142", "", "+64215550142"),
        ("021 555 0142", "NZ", "+64215550142"),
        ("+49 (0)151 23456789", "", "+4915123456789"),
        ("8 916 123-45-67", "RU", "+79161234567"),
        ("601 555 018", "PL", "+48601555018"),
        ("06 698 12345", "IT", "+390669812345"),
        ("\u202a+64 21 555 0142\u202c", "", "+64215550142"),
    ],
)
def test_phone_becomes_e164(text, region, normal):
    assert normalise_phone(text, region) == normal
    assert normalise_phone(readable_phone(normal)) == normal


@pytest.mark.parametrize(
    ("text", "region", "code"),
    [
        ("021 555 0142", "", "phone_country"),
        ("090-5555", "JP", "phone_short"),
        ("+64 21 555 0142 555 0142 9", "", "phone_long"),
        ("call me", "NZ", "phone_syntax"),
        ("+999 123456", "", "phone_country"),
        ("1" * 500, "NZ", "phone_long"),
    ],
)
def test_phone_that_is_none_says_why(text, region, code):
    assert code_of(normalise_phone, text, region) == code


@given(st.text(max_size=60), st.sampled_from(["", "NZ", "DE", "US"]))
def test_anything_is_an_address_or_a_problem(text, region):
    for read in (normalise_email, lambda value: normalise_phone(value, region)):
        try:
            normal = read(text)
        except Problem:
            continue
        assert read(normal) == normal


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("number", "1 234,5", 1234.5),
        ("number", "1,234", 1234),
        ("number", "1.234.567", 1234567),
        ("number", "-0.10", -0.1),
        ("boolean", "Ja", True),
        ("boolean", "нет", False),
        ("date", "31.12.2025", "2025-12-31"),
        ("date", "2026-02-03T10:00:00Z", "2026-02-03"),
        ("date", "1/2/26", "2026-02-01"),
        ("datetime", "2026-03-31T00:00:00+02:00", "2026-03-30T22:00:00Z"),
        ("datetime", "31.03.2026 9:05", "2026-03-31T09:05:00Z"),
        ("money", "12,50 €", {"amount": "12.50", "currency": "EUR"}),
        ("money", "1.184 $", {"amount": "1184.00", "currency": "USD"}),
        ("money", "$1,184", {"amount": "1184.00", "currency": "USD"}),
        ("money", {"amount": 3, "currency": "nzd"}, {"amount": "3.00", "currency": "NZD"}),
        ("money", {"amount": "1.234", "currency": "EUR"}, {"amount": "1.2340", "currency": "EUR"}),
        ("money", "1.2340 EUR", {"amount": "1.2340", "currency": "EUR"}),
        ("choice", "PRO", "pro"),
        ("multi_choice", "pro; Free", ["free", "pro"]),
        ("text", "  a\x00b ", "ab"),
        ("text", "   ", None),
    ],
)
def test_value_is_stored_in_its_type_and_read_back_the_same(kind, text, stored):
    assert values.read_value(kind, text, ("free", "pro")) == stored
    assert values.read_value(kind, values.edit_text(kind, stored), ("free", "pro")) == stored
    assert isinstance(values.print_value(kind, stored), str)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("number", "many", "number_format"),
        ("number", "1" * 16, "number_large"),
        ("number", True, "number_format"),
        ("number", "NaN", "number_format"),
        ("boolean", "perhaps", "boolean_format"),
        ("date", "31.02.2026", "date_impossible"),
        ("date", "soon", "date_format"),
        ("datetime", "0001-01-01T00:00:00+14:00", "date_impossible"),
        ("choice", "max", "choice_unknown"),
        ("money", "12.50", "money_currency"),
        ("money", "EUR", "money_format"),
        ("text", "x" * 1001, "text_long"),
    ],
)
def test_value_of_another_type_says_why(kind, text, code):
    assert code_of(values.read_value, kind, text, ("free", "pro")) == code


@given(
    st.sampled_from(["text", "number", "boolean", "date", "datetime", "choice", "multi_choice", "money"]),
    st.text(max_size=40) | st.integers() | st.floats() | st.booleans() | st.lists(st.text(max_size=5), max_size=3),
)
def test_any_value_is_read_or_a_problem(kind, raw):
    try:
        stored = values.read_value(kind, raw, ("free", "pro"))
    except Problem:
        return
    assert values.read_value(kind, stored, ("free", "pro")) == stored


def test_month_first_dates_are_read_by_rule():
    assert values.read_value("date", "03/11/2025", (), ReadingRules(day_first=False)) == "2025-03-11"


def test_every_problem_has_a_sentence():
    assert all(describe(code).endswith(".") for code in SENTENCES)
    assert describe("no such code") == "This value cannot be used."


def test_words_forget_case_accents_and_signs():
    assert words_of("José O'Brien-ÜBER_Straße") == ["jose", "o", "brien", "uber", "strasse"]
    assert words_of("Лёва ЙОД") == ["лева", "иод"]
    assert [term.words for term in terms_of("  José & | ! (a:*  ")] == ["jose:*", "a:*"]
    assert terms_of("&|!()") == []


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("Ada.Lo", ["ada.lo"]),
        ("<ada@example.org>, José", ["ada@example.org", ""]),
        ("+64 (21) 555-01", ["642155501"]),
        ("64 21", ["64", "21"]),
        ("a\x00b", ["a", "b"]),
        ("\uff21\uff24\uff21", ["ada"]),
        (" ".join("abcdefghij"), list("abcdefgh")),
    ],
)
def test_terms_know_how_addresses_begin(text, starts):
    assert [term.start for term in terms_of(text)] == starts


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("ada@example.org", "example org"),
        ("ada.lovelace@example.org", "lovelace example org"),
        ("a500.1.x7@mail0.example", "x7 mail0 example"),
        ("a500.1.7@mail0.example", "mail0 example"),
        ("a500.1x@0.example", "1x 0 example"),
        ("ada.lovelace.77@example.org", "lovelace 77 example org"),
        ("Ada7@Example.org", "example org"),
        ("_ada@example.org", "ada example org"),
        ("josé@example.org", "jose example org"),
        ("", ""),
    ],
)
def test_vector_keeps_of_an_address_what_its_index_does_not_find(email, words):
    assert email_words(email) == words


@pytest.mark.parametrize(
    ("external_id", "words"),
    [
        ("C1042", ""),
        ("c1042", ""),
        ("1042", ""),
        ("Kunde7", "kunde7"),
        ("ORD-2024-17", "ord 2024 17"),
        ("É1", "e1"),
        ("6f1d7c52-8f0b-4d0a-9a55-0c1b6f2f9e31", ""),
        ("", ""),
    ],
)
def test_vector_keeps_of_an_id_what_its_index_does_not_find(external_id, words):
    assert id_words(external_id) == words


@settings(max_examples=50)
@given(text=st.text(max_size=80), tags=st.lists(st.text(max_size=20), max_size=3))
def test_any_text_makes_a_vector_and_a_query_postgresql_takes(db_cursor, text, tags):
    text = text.replace("\x00", "").lstrip("+")
    tags = [tag.replace("\x00", "") for tag in tags]
    query = " & ".join(term.words for term in terms_of(text))
    db_cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [search_vector([text], tags=tags), query])
    assert db_cursor.fetchone()[0] is bool(query)


@pytest.fixture(scope="module")
def db_cursor(django_db_setup, django_db_blocker):
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        yield cursor


# Files.


def rows_of(raw: bytes, dialect: Dialect | None = None, offset: int = 0):
    file = io.BytesIO(raw)
    return list(read_rows(file, dialect or detect(file), offset))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_file_is_read_in_every_writing(encoding, delimiter, newline):
    table = [["Name", "Größe"], ["Zoë, the “first”", "1;2"], ['say "hi"', "a\nb"], ["Ünal", "ß|\t"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(table)
    if newline == "\r":
        text = io.StringIO(text.getvalue().replace("a\nb", "a b"))
        table[2][1] = "a b"
    found = rows_of(text.getvalue().encode(encoding))
    assert [row.cells for row in found] == table
    assert found[-1].end == len(text.getvalue().encode(encoding))


def test_legacy_alphabets_are_told_apart():
    assert detect(io.BytesIO("имя,город\nЮлия,Москва\n".encode("cp1251"))).encoding == "cp1251"
    assert detect(io.BytesIO("الاسم,المدينة\nلينا حداد,القاهرة\n".encode("cp1256"))).encoding == "cp1256"
    assert detect(io.BytesIO("name,ort\nMüller,Köln\n".encode("cp1252"))).encoding == "cp1252"


def test_plain_beginning_does_not_hide_another_encoding():
    raw = b"mail,name\n" + b"ada@example.org,Ada\n" * 20_000 + "x@example.org,Müller\n".encode("cp1252")
    assert detect(io.BytesIO(raw)).encoding == "cp1252"


@settings(max_examples=60)
@given(
    table=st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=4), min_size=1, max_size=8),
    cut=st.integers(0, 7),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_reading_goes_on_at_every_offset(table, cut, encoding):
    table = [[cell.replace("\r", "").replace("\x00", "") for cell in row] for row in table]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    raw = text.getvalue().encode(encoding, "replace")
    dialect = Dialect(encoding, ",")
    whole = rows_of(raw, dialect)
    assert len(whole) == len(table)
    start = whole[min(cut, len(whole) - 1)].end
    assert rows_of(raw, dialect, start) == whole[min(cut, len(whole) - 1) + 1 :]


@settings(max_examples=60)
@given(raw=st.binary(max_size=300), encoding=st.sampled_from(["utf-8", "utf-16-le", "cp1252"]))
def test_any_bytes_are_read_to_the_end(raw, encoding):
    found = rows_of(raw, Dialect(encoding, ","))
    assert [row.end for row in found] == sorted({row.end for row in found})
    with contextlib.suppress(UnreadableFile):
        detect(io.BytesIO(raw))


def test_stray_quote_costs_its_own_line_only():
    found = rows_of(b'mail\n"broken@example.org\nada@example.org\nbob@example.org\n', Dialect("utf-8", ","))
    assert [(row.cells, row.problem) for row in found[1:]] == [
        (['"broken@example.org'], "cell_long"),
        (["ada@example.org"], ""),
        (["bob@example.org"], ""),
    ]


def test_huge_line_is_given_up_without_being_held():
    raw = b"mail\n" + b"x" * (3 * MAX_LINE) + b"\nada@example.org\n"
    found = rows_of(raw, Dialect("utf-8", ","))
    assert [row.problem for row in found] == ["", "row_long", ""]
    assert found[-1].cells == ["ada@example.org"]


def test_wrong_bytes_spoil_one_row():
    found = rows_of(b"name\nM\xfcller\n\xc3\x9cnal\n", Dialect("utf-8", ","))
    assert [row.problem for row in found] == ["", "encoding", ""]


def test_first_line_of_people_is_no_heading():
    assert not detect(io.BytesIO(b"ada@example.org,Ada\nbob@example.org,Bob\n")).has_header
    assert detect(io.BytesIO(b"E-mail,Name\nbob@example.org,Bob\n")).has_header


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        (["E-Mail-Adresse", "Vorname", "Nachname", "Handy", "Sprache", "Land"],
         ["email", "first_name", "last_name", "phone", "language", "country"]),
        (["Почта", "Имя", "Фамилия", "Телефон", "Язык", "Часовой пояс"],
         ["email", "first_name", "last_name", "phone", "language", "time_zone"]),
        (["البريد الإلكتروني", "الاسم", "رقم الجوال", "الدولة", "اللغة", "رقم العميل"],
         ["email", "full_name", "phone", "country", "language", "external_id"]),
        (["Name", "First Name", "E-mail", "Mail", "Lieblingshütte", "?"],
         ["", "first_name", "email", "", "attribute:cabin", ""]),
    ],
)  # fmt: skip
def test_columns_are_recognised_by_their_headings(headings, targets):
    found = suggest(headings, [[] for _heading in headings], {"Lieblingshütte": "cabin", "cabin": "cabin"})
    assert [column.target for column in found] == targets


def test_columns_are_recognised_by_their_cells():
    found = suggest(["a", "phone", "date"], [["x@example.org"], ["yes", "no"], ["3/14/2026"]], {})
    assert [(column.target, column.day_first) for column in found] == [("email", True), ("", True), ("", False)]
    cells = (["1", "0"], ["3,5", "12"], ["€ 3", "12 EUR"], ["1.2.2026"], ["lake"], [])
    assert [guess_type(column) for column in cells] == [
        "boolean", "number", "money", "date", "text", "text",
    ]  # fmt: skip


def test_whole_names_are_split():
    assert split_name("Ada  King Lovelace") == {"first_name": "Ada King", "last_name": "Lovelace"}
    assert split_name("Lovelace, Ada") == {"first_name": "Ada", "last_name": "Lovelace"}
    assert split_name("Björk") == {"first_name": "Björk"}


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+1+1", "-2+3", " =x", "\tx"])
def test_formulas_are_made_harmless(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+64 21 555 0142", "-12", "Ada", "", "a=b"])
def test_ordinary_cells_stay_as_they_are(cell):
    assert harmless(cell) == cell
