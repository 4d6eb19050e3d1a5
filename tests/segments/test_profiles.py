"""Profiles say what contacts say, whoever writes, merges or removes those; a check finds and mends what does not."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from contacts.models import Contact
from contacts.services import erase_contact
from contacts.services.merging import merge_contacts
from contacts.services.unmerging import undo_batch
from core.derived import Findings
from segments.models import Profile
from segments.services import check_profiles
from segments.services import profiles as profiles_module
from tests.cast import make_contact
from tests.contacts.importing import imported, tally

COLUMNS = (
    "id", "workspace_id", "created_at", "imported_at", "bucket_seed", "country", "language", "time_zone", "attributes",
    "folded",
)  # fmt: skip


def said():
    return list(Profile.objects.order_by("id").values_list(*COLUMNS))


def meant():
    return list(Contact.objects.order_by("id").values_list(*COLUMNS))


def test_a_new_person_has_a_profile(workspace):
    ann = make_contact(workspace, "ann@kea.example")
    Contact.objects.filter(pk=ann.pk).update(country="NZ", attributes={"plan": "pro"})
    assert Profile.objects.get().attributes == {"plan": "pro"}
    assert said() == meant()


def test_many_changed_by_one_statement_are_changed_alike(workspace, other_workspace):
    for number in range(30):
        make_contact(workspace if number % 3 else other_workspace, f"p{number}@kea.example")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_contact SET language = 'mi', attributes = '{\"n\": 1}' WHERE id %% 2 = 0", [])
        cursor.execute('UPDATE contacts_contact SET folded = \'{"first_name": "x"}\'')
    assert len(said()) == 30
    assert said() == meant()


def test_what_no_rule_asks_leaves_the_profile_alone(workspace):
    ann = make_contact(workspace, "ann@kea.example")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text FROM segments_profile")
        before = cursor.fetchone()
        Contact.objects.filter(pk=ann.pk).update(tags=["vip"], phone="+6421555")
        cursor.execute("SELECT ctid::text FROM segments_profile")
        assert cursor.fetchone() == before


def test_merging_and_undoing_it_keep_profiles(workspace):
    ann, anna = make_contact(workspace, "ann@kea.example"), make_contact(workspace, "anna@kea.example")
    Contact.objects.filter(pk=anna.pk).update(attributes={"plan": "pro"}, country="NZ")
    before = said()
    batch = merge_contacts(workspace=workspace, keep=ann.public_id, merge=[anna.public_id]).batch
    assert [row[0] for row in said()] == [ann.pk]
    assert said() == meant()
    undo_batch(batch=batch)
    assert said() == meant() == before


def test_whoever_is_erased_leaves_no_profile(workspace):
    ann, ben = make_contact(workspace, "ann@kea.example"), make_contact(workspace, "ben@kea.example")
    erase_contact(contact=ann)
    assert [row[0] for row in said()] == [ben.pk]
    assert said() == meant()


def test_an_import_writes_profiles_of_new_people_and_changes_known_ones(workspace):
    targets = ["external_id", "email", "country", "new:text"]
    header = "id,email,country,city\n"
    first = "".join(f"C{number},p{number}@kea.example,NZ,Napier\n" for number in range(20))
    assert tally(imported(workspace, header + first, targets)) == (20, 0, 0, 0)
    assert said() == meant()
    assert {profile.folded["city"] for profile in Profile.objects.all()} == {"napier"}
    second = "".join(f"C{number},p{number}@kea.example,{'DE' if number % 2 else 'NZ'},Napier\n" for number in range(25))
    assert tally(imported(workspace, header + second, ["external_id", "email", "country", "attribute:city"])) == (
        5, 10, 10, 0,
    )  # fmt: skip
    assert Profile.objects.filter(country="DE").count() == 12
    assert said() == meant()


def test_an_undone_change_never_happened(workspace):
    make_contact(workspace, "ann@kea.example")
    before = said()
    with transaction.atomic():
        Contact.objects.update(country="DE")
        transaction.set_rollback(True)
    assert said() == meant() == before


def test_emptying_the_table_empties_profiles(workspace):
    make_contact(workspace, "ann@kea.example")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE contacts_contact CASCADE")
    assert said() == []


def spoil(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE segments_profile SET country = 'XX' WHERE id = (SELECT min(id) FROM segments_profile)", "another"),
        ("DELETE FROM segments_profile WHERE id = (SELECT min(id) FROM segments_profile)", "no profile"),
        (
            "INSERT INTO segments_profile SELECT id + 1000, workspace_id, created_at, imported_at, bucket_seed,"
            " country, language, time_zone, attributes, folded FROM segments_profile LIMIT 1",
            "of nobody",
        ),
    ],
)
def test_the_check_finds_and_mends_what_is_wrong(workspace, monkeypatch, statement, word):
    monkeypatch.setattr(profiles_module, "CONTACTS_AT_ONCE", 2)
    for number in range(5):
        make_contact(workspace, f"p{number}@kea.example")
    assert check_profiles() == Findings(5)
    spoil(statement)
    found = check_profiles()
    assert found.wrong == 1
    assert word in found.examples[0]
    assert check_profiles(repair=True).wrong == 1
    assert check_profiles() == Findings(5)
    assert said() == meant()


def test_the_command_checks_profiles_too(workspace):
    make_contact(workspace, "ann@kea.example")
    spoil("DELETE FROM segments_profile")
    with pytest.raises(CommandError):
        call_command("check_summaries", stdout=StringIO(), stderr=StringIO())
