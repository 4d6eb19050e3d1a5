"""Searches find the same people by words and by the indexes of addresses, phones and ids, in lists and in the API."""

import pytest
from django.db import connection

from contacts import listing
from contacts.list_filters import ContactFilter
from contacts.listing import contact_page
from contacts.models import Contact
from contacts.querysets import people as querysets
from contacts.search_words import words_of
from contacts.services import ContactValues, create_contact
from contacts.text_search import TextSearch


@pytest.fixture
def people(workspace) -> dict[str, Contact]:
    """Five people with every kind of name, address and id."""
    said = {
        "ada": ContactValues(first_name="Ada", last_name="Lovelace", email="a.lovelace77@acme.com", external_id="C1042",
                             language="en-NZ", country="NZ"),
        "bob": ContactValues(email="bob_99@acme.com", phone="+64211234567", external_id="ORD-2024-17", language="en"),
        "cleo": ContactValues(first_name="Cleo", phone="+6421999888", external_id="Kunde7", language="enm"),
        "dora": ContactValues(email="info@dora.example", external_id="6f1d7c52-8f0b-4d0a-9a55-0c1b6f2f9e31"),
        "jose": ContactValues(first_name="José", last_name="O'Brien", email="josé.ñandú@correo.example", tags=["64"]),
    }  # fmt: skip
    return {name: create_contact(workspace=workspace, values=values) for name, values in said.items()}


def leave_only(cursor, index: str) -> None:
    """Drop the other indexes of its table until the test is over: of an empty table any of them is as good."""
    others = """
        SELECT 'ALTER TABLE ' || i.indrelid::regclass || COALESCE(' DROP CONSTRAINT ' || quote_ident(c.conname), ''),
            'DROP INDEX ' || i.indexrelid::regclass, c.conname IS NOT NULL
        FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
        WHERE i.indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = %s::regclass)
            AND i.indexrelid <> %s::regclass AND NOT i.indisprimary
    """
    cursor.execute(others, [index, index])
    for constraint, plain, is_constraint in cursor.fetchall():
        cursor.execute(constraint if is_constraint else plain)


def words_as_they_were(contact: Contact) -> None:
    """Give the contact the words that vectors held before indexes answered for them."""
    texts = (contact.first_name, contact.last_name, contact.email, contact.external_id or "", contact.phone)
    vector = " ".join(f"'{word}'" for word in words_of(" ".join(texts)))
    Contact.objects.filter(pk=contact.pk).set_search(vector)


SEARCHES = [
    ("ada", {"ada"}),
    ("lov", {"ada"}),
    ("ada lovel", {"ada"}),
    ("LOVELACE c10", {"ada"}),
    ("a.love", {"ada"}),
    ("a.lovelace77@ac", {"ada"}),
    ("lovelace77", {"ada"}),
    ("acme.com", {"ada", "bob"}),
    ("@acme.com", {"ada", "bob"}),
    ("@acme.com ada", {"ada"}),
    ("bob", {"bob"}),
    ("bob_99", {"bob"}),
    ("bob_9", {"bob"}),
    ("bob%", {"bob"}),
    ("<bob_99@acme.com>,", {"bob"}),
    ("+6421", {"bob", "cleo"}),
    ("6421", {"bob", "cleo"}),
    ("64211234567", {"bob"}),
    ("+64 21 123 4567", {"bob"}),
    ("6421 cleo", {"cleo"}),
    ("6421 64 cleo", {"cleo"}),
    ("jose 64", set()),
    ("cleo 6421999888", {"cleo"}),
    ("64211234567 bob", {"bob"}),
    ("cleo 64211234567", set()),
    ("bob 6421", {"bob"}),
    ("6421 642", {"bob", "cleo"}),
    ("bob_99 ord", {"bob"}),
    ("c10 a.love ada", {"ada"}),
    ("jose nandu", {"jose"}),
    ("o'brien info", set()),
    ("c1042", {"ada"}),
    ("C104", {"ada"}),
    ("1042", set()),
    ("ord-2024", {"bob"}),
    ("2024-17", {"bob"}),
    ("kunde7", {"cleo"}),
    ("6F1D7C52-8f0b", {"dora"}),
    ("info@dora.example", {"dora"}),
    ("info", {"dora"}),
    ("jose", {"jose"}),
    ("obrien", set()),
    ("o'brien", {"jose"}),
    ("nandu", {"jose"}),
    ("example", {"dora", "jose"}),
    ("_", set()),
    ("\\", set()),
    ("zzz", set()),
]


@pytest.mark.parametrize("are_old", [False, True])
@pytest.mark.parametrize(("walked", "common"), [(10_000, 1), (1, 50)])
def test_searches_find_whom_they_mean(workspace, people, monkeypatch, are_old, walked, common):
    monkeypatch.setattr(listing, "WALK", walked)
    monkeypatch.setattr(querysets, "COMMON", common)
    for contact in people.values() if are_old else ():
        words_as_they_were(contact)
    names = {contact.pk: name for name, contact in people.items()}
    for text, found in SEARCHES:
        page = contact_page(workspace, ContactFilter.from_query({"q": text, "sort": "email"}))
        assert {names[contact.pk] for contact in page.contacts} == found, text
        assert page.count == len(found), text
        search = TextSearch.of(text)
        alike = Contact.objects.in_workspace(workspace).found_by(workspace, search) if search else ()
        assert {names[contact.pk] for contact in alike} == found, text


@pytest.mark.parametrize("walked", [10_000, 1])
def test_searches_and_filters_are_both_asked(workspace, people, monkeypatch, walked):
    monkeypatch.setattr(listing, "WALK", walked)
    names = {contact.pk: name for name, contact in people.items()}
    for query, found in (
        ({"q": "acme", "language": "en"}, {"ada", "bob"}),
        ({"q": "acme", "language": "en-NZ"}, {"ada"}),
        ({"language": "enm"}, {"cleo"}),
        ({"q": "bob_9", "country": "NZ"}, set()),
        ({"q": "64", "tag": "64"}, set()),
        ({"q": "64", "until": "2999-01-01"}, {"bob", "cleo"}),
        ({"q": "c1042", "has": "nothing"}, set()),
    ):
        page = contact_page(workspace, ContactFilter.from_query(query))
        assert {names[contact.pk] for contact in page.contacts} == found, query


@pytest.mark.parametrize(
    ("text", "asks_phones"),
    [("cleo 6421999", False), ("cleo 64219998", True), ("642 6421", True), ("642", True), ("cleo", False)],
)
def test_phones_that_many_share_are_not_gathered_beside_a_name(text, asks_phones):
    assert ("contacts_address" in TextSearch.of(text).everybody(1).sql) is asks_phones


def test_people_of_others_are_not_found(workspace, other_workspace, people):
    for text in ("6421", "c1042", "bob", "lovelace"):
        assert not Contact.objects.found_by(other_workspace, TextSearch.of(text)).in_workspace(other_workspace)


def test_only_the_leading_address_is_looked_at(workspace, people):
    contact = people["bob"]
    contact.addresses.create(workspace=workspace, channel="sms", value="+49301234567", is_primary=False)
    assert not Contact.objects.in_workspace(workspace).found_by(workspace, TextSearch.of("4930"))


@pytest.mark.parametrize(
    ("select", "index"),
    [
        ("id FROM contacts_contact WHERE external_id = 'C1042'", "contact_external_id_known_once"),
        ("contact_id FROM contacts_address WHERE channel = 'email' AND value = 'ada@acme.com'", "address_known_once"),
        ("contact_id FROM contacts_address WHERE channel = 'sms' AND value LIKE '+6421%%'", "address_known_once"),
    ],
)
def test_one_index_finds_whole_ones_and_beginnings(workspace, select, index):
    with connection.cursor() as cursor:
        leave_only(cursor, index)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT {select} AND workspace_id = 1", [])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan


def test_indexes_know_beginnings_in_any_collation(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.relname, array_agg(o.opcname || ':' || coalesce(l.collname, '') ORDER BY n)"
            " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid, unnest(x.indclass::oid[], x.indcollation::oid[])"
            " WITH ORDINALITY AS k(class, sorts, n) JOIN pg_opclass o ON o.oid = k.class"
            " LEFT JOIN pg_collation l ON l.oid = k.sorts"
            " WHERE i.relname = ANY(%s) GROUP BY 1 ORDER BY 1",
            [["contact_by_mail", "contact_external_id_known_once", "address_known_once"]],
        )
        assert dict(cursor.fetchall()) == {
            "address_known_once": ["int8_ops:", "text_ops:default", "varchar_pattern_ops:default"],
            "contact_by_mail": ["int8_ops:", "text_ops:C", "int8_ops:"],
            "contact_external_id_known_once": ["int8_ops:", "varchar_pattern_ops:default"],
        }
