"""Rows taken column by column come to the same as rows taken one by one."""

import csv
import io

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.details import AttributeKind
from contacts.importing.batch import Batch
from contacts.importing.columns import Column, suggest
from contacts.importing.converting import Converter
from contacts.importing.copying import array_literal, copy
from contacts.importing.dialect import Dialect
from contacts.importing.matching import rounds
from contacts.importing.remembering import Memory, Room
from contacts.importing.rows import Block, Row, read_blocks, read_rows
from contacts.models import Contact
from contacts.search_words import email_words, email_words_of_each, id_words, id_words_of_each
from contacts.services import ContactValues, create_contact
from tests.contacts.importing import imported

KINDS = {"day": AttributeKind("date"), "plan": AttributeKind("choice", ("free", "pro"))}
TARGETS = [
    "email",
    "external_id",
    "full_name",
    "phone",
    "country",
    "tags",
    "attribute:day",
    "attribute:plan",
    "consent",
]
CELLS = [
    st.sampled_from(["", " ADA@example.org ", "nobody@", "юлия@пример.рф"]),
    st.sampled_from(["", "1", "'=1", "x" * 121]),
    st.sampled_from(["", "Ada Lovelace", "Lovelace, Ada"]) | st.text(max_size=10),
    st.sampled_from(["", "021 555 0142", "+49 151 23456789", "call me"]),
    st.sampled_from(["", "nz", "DE", "Atlantis"]),
    st.sampled_from(["", "vip;a", "b|B"]),
    st.sampled_from(["", "31.12.2025", "31.02.2025"]),
    st.sampled_from(["", "PRO", "max"]),
    st.sampled_from(["", "yes", "no"]),
]


@settings(max_examples=60, deadline=None)  # the first odd country loads the names of all
@given(rows=st.lists(st.tuples(*CELLS).map(list), min_size=1, max_size=6), cut=st.lists(st.integers(0, 11), max_size=6))
def test_rows_read_together_say_what_each_says_alone(rows, cut):
    for row, width in zip(rows, cut, strict=False):  # some rows are too short, some too long
        row[width:] = ["more"] * (width - len(row))
    converter = Converter([Column(target, target) for target in TARGETS], KINDS, region="NZ")
    together = converter.convert_block(2, Block(0, rows, {})).rows()
    alone = [
        Converter([Column(target, target) for target in TARGETS], KINDS, region="NZ").convert(number, Row(0, row))
        for number, row in enumerate(rows, 2)
    ]
    assert [(row.number, row.problem, row.column, row.value) for row in together] == [
        (row.number, row.problem, row.column, row.value) for row in alone
    ]
    assert [row for row in together if not row.problem] == [row for row in alone if not row.problem]


def test_first_cell_at_fault_counts_and_the_phone_comes_last():
    converter = Converter([Column("tel", "phone"), Column("mail", "email"), Column("land", "country")], {})
    rows = [["call me", "nobody@", "Atlantis"], ["021", "ada@example.org", ""]]
    batch = converter.convert_block(2, Block(0, rows, {}))
    assert [(row.column, row.problem) for row in batch.refused()] == [
        ("mail", "email_no_domain"),
        ("tel", "phone_country"),
    ]
    assert len(batch.good()) == 0


def test_of_two_columns_for_one_thing_the_later_counts_where_it_says_any():
    converter = Converter(
        [Column("a", "email"), Column("name", "full_name"), Column("b", "email"), Column("f", "first_name")], {}
    )
    rows = [["a@x.example", "Ada King", "b@x.example", "Augusta"], ["a@x.example", "Ada King", "", ""]]
    said = [row.fields for row in converter.convert_block(2, Block(0, rows, {})).rows()]
    assert said == [
        {"email": "b@x.example", "first_name": "Augusta", "last_name": "King"},
        {"email": "a@x.example", "first_name": "Ada", "last_name": "King"},
    ]


@settings(max_examples=60)
@given(
    table=st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=3), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    most=st.integers(1, 5),
)
def test_blocks_hold_the_rows_of_the_file_in_order(table, quoting, most):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(table)
    file = io.BytesIO(text.getvalue().encode("utf-8", "replace"))
    dialect = Dialect("utf-8", ",")
    rows = list(read_rows(file, dialect))
    blocks = list(read_blocks(file, dialect, most=most))
    assert all(0 < len(block.cells) <= most for block in blocks)
    assert [cells for block in blocks for cells in block.cells] == [row.cells for row in rows]
    ends = [row.end for row in rows]
    assert {block.end for block in blocks} <= {*ends, len(file.getvalue())}
    for block in blocks:
        behind = list(read_rows(file, dialect, block.end))
        assert behind == [row for row in rows if row.end > block.end]


def test_a_quotation_mark_makes_one_block_slow_and_not_the_rest():
    lines = [f"p{number}@x.example,Name\n" for number in range(10)]
    lines[4] = '"p4@x.example","Na\nme"\n'
    file = io.BytesIO("".join(lines).encode())
    blocks = list(read_blocks(file, Dialect("utf-8", ","), most=3))
    assert [len(block.cells) for block in blocks] == [3, 3, 3, 1]
    assert blocks[1].cells[1] == ["p4@x.example", "Na\nme"]


@given(st.lists(st.text(max_size=20) | st.text("aB9@._-", max_size=70) | st.text("A9", min_size=1), max_size=6))
def test_addresses_keep_the_same_words_one_by_one_and_together(emails):
    assert [words.split() for words in email_words_of_each(emails)] == [email_words(one).split() for one in emails]


@given(st.lists(st.text(max_size=20) | st.text("aB9@._-", max_size=70) | st.text("A9", min_size=1), max_size=6))
def test_ids_keep_the_same_words_one_by_one_and_together(ids):
    assert id_words_of_each(ids) == list(map(id_words, ids))


@settings(max_examples=40)
@given(
    items=st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8), max_size=5)
)
def test_array_literal_is_read_back(db_cursor, items):
    db_cursor.execute("SELECT %s::text[]", [array_literal(items)])
    assert db_cursor.fetchone()[0] == items


@pytest.fixture(scope="module")
def db_cursor(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        yield cursor


def batch_of(emails: list[str], phones: list[str]) -> Batch:
    count = len(emails)
    return Batch(
        range(2, 2 + count), [[]] * count, {"email": emails, "phone": phones}, {}, [[]] * count, [True] * count
    )


def test_rows_that_share_somebody_wait_for_the_next_round():
    batch = batch_of(["a", "b", "a", "", "c"], ["1", "2", "", "2", ""])
    assert list(rounds(batch)) == [[0, 1, 4], [2, 3]]
    assert list(rounds(batch_of(["a", "b", ""], ["", "", ""]))) == [[0, 1, 2]]


def test_memory_is_bounded():
    asked = []
    memory = Memory(lambda text: asked.append(text) or text.upper(), Room(1))
    assert [memory[text] for text in ("x" * 41, "a", "a", "b", "b")] == ["X" * 41, "A", "A", "B", "B"]
    assert asked == ["x" * 41, "a", "b", "b"]


def test_imported_people_are_as_if_made_by_hand(workspace, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    content = (
        "mail,id,first,last,tel,lang,zone,land,tags,note\n"
        'A.B-C@mail.example,X_1\\,Zoë,O\'Brien-Größe,+64215550142,de-AT,europe/vienna,AT,"it\'s|b\\s","tab\\t ""x"""\n'
    )
    imported(
        workspace,
        content,
        [
            "email",
            "external_id",
            "first_name",
            "last_name",
            "phone",
            "language",
            "time_zone",
            "country",
            "tags",
            "new:text",
        ],
    )
    found = Contact.objects.get()
    assert (found.external_id, found.tags) == ("X_1\\", ["it's", "b\\s"])
    assert found.attributes == {"note": 'tab\\t "x"'}
    by_hand = create_contact(
        workspace=type(workspace).objects.create(name="b", slug="b"),
        values=ContactValues(
            email=found.email, external_id=found.external_id, first_name="Zoë", last_name="O'Brien-Größe",
            phone=found.phone, language="de-AT", time_zone="Europe/Vienna", country="AT", tags=found.tags,
        ),
    )  # fmt: skip
    same = (
        "email",
        "external_id",
        "first_name",
        "last_name",
        "phone",
        "language",
        "time_zone",
        "country",
        "tags",
        "search",
    )
    people = Contact.objects.filter(pk__in=[found.pk, by_hand.pk]).values_list(*same)
    assert people[0] == people[1]
    by_hand.refresh_from_db()
    assert found.folded == {**by_hand.folded, "note": 'tab\\t "x"'}


def test_copy_sends_every_line(db_cursor):
    db_cursor.execute("CREATE TEMPORARY TABLE copied (line int)")
    copy(db_cursor, "copied", (f"{number}\n" for number in range(1_234)))
    db_cursor.execute("SELECT count(*), sum(line) FROM copied")
    assert db_cursor.fetchone() == (1_234, 1_234 * 1_233 // 2)
    db_cursor.execute("DROP TABLE copied")


@pytest.mark.parametrize(
    ("heading", "cells", "target"),
    [
        ("Consent date", ["2025-02-05"], "consent_at"),
        ("Einwilligung am", ["05.02.2025", ""], "consent_at"),
        ("дата согласия", ["05.02.2025 10:00"], "consent_at"),
        ("consent_at", ["at the fair"], ""),
        ("consent date", [], ""),
    ],
)
def test_day_of_consent_is_known_by_heading_and_dates(heading, cells, target):
    assert [column.target for column in suggest([heading], [cells], {})] == [target]
