"""What people bring by mistake or on purpose: a clear sentence or a rejected row, nothing half done, nothing lost."""

import io
from pathlib import Path

import pytest

from contacts.importing.columns import asks_day_or_month, day_first, guess_type, heading_names
from contacts.importing.dialect import UnreadableFile, detect
from contacts.importing.rows import MAX_LINE
from contacts.invisible import without_marks, without_unseen
from contacts.models import Contact, Import, ImportReject
from contacts.services.uploading import headings
from tests.contacts.importing import imported, tally, uploaded


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def reasons(import_: Import) -> list[tuple[int, str]]:
    return list(ImportReject.objects.of_import(import_).values_list("row_number", "reason"))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (bytes(range(256)) * 400, "not a text file"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "not a text file"),
        (b"GIF89a" + bytes(100), "not a list of people"),
        (b"SQLite format 3\x00" + bytes(100), "not a list of people"),
        (b"x" * 400_000, "first line is too long"),
        (b"x,y" + b"z" * 400_000 + b"\nada@example.org,Ada\n", "first line is too long"),
        (",".join(f"column {number}" for number in range(10_000)).encode() + b"\n", "more than 300 columns"),
        (b"\n" + b",".join([b"x"] * 10_000) + b"\n", "more than 300 columns"),
        (b"\xff\xfe\x00\x00m\x00\x00\x00", "UTF-32"),
    ],
)
def test_file_that_is_no_list_is_refused_and_not_kept(workspace, media, raw, words):
    with pytest.raises(UnreadableFile) as refused:
        uploaded(workspace, raw)
    assert words in str(refused.value)
    assert not Import.objects.exists()
    assert not any(path.is_file() for path in media.rglob("*"))


def test_endless_line_is_one_rejected_row(workspace):
    raw = b"mail,name\nada@example.org,Ada\nbob@example.org," + b"x" * (5 * MAX_LINE) + b"\neve@example.org,Eve\n"
    import_ = imported(workspace, raw, ["email", "first_name"])
    assert tally(import_) == (2, 0, 0, 1)
    assert reasons(import_) == [(3, "row_long")]
    assert set(Contact.objects.values_list("email", flat=True)) == {"ada@example.org", "eve@example.org"}


def test_another_encoding_half_way_spoils_only_its_own_rows(workspace):
    raw = "mail,name\nzoe@example.org,Zoë\n".encode() + "jurgen@example.org,Jürgen\n".encode("cp1252")
    raw += "юля@example.org,Юля\n".encode("cp1251") + "anna@example.org,Änne\n".encode()
    import_ = imported(workspace, raw, ["email", "first_name"])
    assert reasons(import_) == [(3, "encoding"), (4, "encoding")]
    assert set(Contact.objects.values_list("first_name", flat=True)) == {"Zoë", "Änne"}


def test_repeated_headings_are_numbered_and_each_is_its_own_column(workspace):
    raw = "Mail,Note,Note,,\u200bNote\u202e,Note (2)\nada@example.org,a,b,c,d,e\n"
    draft = uploaded(workspace, raw)
    assert headings(draft) == ["Mail", "Note", "Note (2)", "Column 4", "Note (3)", "Note (2) (2)"]
    import_ = imported(workspace, raw, ["email", "new:text", "new:text", "", "", "new:text"])
    assert tally(import_) == (1, 0, 0, 0)
    assert sorted(Contact.objects.get().attributes.values()) == ["a", "b", "e"]


def test_headings_are_cut_and_never_empty():
    assert heading_names([" a\x00\u202e  b ", "", "\u200b", "x" * 300], "C%(number)s") == ["a b", "C2", "C3", "x" * 120]


def test_nulls_in_a_file_are_left_out(workspace):
    import_ = imported(
        workspace, b"mail,na\x00me\nada@example.org,A\x00da\nbob@example.org,\x00\n", ["email", "first_name"]
    )
    assert tally(import_) == (2, 0, 0, 0)
    assert dict(Contact.objects.values_list("email", "first_name")) == {"ada@example.org": "Ada", "bob@example.org": ""}


@pytest.mark.parametrize(
    "name",
    ["Null", "NULL", "None", "nan", "True", "O'Brien; --", "'; DROP TABLE contacts_contact; --", "<b>Bo</b>",
     "{{ 7*7 }}", "%s %(x)s", "\\N", "\\.", "a\\tb", "“Q”", "=1+1", "Robert\\", "لينا", "Đặng", "🏴󠁧󠁢󠁳󠁣󠁴󠁿 Rob"],
)  # fmt: skip
def test_odd_names_come_in_as_they_are(workspace, name):
    raw = "mail,name,last\nada@example.org,{0},{0}\n".format('"' + name.replace('"', '""') + '"')
    import_ = imported(workspace, raw, ["email", "first_name", "new:text"])
    assert tally(import_) == (1, 0, 0, 0)
    contact = Contact.objects.get()
    assert (contact.first_name, contact.attributes["last"]) == (name, name)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\ufeffAda\u200b", "Ada"),
        ("\u202eadA\u202c", "adA"),
        ("\u2066لينا\u2069", "لينا"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u200cAda\u200d \u200dKing\u200c", "Ada King"),
        ("A\x07d\x1ba\x85", "Ada"),
        ("Ma\xadria", "Maria"),
        ("\u200b\u200c", ""),
    ],
)
def test_signs_nobody_sees_go_and_joiners_between_letters_stay(workspace, written, kept):
    import_ = imported(workspace, f"mail,name\nada@example.org,{written}\n", ["email", "first_name"])
    assert tally(import_) == (1, 0, 0, 0)
    assert Contact.objects.get().first_name == kept
    assert without_unseen(kept) == kept


def test_unseen_signs_do_not_make_two_people_of_one(workspace):
    raw = "mail,tel\n\u200bada@example.org\ufeff,\u202a+64 21 555 0142\u202c\nADA@example.org,+64215550142\n"
    import_ = imported(workspace, raw, ["email", "phone"])
    assert tally(import_) == (1, 0, 1, 0)
    assert Contact.objects.values_list("email", "phone").get() == ("ada@example.org", "+64215550142")
    assert without_marks("a\u200cb\x00") == "ab\x00"


def test_dates_in_five_formats_are_one_kind_of_date(workspace):
    days = ["2026-03-31", "31.03.2026", "31/3/26", "31-03-2026", "2026-03-31 09:00", "2026/3/31"]
    raw = "mail,day\n" + "".join(f"p{number}@example.org,{day}\n" for number, day in enumerate(days))
    import_ = imported(workspace, raw, ["email", "new:date"])
    assert tally(import_) == (6, 0, 0, 0)
    assert set(Contact.objects.values_list("attributes__day", flat=True)) == {"2026-03-31"}


def test_dates_that_fit_neither_order_come_back(workspace):
    import_ = imported(
        workspace, "mail,day\na@example.org,13/13/2026\nb@example.org,12/31/2026\n", ["email", "new:date"]
    )
    assert reasons(import_) == [(2, "date_impossible"), (3, "date_impossible")]


@pytest.mark.parametrize(
    ("cells", "is_open", "days_first"),
    [
        (["3/4/2026", "5/6/2026"], True, True),
        (["3/4/2026", "25/6/2026"], False, True),
        (["3/4/2026", "6/25/2026"], False, False),
        (["25/6/2026", "26/6/2026", "6/25/2026"], False, True),
        (["2026-03-04"], False, True),
        ([], False, True),
    ],
)
def test_order_of_day_and_month_is_asked_only_where_the_dates_do_not_tell(cells, is_open, days_first):
    assert (asks_day_or_month(cells), day_first(cells)) == (is_open, days_first)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["007", "012"], "text"),
        (["0", "10", "-3"], "number"),
        (["2026-03-31T09:05:00", "2026-03-31"], "datetime"),
        (["2026-03-31 00:00:00"], "date"),
        (["true", "false"], "boolean"),
        (["12.50 EUR"], "money"),
    ],
)
def test_type_of_a_new_detail_is_guessed_from_its_cells(cells, kind):
    assert guess_type(cells) == kind


def test_only_quotation_marks_and_delimiters_are_read_to_the_end():
    for raw in (b'"' * 10_001, b",,,,\n" * 2_000, b'"\n' * 5_000, b"\x1a", b";" * 200_000):
        try:
            dialect = detect(io.BytesIO(raw))
        except UnreadableFile:
            continue
        assert dialect.delimiter in {",", ";", "\t", "|"}
