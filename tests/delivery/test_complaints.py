from typing import Any

import pytest

from accounts.models import Workspace
from consent.evidence import Proof, Source
from consent.models import ConsentState, Suppression
from contacts.models import Contact
from core.clock import now
from delivery.models import Message, MessageFact
from delivery.services import NeverSent, complaints, record_complaint
from events.models import Event
from tests.api import ApiClient

ADDRESS = "lina@example.org"


@pytest.fixture
def contact(agreed: Any) -> Contact:
    person: Contact = agreed(ADDRESS)
    return person


@pytest.fixture
def message(workspace: Workspace, contact: Contact) -> Message:
    return Message.objects.create(
        workspace=workspace, purpose="marketing", contact=contact, recipient=ADDRESS, status="sent",
        created_at=now(), due_at=now(), settled_at=now(),
    )  # fmt: skip


def complain(message: Message) -> bool:
    return record_complaint(message=message, proof=Proof(Source.API))


def blocked() -> set[tuple[str, str]]:
    return set(Suppression.objects.values_list("address", "reason"))


def test_a_complaint_is_a_fact_one_event_a_withdrawal_and_a_suppression(message: Message) -> None:
    assert complain(message)
    assert MessageFact.objects.get().action == "complained"
    assert blocked() == {(ADDRESS, "complaint")}
    assert set(ConsentState.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert Event.objects.get(kind="message.complained").properties["message"] == str(message.public_id)


def test_a_repeated_complaint_is_counted_once(message: Message) -> None:
    complain(message)
    assert not complain(message)
    assert MessageFact.objects.get().times == 2
    assert Event.objects.filter(kind="message.complained").count() == 1


def test_the_address_it_went_to_is_blocked_when_the_person_is_gone(message: Message) -> None:
    Message.objects.update(contact=None)
    message.refresh_from_db()
    complain(message)
    assert blocked() == {(ADDRESS, "complaint")}


def test_a_complaint_proves_that_an_unknown_message_arrived(message: Message) -> None:
    Message.objects.update(status="unknown")
    message.refresh_from_db()
    complain(message)
    message.refresh_from_db()
    assert message.status == "sent"


def test_when_the_suppression_fails_the_fact_is_not_written(message: Message, monkeypatch: Any) -> None:
    def fail(**_values: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(complaints, "suppress_address", fail)
    with pytest.raises(RuntimeError):
        complain(message)
    assert not MessageFact.objects.exists()
    assert set(ConsentState.objects.values_list("state", flat=True)) == {"granted"}


def test_nobody_complains_about_what_was_not_sent(message: Message) -> None:
    Message.objects.update(status="pending")
    message.refresh_from_db()
    with pytest.raises(NeverSent):
        complain(message)
    assert blocked() == set()


def test_a_program_says_it(workspace: Workspace, message: Message) -> None:
    api = ApiClient(workspace)
    answer = api.post(f"messages/{message.public_id}/complaint/", {}, 200)
    assert [fact["action"] for fact in answer["history"]] == ["complained"]
    assert blocked() == {(ADDRESS, "complaint")}


def test_a_program_cannot_say_it_of_what_was_not_sent(workspace: Workspace, message: Message) -> None:
    Message.objects.update(status="skipped")
    answer = ApiClient(workspace).post(f"messages/{message.public_id}/complaint/", {}, 409)
    assert answer["error"]["code"] == "not_sent"
    assert blocked() == set()
