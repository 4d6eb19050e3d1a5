"""Addresses as rows of their own: several per person, their states, and the history of those."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from contacts.address_states import ANY, RULES, changeable, lifts
from contacts.models import Address, AddressState, Contact, MistypedDomain, Tombstone
from contacts.services import (
    ContactValues,
    DuplicateContact,
    ErasedPerson,
    InvalidContact,
    create_contact,
    mark_address,
    mark_addresses,
)
from contacts.services.addresses import Mark, mark_where
from contacts.services.flagging import flag_addresses
from contacts.services.reaching import MAX_ADDRESSES, add_address, make_primary, remove_address, state_address
from contacts.text_search import TextSearch
from core.clock import now
from core.crypto import address_hash
from tests.cast import make_contact

pytestmark = pytest.mark.django_db


def ada(workspace, **fields):
    return create_contact(workspace=workspace, values=ContactValues(email="ada@lake.example", **fields))


def states(address):
    return list(AddressState.objects.of_address(address).values_list("status", "reason", "source"))


def rows(contact):
    return list(Address.objects.of_contact(contact).values_list("channel", "value", "is_primary"))


# Several per person.


def test_a_second_address_is_not_the_main_one(workspace, owner):
    person = ada(workspace)

    added = add_address(contact=person, channel="email", value=" Ada@Work.Example ", actor=owner)

    assert rows(person) == [("email", "ada@lake.example", True), ("email", "ada@work.example", False)]
    assert (added.domain, added.status) == ("work.example", "unverified")
    person.refresh_from_db()
    assert person.email == "ada@lake.example"


def test_the_first_of_a_channel_is_the_main_one_and_can_be_found(workspace):
    person = ada(workspace, country="NZ")

    add_address(contact=person, channel="sms", value="021 555 0142")
    add_address(contact=person, channel="telegram", value=" 1234 5678 ")

    assert rows(person)[1:] == [("sms", "+64215550142", True), ("telegram", "12345678", True)]
    person.refresh_from_db()
    assert person.phone == "+64215550142"
    assert Contact.objects.in_workspace(workspace).found_by(workspace, TextSearch.of("64215550142")).get() == person


def test_a_new_main_address_takes_the_place_of_the_old(workspace):
    person = ada(workspace)

    add_address(contact=person, channel="email", value="ada@work.example", is_primary=True)

    assert rows(person) == [("email", "ada@work.example", True), ("email", "ada@lake.example", False)]
    person.refresh_from_db()
    assert person.email == "ada@work.example"


def test_making_another_the_main_one_is_repeated_in_the_contact(workspace):
    person = ada(workspace)
    other = add_address(contact=person, channel="email", value="ada@work.example")

    make_primary(address=other)
    make_primary(address=other)

    person.refresh_from_db()
    assert person.email == "ada@work.example"
    assert Address.objects.filter(contact=person, is_primary=True).count() == 1


def test_an_address_somebody_has_is_refused(workspace):
    person = ada(workspace)
    bob = make_contact(workspace, "bob@lake.example", first_name="Bob")

    with pytest.raises(DuplicateContact) as refused:
        add_address(contact=person, channel="email", value="bob@lake.example")

    assert refused.value.existing == bob
    assert rows(person) == [("email", "ada@lake.example", True)]


def test_an_erased_persons_address_is_refused(workspace):
    person = ada(workspace)
    Tombstone.objects.create(workspace=workspace, channel="email", address_hash=address_hash("eve@lake.example"))

    with pytest.raises(ErasedPerson):
        add_address(contact=person, channel="email", value="eve@lake.example")

    assert len(rows(person)) == 1


@pytest.mark.parametrize(
    ("channel", "value"), [("email", "ada"), ("sms", "12"), ("push", " "), ("push", "x" * 255), ("pigeon", "coo")]
)
def test_what_is_no_address_is_refused(workspace, channel, value):
    person = ada(workspace)

    with pytest.raises(InvalidContact):
        add_address(contact=person, channel=channel, value=value)

    assert len(rows(person)) == 1


def test_there_are_at_most_twenty(workspace):
    person = ada(workspace)
    for number in range(MAX_ADDRESSES - 1):
        add_address(contact=person, channel="email", value=f"ada{number}@lake.example")

    with pytest.raises(InvalidContact):
        add_address(contact=person, channel="email", value="more@lake.example")


def test_removing_the_main_one_hands_over_to_the_best(workspace):
    person = ada(workspace)
    add_address(contact=person, channel="email", value="ada@old.example")
    best = add_address(contact=person, channel="email", value="ada@good.example")
    mark_address(workspace=workspace, channel="email", value="ada@good.example", status="valid")

    remove_address(address=Address.objects.get(value="ada@lake.example"))

    assert Address.objects.get(contact=person, is_primary=True).pk == best.pk
    person.refresh_from_db()
    assert person.email == "ada@good.example"


def test_the_last_way_to_know_somebody_stays(workspace):
    person = ada(workspace)

    with pytest.raises(InvalidContact):
        remove_address(address=Address.objects.get(contact=person))

    assert len(rows(person)) == 1


def test_the_outside_knows_an_address_by_what_it_says(workspace, other_workspace):
    ours, theirs = (make_contact(place, "ada@lake.example").addresses.get() for place in (workspace, other_workspace))

    assert ours.public_id == Address.objects.get(pk=ours.pk).public_id
    assert ours.public_id != theirs.public_id


# States and who may give them.


def test_a_change_of_state_is_a_line_of_the_history_and_a_repetition_is_none(workspace):
    person = ada(workspace)
    address = person.addresses.get()

    for _again in range(2):
        mark_addresses(
            workspace=workspace, channel="email", values=[address.value], status="dead", reason="hard_bounce"
        )

    assert states(address) == [("dead", "hard_bounce", "bounce")]


def test_a_confirmation_brings_the_dead_back_and_a_click_does_not(workspace):
    address = ada(workspace).addresses.get()
    mark_address(workspace=workspace, channel="email", value=address.value, status="dead", reason="hard_bounce")

    mark_addresses(
        workspace=workspace, channel="email", values=[address.value], status="valid", reason="clicked", source="click"
    )
    address.refresh_from_db()
    assert address.status == "dead"

    mark_address(workspace=workspace, channel="email", value=address.value, status="valid", reason="confirmed")
    address.refresh_from_db()
    assert (address.status, states(address)[0]) == ("valid", ("valid", "confirmed", "confirmation"))


def test_a_check_takes_back_only_what_it_said_itself(workspace):
    address = ada(workspace).addresses.get()
    good = Mark(status="unverified", source="mail_check")
    where = "id = %(id)s"
    mark_where(workspace, Mark(status="invalid", reason="no longer there", source="person"), where, {"id": address.pk})

    assert mark_where(workspace, good, where, {"id": address.pk}) == 0

    mark_where(workspace, Mark(status="unverified", reason="asked", source="person"), where, {"id": address.pk})
    mark_where(workspace, Mark(status="invalid", reason="no_mail", source="mail_check"), where, {"id": address.pk})
    assert mark_where(workspace, good, where, {"id": address.pk}) == 1
    address.refresh_from_db()
    assert (address.status, address.status_reason) == ("unverified", "")


def test_older_news_changes_nothing(workspace):
    address = ada(workspace).addresses.get()
    mark_address(workspace=workspace, channel="email", value=address.value, status="dead", reason="hard_bounce")

    known = mark_address(
        workspace=workspace,
        channel="email",
        value=address.value,
        status="valid",
        reason="confirmed",
        at=now() - dt.timedelta(days=1),
    )

    address.refresh_from_db()
    assert known
    assert address.status == "dead"
    assert len(states(address)) == 1


def test_a_mark_stays_in_its_workspace(workspace, other_workspace):
    theirs = make_contact(other_workspace, "ada@lake.example").addresses.get()

    assert not mark_address(workspace=workspace, channel="email", value="ada@lake.example", status="dead")
    assert mark_where(workspace, Mark(status="dead"), "id = %(id)s", {"id": theirs.pk}) == 0

    theirs.refresh_from_db()
    assert theirs.status == "unverified"


def test_a_teammate_marks_with_a_reason_and_it_is_audited(workspace, teammate):
    address = ada(workspace).addresses.get()

    state_address(address=address, status="risky", note=" Says they  moved ", actor=teammate)

    assert states(address) == [("risky", "Says they moved", "person")]
    assert AddressState.objects.get().actor_id == teammate.pk
    entry = AuditEntry.objects.get(action="address.marked")
    assert entry.detail["why"] == "Says they moved"
    assert "lake.example" not in str(entry.detail)


@pytest.mark.parametrize(("status", "note"), [("risky", "  "), ("undead", "why"), ("risky", "x" * 121)])
def test_a_mark_without_reason_or_state_is_refused(workspace, status, note):
    address = ada(workspace).addresses.get()

    with pytest.raises(InvalidContact):
        state_address(address=address, status=status, note=note)

    assert states(address) == []


def test_a_line_of_the_history_cannot_be_changed_and_goes_with_its_address(workspace):
    address = ada(workspace).addresses.get()
    mark_address(workspace=workspace, channel="email", value=address.value, status="risky", reason="soft")

    with pytest.raises(IntegrityError), transaction.atomic():
        AddressState.objects.update(reason="other")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_address WHERE id = %s", [address.pk])

    assert not AddressState.objects.exists()


def test_an_erased_person_leaves_no_history(workspace):
    person = ada(workspace)
    mark_address(workspace=workspace, channel="email", value="ada@lake.example", status="risky", reason="soft")

    Contact.objects.get(pk=person.pk).delete()

    assert not AddressState.objects.exists()


@given(st.sampled_from(sorted(RULES)), st.sampled_from(sorted(ANY)))
def test_only_the_owner_a_person_or_the_check_itself_revives_the_dead(source, status):
    if "dead" in changeable(source, status) and status != "dead":
        assert source in {"person", "api", "system", "confirmation"} or lifts(source, status) == {"dead"}


# What stands out.


def test_new_addresses_carry_their_flags(workspace):
    person = create_contact(workspace=workspace, values=ContactValues(email="info@gmial.com"))

    assert person.addresses.get().flags == ["role", "typo"]


def test_a_workspaces_addresses_are_flagged_by_the_batch(workspace, other_workspace, monkeypatch):
    monkeypatch.setattr("contacts.services.flagging.BATCH", 2)
    emails = ["ada@gmial.com", "bob@yopmail.com", "eve@lake.example", "info+x@lake.example", "noreply@yopmail.com"]
    for email in emails:
        make_contact(workspace, email)
    theirs = make_contact(other_workspace, "ada@gmial.com").addresses.get()

    assert flag_addresses(workspace) == 4
    assert flag_addresses(workspace) == 0

    assert dict(Address.objects.filter(workspace=workspace).values_list("value", "flags")) == {
        "ada@gmial.com": ["typo"],
        "bob@yopmail.com": ["disposable"],
        "eve@lake.example": None,
        "info+x@lake.example": ["role"],
        "noreply@yopmail.com": ["disposable", "role"],
    }
    theirs.refresh_from_db()
    assert theirs.flags is None
    assert MistypedDomain.objects.values_list("domain", "suggestion").get() == ("gmial.com", "gmail.com")


def test_flags_agree_whether_set_at_once_or_by_the_batch(workspace):
    for email in ("info@gmial.com", "ada@yopmail.com", "help+1@hotmial.fr", "ada@gmail.com"):
        create_contact(workspace=workspace, values=ContactValues(email=email))

    assert flag_addresses(workspace) == 0


def test_a_domain_said_to_be_right_is_no_typing_error(workspace):
    MistypedDomain.objects.create(workspace=workspace, domain="gmial.co", suggestion="gmail.com", is_right=True)
    make_contact(workspace, "ada@gmial.co")

    flag_addresses(workspace)

    assert create_contact(workspace=workspace, values=ContactValues(email="bob@gmial.co")).addresses.get().flags is None
    assert set(Address.objects.values_list("flags", flat=True)) == {None}


def test_a_misspelling_of_a_frequent_domain_of_the_workspace_is_found(workspace):
    for number in range(60):
        make_contact(workspace, f"a{number}@harbour-rowing.nz")
    make_contact(workspace, "b@harbour-rowng.nz")

    flag_addresses(workspace)

    assert Address.objects.get(domain="harbour-rowng.nz").flags == ["typo"]
    assert Address.objects.filter(flags__isnull=False).count() == 1


def test_a_misspelling_that_very_many_share_is_still_one(workspace):
    people = [Contact(workspace=workspace, email=f"a{n}@gmial.com") for n in range(21)]
    people += [Contact(workspace=workspace, email=f"b{n}@gmail.com") for n in range(600)]
    Contact.objects.bulk_create(people)
    Address.objects.bulk_create(
        Address(workspace=workspace, contact=one, channel="email", value=one.email, domain=one.email.split("@")[1])
        for one in people
    )

    assert flag_addresses(workspace) == 21
