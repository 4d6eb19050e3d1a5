"""Answers become the person: matched or made, with consent, tags, submission and what follows, once."""

from typing import Any

import pytest

from consent.models import Confirmation, ConsentRecord, ConsentState, Topic
from consent.services import withdraw_everything
from contacts.models import Attribute, Contact
from contacts.services import ContactValues, create_contact, restrict_contact
from events.models import Event
from flows.models import ContactVariables, Flow, FlowSession, FollowUp, Submission
from flows.services import Visitor, create_flow, publish_flow, send_event, start_session
from tests.cast import make_contact

pytestmark = pytest.mark.django_db

DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "form",
    "name": "Join us",
    "default_locale": "en",
    "variables": [{"key": "visits", "type": "number", "initial": 0, "scope": "contact"}],
    "steps": [
        {
            "key": "you",
            "blocks": [
                {"type": "email", "key": "mail", "label": "Your e-mail", "required": True, "contact_field": "email"},
                {"type": "full_name", "key": "who", "label": "Your name", "contact_field": "full_name"},
                {"type": "phone", "key": "call", "label": "Phone", "contact_field": "phone"},
                {"type": "number", "key": "boats", "label": "Boats", "contact_field": "boats"},
                {
                    "type": "consent",
                    "key": "yes",
                    "label": "Write to me",
                    "legal_text": {"en": "Kea may write to me about news.", "de": "Kea darf mir schreiben."},
                    "purpose": "marketing",
                    "channels": ["email"],
                    "topics": ["news"],
                    "legal_version": "2026-05",
                },
            ],
            "logic": [{"actions": [{"do": "tag", "tag": "Joined"}, {"do": "add", "variable": "visits", "value": 1}]}],
        }
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}


def publish(workspace, owner, document: dict[str, Any], key: str = "join") -> Flow:
    Topic.objects.get_or_create(workspace=workspace, key="news", defaults={"name": "News"})
    Attribute.objects.get_or_create(workspace=workspace, key="boats", type="number", label="Boats")
    row = create_flow(workspace=workspace, actor=owner, name="Join us", document=document, key=key)
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


@pytest.fixture
def flow(workspace, owner) -> Flow:
    return publish(workspace, owner, DOCUMENT)


def answer(flow: Flow, visitor: Visitor | None = None, **answers: Any) -> FlowSession:
    secret = start_session(flow=flow, visitor=visitor or Visitor()).secret
    done = send_event(
        flow=flow,
        secret=secret,
        event={"type": "submit", "step": "you", "answers": answers},
        visitor=Visitor(ip="203.0.113.9", user_agent="Browser"),
    )
    return FlowSession.objects.get(pk=done.session.pk)


def test_stranger_becomes_a_contact_with_everything_they_said(flow):
    session = answer(flow, mail="Ana@Example.org", who="Ana Lee", call="+64 21 123 456", boats="2", yes=True)

    person = Contact.objects.get()
    assert session.contact == person
    assert (person.email, person.full_name, person.phone) == ("ana@example.org", "Ana Lee", "+6421123456")
    assert (person.attributes, person.tags) == ({"boats": 2}, ["Joined"])
    assert session.notes == []
    assert ContactVariables.objects.get().values == {"visits": 1}
    submission = Submission.objects.get()
    assert (submission.contact, submission.status, session.submission) == (person, "completed", submission)
    assert submission.answers["boats"] == 2
    kinds = list(Event.objects.filter(contact_id=person.pk).order_by("id").values_list("kind", flat=True))
    assert kinds.count("flow.completed") == 1
    assert "flow.step_completed" in kinds


def test_consent_keeps_the_words_shown_and_their_version(flow):
    answer(flow, Visitor(locale="de"), mail="ana@example.org", yes=True)

    row = ConsentRecord.objects.select_related("text", "topic").get()
    assert (row.state, row.topic.key, row.source) == ("granted", "news", "flow")
    assert (row.text.body, row.text.language) == ("Kea darf mir schreiben.", "de")
    assert row.source_detail == "Join us · 2026-05"


def test_unticked_consent_writes_nothing(flow):
    answer(flow, mail="ana@example.org")

    assert not ConsentRecord.objects.exists()


def test_no_is_not_taken_back_by_typing_an_address(flow, workspace, owner):
    person = make_contact(workspace, "ana@example.org")
    withdraw_everything(contact=person, channel="email", proof=_proof())
    before = list(ConsentState.objects.values_list("topic", "state"))

    answer(flow, mail="ana@example.org", yes=True)

    assert ("withdrawn" in {state for _topic, state in before}) or before
    assert not ConsentState.objects.filter(state="granted").exists()
    assert Confirmation.objects.get().topics == [Topic.objects.get(key="news").pk]
    assert Event.objects.filter(kind="consent.requested", contact_id=person.pk).count() == 1


def _proof():
    from consent.evidence import Proof, Source

    return Proof(Source.PREFERENCES)


def test_double_opt_in_waits_for_the_mailbox(workspace, owner):
    document = {**DOCUMENT, "steps": [{**DOCUMENT["steps"][0]}]}
    blocks = [*DOCUMENT["steps"][0]["blocks"][:-1], {**DOCUMENT["steps"][0]["blocks"][-1], "double_opt_in": True}]
    document["steps"][0]["blocks"] = blocks
    flow = publish(workspace, owner, document)

    answer(flow, mail="ana@example.org", yes=True)

    assert ConsentRecord.objects.get().state == "pending"
    assert Confirmation.objects.get().sent_count == 1


def test_stranger_who_types_an_address_changes_no_name_but_answers(flow, workspace):
    person = make_contact(workspace, "ana@example.org", first_name="Ana", phone="+6421000000")

    answer(flow, mail="ana@example.org", who="Mallory Moe", call="+64 21 999 999", boats=3)

    person.refresh_from_db()
    assert (person.first_name, person.last_name, person.phone) == ("Ana", "Moe", "+6421000000")
    assert person.attributes == {"boats": 3}


def test_person_who_came_by_their_own_link_may_change_everything(flow, workspace):
    person = make_contact(workspace, "ana@example.org", first_name="Ana")

    session = answer(flow, Visitor(contact=person), mail="ana@example.org", who="Anna Lee", boats=1)

    person.refresh_from_db()
    assert (session.contact, person.full_name) == (person, "Anna Lee")
    assert Event.objects.filter(kind="flow.started", contact_id=person.pk).count() == 1


def test_forwarded_link_belongs_to_whoever_answers(flow, workspace):
    person = make_contact(workspace, "ana@example.org", first_name="Ana")

    session = answer(flow, Visitor(contact=person), mail="ben@example.org", who="Ben Bo")

    person.refresh_from_db()
    assert (session.contact.email, person.first_name, person.email) == ("ben@example.org", "Ana", "ana@example.org")


def test_value_that_does_not_fit_is_noted_and_the_rest_is_kept(flow, workspace):
    Attribute.objects.filter(key="boats").update(rules={"max": 5})
    create_contact(workspace=workspace, values=ContactValues(email="ben@example.org", phone="+6421123456"))

    session = answer(flow, mail="ana@example.org", call="+6421123456", boats=9)

    assert session.status == "completed"
    assert session.answers["boats"] == 9
    assert {note["field"] for note in session.notes} == {"boats", "phone"}
    assert (session.contact.email, session.contact.phone) == ("ana@example.org", "")


def test_person_whose_data_is_kept_only_gets_nothing_but_the_answers_stay(flow, workspace):
    person = make_contact(workspace, "ana@example.org")
    restrict_contact(contact=person)

    session = answer(flow, mail="ana@example.org", boats=3, yes=True)

    person.refresh_from_db()
    assert (session.status, session.contact, person.attributes) == ("completed", None, {})
    assert session.notes == [{"field": "email", "problem": "restricted"}]
    assert not ConsentRecord.objects.exists()


def test_second_of_two_submits_gives_nothing_twice(flow):
    secret = start_session(flow=flow, visitor=Visitor()).secret
    event = {"type": "submit", "step": "you", "answers": {"mail": "ana@example.org", "yes": True}}
    send_event(flow=flow, secret=secret, event=event)

    again = send_event(flow=flow, secret=secret, event=event)

    assert again.effects[0] == {"type": "error", "code": "session_closed"}
    assert (Contact.objects.count(), Submission.objects.count(), ConsentRecord.objects.count()) == (1, 1, 1)
    assert ContactVariables.objects.get().values == {"visits": 1}


def test_variables_of_a_person_are_handed_on_to_their_next_session(flow):
    person = answer(flow, mail="ana@example.org").contact

    answer(flow, Visitor(contact=person), mail="ana@example.org")

    assert ContactVariables.objects.get().values == {"visits": 2}


def test_known_person_on_the_way_has_a_partial_submission(workspace, owner):
    steps = [DOCUMENT["steps"][0], {"key": "more", "blocks": [{"type": "short_text", "key": "why", "label": "Why?"}]}]
    flow = publish(workspace, owner, {**DOCUMENT, "steps": steps})
    person = make_contact(workspace, "ana@example.org")

    session = answer(flow, Visitor(contact=person), mail="ana@example.org", boats=1)

    assert (session.status, session.submission.status) == ("active", "partial")
    assert session.submission.answers["boats"] == 1


def test_stranger_without_an_address_stays_unknown(workspace, owner):
    step = {"key": "you", "blocks": [{"type": "number", "key": "boats", "label": "Boats", "contact_field": "boats"}]}
    flow = publish(workspace, owner, {**DOCUMENT, "variables": [], "steps": [step]})

    session = answer(flow, boats=2)

    assert (session.status, session.contact, session.answers) == ("completed", None, {"boats": 2})
    assert not Contact.objects.exists()
    assert not Submission.objects.exists()
    assert not FollowUp.objects.exists()
