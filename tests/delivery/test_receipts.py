"""What comes back: read, believed only with a token of ours, and written down once."""

import io
import sys
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Workspace
from consent.models import Suppression
from contacts.models import Address, Contact
from core.clock import now
from delivery.headers import message_id, return_path
from delivery.models import Dispatch, Message, MessageFact
from delivery.receipts.applying import BLAMES, SOFT_BOUNCES, Effect
from delivery.receipts.reading import Kind, Report, read_report
from delivery.receipts.taking import take_mail
from delivery.services import report_of
from events.models import Event
from tests.delivery import returned_mail

ONE = UUID("0190a2b4-7c1d-7e3f-8a5b-123456789abc")
ID = "lina@lake.example"


@pytest.fixture(autouse=True)
def _bounce_address(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@kea.nz"


@pytest.fixture
def contact(agreed: Any) -> Contact:
    person: Contact = agreed(ID)
    return person


@pytest.fixture
def dispatch(workspace: Workspace) -> Dispatch:
    return make_dispatch(workspace, 1)


def make_dispatch(workspace: Workspace, number: int) -> Dispatch:
    return Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=number, occurrence=now(), name="Lake"
    )


def make_message(contact: Contact, dispatch: Dispatch | None = None, **fields: Any) -> Message:
    return Message.objects.create(
        workspace=contact.workspace, dispatch=dispatch, purpose="marketing", contact=contact,
        created_at=now(), due_at=now(), settled_at=now(), **{"recipient": contact.email, "status": "sent", **fields},
    )  # fmt: skip


def id_of(message: Message) -> str:
    return message_id(message.public_id, "aroha@kea.example")


def facts() -> list[tuple[str, str]]:
    return list(MessageFact.objects.order_by("id").values_list("action", "detail"))


def blocked() -> set[tuple[str, str]]:
    return set(Suppression.objects.values_list("address", "reason"))


def status_of(email: str = ID) -> tuple[str, str]:
    return Address.objects.values_list("status", "status_reason").get(value=email)


def test_report_is_found_by_return_path_or_message_id() -> None:
    by_path = returned_mail.bounce(to=return_path(ONE, ""))
    by_id = returned_mail.bounce(message_id=message_id(ONE, "a@kea.nz"))

    expected = Report(Kind.BOUNCED, ONE, 550, "5.1.1", "550 5.1.1 User unknown")
    assert [read_report(by_path), read_report(by_id)] == [expected, expected]
    assert read_report(b"Subject: nothing\r\n\r\n", recipient=return_path(ONE, "")).public_id == ONE
    assert read_report(by_id.replace(b"123456789abc", b"123456789abd")).public_id is None


@pytest.mark.parametrize(
    ("raw", "kind", "code", "enhanced"),
    [
        (returned_mail.bounce(action="delayed", status="4.4.1", diagnostic="smtp; 451 later"), "delayed", 451, "4.4.1"),
        (returned_mail.bounce(action="delivered", status="2.0.0", diagnostic="smtp; 250 O"), "delivered", 250, "2.0.0"),
        (returned_mail.bounce(action="relayed", status="2.0.0", diagnostic=""), "relayed", 0, "2.0.0"),
        (returned_mail.bounce(status="5.0.0", diagnostic="smtp; 550-5.2.2 full"), "bounced", 550, "5.2.2"),
        (returned_mail.bounce(status="5.1.1 (bad mailbox)", diagnostic="X-Local; no box"), "bounced", 0, "5.1.1"),
        (returned_mail.old_bounce(to="b@kea.nz"), "bounced", 550, "5.1.1"),
        (returned_mail.old_bounce(to="b@kea.nz", words="It did not work."), "other", 0, ""),
        (returned_mail.complaint(), "complained", 0, ""),
        (returned_mail.complaint(kind="not-spam"), "other", 0, ""),
        (returned_mail.answer(message_id="<1@x>"), "answered", 0, ""),
        (returned_mail.answer(message_id="<1@x>", submitted="no", subject="Automatic reply: away"), "answered", 0, ""),
        (returned_mail.letter(message_id="<1@x>"), "other", 0, ""),
        (b"", "other", 0, ""),
    ],
)  # fmt: skip
def test_kinds_of_returned_mail_are_told_apart(raw: bytes, kind: str, code: int, enhanced: str) -> None:
    report = read_report(raw)

    assert (report.kind, report.code, report.enhanced) == (kind, code, enhanced)


@given(
    st.binary(max_size=400), st.integers(0, 900), st.sampled_from([returned_mail.bounce(), returned_mail.complaint()])
)
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_bytes_can_be_read(noise: bytes, at: int, raw: bytes) -> None:
    read_report(noise)
    assert read_report(raw[:at] + noise + raw[at:]).public_id is None


def test_hard_bounce_buries_the_address(contact: Contact, dispatch: Dispatch) -> None:
    message = make_message(contact, dispatch)

    assert take_mail(returned_mail.bounce(message_id=id_of(message))) == Effect.NOTED

    assert facts() == [("bounced", "hard 550 5.1.1 550 5.1.1 User unknown")]
    assert blocked() == {(ID, "hard_bounce")}
    assert status_of() == ("dead", "hard_bounce")
    assert Event.objects.filter(kind="message.bounced").count() == 1
    assert report_of(dispatch).bounced == {"hard": 1, "soft": 0}


def test_the_same_bounce_again_changes_nothing(contact: Contact) -> None:
    raw = returned_mail.bounce(message_id=id_of(make_message(contact)))
    take_mail(raw)

    assert take_mail(raw) == Effect.KNOWN
    assert MessageFact.objects.values_list("action", "times").get() == ("bounced", 2)
    assert Event.objects.filter(kind="message.bounced").count() == 1


def test_soft_bounce_blocks_nobody_and_turns_hard_but_not_back(contact: Contact, dispatch: Dispatch) -> None:
    message = make_message(contact, dispatch)
    soft = returned_mail.bounce(message_id=id_of(message), status="5.2.2", diagnostic="smtp; 552 5.2.2 Mailbox full")

    take_mail(soft)
    assert (blocked(), status_of()[0], report_of(dispatch).bounced) == (set(), "unverified", {"hard": 0, "soft": 1})
    assert take_mail(returned_mail.bounce(message_id=id_of(message))) == Effect.NOTED
    take_mail(soft)

    assert report_of(dispatch).bounced == {"hard": 1, "soft": 0}
    assert blocked() == {(ID, "hard_bounce")}


def test_many_soft_bounces_make_an_address_risky(workspace: Workspace, contact: Contact) -> None:
    for number in range(SOFT_BOUNCES):
        assert status_of()[0] == "unverified"
        message = make_message(contact, make_dispatch(workspace, number))
        take_mail(returned_mail.bounce(message_id=id_of(message), status="4.2.2", diagnostic="smtp; 452 4.2.2 full"))

    assert status_of() == ("risky", "soft_bounces")
    assert blocked() == set()


@pytest.mark.parametrize("status", ["5.7.26", "5.7.1", "5.6.3", "5.3.4", "4.4.7", "5.4.4"])
def test_no_fault_of_ours_blocks_a_reader(contact: Contact, status: str) -> None:
    message = make_message(contact)

    take_mail(returned_mail.bounce(message_id=id_of(message), status=status, diagnostic=f"smtp; 550 {status} no"))

    assert [action for action, _detail in facts()] == ["bounced"]
    assert (blocked(), status_of()[0]) == (set(), "unverified")


def test_several_servers_that_blame_the_sender_pause_the_campaign(
    workspace: Workspace, agreed: Any, dispatch: Dispatch
) -> None:
    for number in range(BLAMES):
        dispatch.refresh_from_db()
        assert dispatch.status == "running"
        message = make_message(agreed(f"p{number}@lake.example"), dispatch)
        words = "smtp; 550 5.7.26 unauthenticated"
        take_mail(returned_mail.bounce(message_id=id_of(message), status="5.7.26", diagnostic=words))

    dispatch.refresh_from_db()
    assert (dispatch.status, "5.7.26" in dispatch.pause_reason) == ("paused", True)


def test_complaint_ends_writing_to_the_person(contact: Contact) -> None:
    message = make_message(contact)
    raw = returned_mail.complaint(mail_from=return_path(message.public_id, ""))

    assert [take_mail(raw), take_mail(raw)] == [Effect.NOTED, Effect.KNOWN]

    assert [action for action, _detail in facts()] == ["complained"]
    assert blocked() == {(ID, "complaint")}


def test_delivery_is_noted(contact: Contact) -> None:
    message = make_message(contact)

    take_mail(returned_mail.bounce(message_id=id_of(message), action="delivered", status="2.0.0", diagnostic=""))

    assert facts() == [("delivered", "")]


@pytest.mark.parametrize(
    ("make", "facts_left"),
    [
        (lambda token: returned_mail.bounce(message_id=token), 1),
        (lambda token: returned_mail.bounce(message_id=token, action="delayed", status="4.4.1", diagnostic=""), 0),
        (lambda token: returned_mail.bounce(message_id=token, action="relayed", status="2.0.0", diagnostic=""), 0),
        (lambda token: returned_mail.complaint(message_id=token), 1),
        (lambda token: returned_mail.answer(message_id=token), 0),
    ],
)
def test_whatever_comes_back_proves_that_an_unknown_message_left(contact: Contact, make: Any, facts_left: int) -> None:
    message = make_message(contact, status="unknown", reason="no_reply")

    assert take_mail(make(id_of(message))) == Effect.NOTED

    assert Message.objects.values_list("status", "reason").get() == ("sent", "")
    assert MessageFact.objects.count() == facts_left


@pytest.mark.parametrize("status", ["pending", "claimed", "skipped", "failed", "cancelled"])
def test_nothing_comes_back_from_what_never_left(contact: Contact, status: str) -> None:
    message = make_message(contact, status=status)

    assert take_mail(returned_mail.bounce(message_id=id_of(message))) == Effect.NOT_OURS

    assert (Message.objects.get().status, facts(), blocked()) == (status, [], set())


def test_forged_bounce_is_nobodys(contact: Contact) -> None:
    message = make_message(contact)
    forged = f"<{message.public_id.hex}.{'0' * 12}@kea.example>"

    assert take_mail(returned_mail.bounce(message_id=forged)) == Effect.NOT_OURS
    assert take_mail(returned_mail.bounce(message_id=message_id(uuid4(), "a@kea.nz"))) == Effect.NOT_OURS
    assert (facts(), blocked()) == ([], set())


def test_persons_answer_is_left_alone(contact: Contact) -> None:
    message = make_message(contact, status="unknown")

    assert take_mail(returned_mail.letter(message_id=id_of(message))) == Effect.NOTHING
    assert Message.objects.get().status == "unknown"


def test_rapports_own_mail_only_learns_that_it_left(db: Any) -> None:
    message = Message.objects.create(
        purpose="system", recipient="a@b.nz", status="unknown", created_at=now(), due_at=now()
    )

    assert take_mail(returned_mail.bounce(message_id=id_of(message))) == Effect.NOTED
    assert (Message.objects.get().status, facts()) == ("sent", [])


def test_a_mail_server_hands_mail_to_the_command(
    contact: Contact, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message = make_message(contact)
    raw = returned_mail.old_bounce(to="somebody@kea.nz")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))

    call_command("take_mail", recipient=return_path(message.public_id, ""))

    assert capsys.readouterr().out == "noted\n"
    assert blocked() == {(ID, "hard_bounce")}
