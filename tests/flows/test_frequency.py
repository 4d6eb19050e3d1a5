"""“How often may we write?” in a flow: the answer goes where people choose it on their preference page."""

from typing import Any

import pytest

from consent.models import ContactPreference
from consent.services.choices import preference_of, save_choices
from contacts.models import Attribute, Contact
from flows.building.catalogue import fresh_block
from flows.models import Flow, FlowSession
from flows.services import Visitor, create_flow, publish_flow, send_event, start_session
from tests.cast import make_contact

pytestmark = pytest.mark.django_db

NEW = "ana@example.org"


def document(block: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": "1.0", "kind": "form", "name": "Join us", "default_locale": "en",
        "steps": [{"key": "you", "blocks": [
            {"type": "email", "key": "mail", "label": "Your e-mail", "required": True, "contact_field": "email"}, block,
        ]}],
        "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
    }  # fmt: skip


def publish(workspace, owner, block: dict[str, Any]) -> Flow:
    row = create_flow(workspace=workspace, actor=owner, name="Join us", document=document(block), key="join")
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


@pytest.fixture
def flow(workspace, owner) -> Flow:
    """With the ready-made question, as the builder adds it."""
    return publish(workspace, owner, fresh_block("message_frequency", "often"))


def answer(flow: Flow, visitor: Visitor | None = None, **answers: Any) -> FlowSession:
    secret = start_session(flow=flow, visitor=visitor or Visitor()).secret
    event = {"type": "submit", "step": "you", "answers": answers}
    return FlowSession.objects.get(pk=send_event(flow=flow, secret=secret, event=event, visitor=Visitor()).session.pk)


@pytest.mark.parametrize(("said", "days"), [("weekly", 7), ("every_four_weeks", 28), ("as_it_comes", None)])
def test_answer_of_somebody_new_is_their_choice(flow, said, days):
    session = answer(flow, mail=NEW, often=said)
    assert preference_of(Contact.objects.get()).days_between == days
    assert session.notes == []


def test_no_answer_chooses_nothing(flow):
    answer(flow, mail=NEW)
    assert not ContactPreference.objects.exists()


def test_stranger_who_types_an_address_changes_no_choice(flow, workspace):
    person = make_contact(workspace, NEW)
    save_choices(contact=person, values={"days_between": 7})
    answer(flow, mail=NEW, often="every_four_weeks")
    assert preference_of(person).days_between == 7


def test_whoever_came_by_a_link_of_their_own_changes_their_choice(flow, workspace):
    person = make_contact(workspace, NEW)
    save_choices(contact=person, values={"days_between": 7})
    answer(flow, Visitor(contact=person), mail=NEW, often="as_it_comes")
    assert preference_of(person).days_between is None


def test_known_person_without_a_choice_gets_the_one_they_make(flow, workspace):
    person = make_contact(workspace, NEW)
    answer(flow, mail=NEW, often="weekly")
    assert preference_of(person).days_between == 7


def test_number_of_days_is_taken_and_nonsense_is_noted(workspace, owner):
    block = {"type": "number", "key": "often", "label": "Days", "contact_field": "message_frequency"}
    flow = publish(workspace, owner, block)
    assert answer(flow, mail=NEW, often="14").notes == []
    assert preference_of(Contact.objects.get()).days_between == 14
    session = answer(flow, mail="bo@example.org", often="366")
    assert session.notes == [{"field": "message_frequency", "problem": "invalid"}]
    assert preference_of(Contact.objects.get(email="bo@example.org")).days_between is None


def test_detail_of_the_workspace_with_this_key_stays_that_detail(workspace, owner):
    Attribute.objects.create(workspace=workspace, key="message_frequency", type="text", label="Frequency")
    flow = publish(workspace, owner, fresh_block("message_frequency", "often"))
    answer(flow, mail=NEW, often="weekly")
    assert Contact.objects.get().attributes == {"message_frequency": "weekly"}
    assert not ContactPreference.objects.exists()
