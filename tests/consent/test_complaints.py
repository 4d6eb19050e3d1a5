from typing import Any

import pytest

from accounts.models import AuditEntry, User, Workspace
from consent.evidence import Choice, Proof, Source
from consent.models import ConsentRecord, State, Suppression, Topic
from consent.services import record_consent, take_complaint
from contacts.models import Contact
from contacts.services.reaching import add_address
from events.models import Event
from tests.cast import client_of
from tests.consent.conftest import ADDRESS, state_of

HAND = Proof(Source.MANUAL)


def url(contact: Contact) -> str:
    return f"/w/kea-cabins/consent/contacts/{contact.public_id}/complaint/"


def agree(contact: Contact, topic: Topic) -> None:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api", basis="express"))


def blocked() -> set[tuple[str, str]]:
    return set(Suppression.objects.values_list("address", "reason"))


def complaints() -> int:
    return Event.objects.filter(kind="message.complained").count()


def test_a_complaint_ends_every_agreement_and_blocks_every_address(contact: Contact, topic: Topic) -> None:
    agree(contact, topic)
    add_address(contact=contact, channel="email", value="other@example.org")
    assert take_complaint(contact=contact, proof=HAND)
    assert state_of(contact, topic) == "withdrawn"
    assert blocked() == {(ADDRESS, "complaint"), ("other@example.org", "complaint")}
    assert complaints() == 1


def test_a_second_complaint_writes_nothing(contact: Contact, topic: Topic) -> None:
    take_complaint(contact=contact, proof=HAND)
    before = ConsentRecord.objects.count()
    assert not take_complaint(contact=contact, proof=HAND)
    assert (ConsentRecord.objects.count(), complaints()) == (before, 1)


def test_a_complaint_is_stronger_than_unsubscribing_and_outlives_signing_up_again(
    contact: Contact, topic: Topic
) -> None:
    agree(contact, topic)
    take_complaint(contact=contact, proof=HAND)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof(Source.SIGNUP, basis="express"))
    assert blocked() == {(ADDRESS, "complaint")}


def test_a_teammate_writes_a_complaint_down_once(workspace: Workspace, teammate: User, contact: Contact) -> None:
    client = client_of(teammate)
    page = f"/w/kea-cabins/consent/contacts/{contact.public_id}/"
    assert "They complained" in client.get(page).content.decode()
    for _press in range(2):
        assert client.post(url(contact)).status_code == 302
    assert blocked() == {(ADDRESS, "complaint")}
    assert AuditEntry.objects.get(workspace=workspace, action="suppression.added").actor == teammate
    assert "They complained" not in client.get(page).content.decode()


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_others_cannot(who: str, request: Any, contact: Contact) -> None:
    answer = client_of(request.getfixturevalue(who)).post(url(contact))
    assert answer.status_code == (403 if who == "viewer" else 404)
    assert blocked() == set()


def test_looking_at_it_changes_nothing(teammate: User, contact: Contact) -> None:
    assert client_of(teammate).get(url(contact)).status_code == 405
    assert blocked() == set()
