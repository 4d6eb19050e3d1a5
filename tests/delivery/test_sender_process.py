"""From a frozen audience to the receiving server, over a real SMTP connection."""

import gc
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import Workspace
from consent.models import ConsentState, Suppression
from contacts.models import Address, Contact
from content.models import ContentVersion
from core.crypto import address_hash
from delivery.models import Dispatch, Message
from delivery.sender_process import SenderProcess
from delivery.services import cancel_dispatch, pause_dispatch, report_of, resume_dispatch
from delivery.services.dispatches import end_dispatches
from tests.cast import make_contact
from tests.smtp_server import Fault, Script, running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]


def outcomes(dispatch: Dispatch) -> dict[str, str]:
    rows = Message.objects.filter(dispatch=dispatch)
    return {row.recipient: f"{row.status}:{row.reason}" if row.reason else row.status for row in rows}


def test_campaign_reaches_only_those_who_agreed(
    workspace: Workspace, agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example", first_name="Lina")
    agreed("gone@lake.example")
    make_contact(workspace, "never@lake.example")
    make_contact(workspace, "")
    ConsentState.objects.filter(contact__email="gone@lake.example").update(state="withdrawn")

    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert server.recipients == ["lina@lake.example"]
    assert outcomes(dispatch) == {
        "lina@lake.example": "sent",
        "gone@lake.example": "skipped:consent_withdrawn",
        "never@lake.example": "skipped:no_consent",
        "": "skipped:no_address",
    }
    report = report_of(dispatch)
    assert report.targeted == 4 == report.sent + report.skipped_total
    assert end_dispatches() == [dispatch.pk]


def test_message_carries_headers_a_receiver_asks_for(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example", first_name="Lina", last_name="حداد")
    launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    import email
    from email import policy

    message = email.message_from_bytes(server.acceptances[0].data, policy=policy.SMTP)
    assert message["Subject"] == "Lina, the lake is warm"
    assert message["From"] == "Aroha <aroha@kea.example>"
    assert message["Reply-To"] == "desk@kea.example"
    assert message["To"].addresses[0].display_name == "Lina حداد"
    assert message["List-Unsubscribe"].startswith("<http")
    assert "/u/" in message["List-Unsubscribe"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"].endswith(".kea-cabins.kea.example>")
    assert message["Message-ID"].endswith("@kea.example>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Kia ora Lina" in message.get_body(("plain",)).get_content()
    # She did not agree to be counted: her link leads straight there, and no picture tells of opening.
    assert "https://kea.example/lake" in message.get_body(("html",)).get_content()
    assert "/o/" not in message.get_body(("html",)).get_content()


def test_links_of_people_who_agreed_to_counting_lead_through_us(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example", tracking=True)
    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert b"/c/" in server.acceptances[0].data
    assert b"/o/" in server.acceptances[0].data
    assert Message.objects.get(dispatch=dispatch).is_tracked is True


def test_withdrawal_after_the_freeze_wins(agreed: Make, launch: Launch, process: SenderProcess, settings: Any) -> None:
    contact = agreed("lina@lake.example")
    dispatch = launch()
    ConsentState.objects.filter(contact=contact).update(state="withdrawn")
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert server.recipients == []
    assert outcomes(dispatch) == {"lina@lake.example": "skipped:consent_withdrawn"}


def test_suppressed_domain_and_address_are_skipped(
    workspace: Workspace, agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("a@lake.example")
    agreed("b@bad.example")
    agreed("c@lake.example")
    Suppression.objects.create(workspace=workspace, domain="bad.example", reason="manual")
    Suppression.objects.create(workspace=workspace, address_hash=address_hash("c@lake.example"), reason="complaint")
    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert server.recipients == ["a@lake.example"]
    assert outcomes(dispatch)["b@bad.example"] == "skipped:suppressed_manual"
    assert outcomes(dispatch)["c@lake.example"] == "skipped:suppressed_complaint"


def test_unknown_mailbox_fails_and_is_never_written_to_again(
    workspace: Workspace, agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("dead@lake.example")
    agreed("lina@lake.example")
    dispatch = launch()
    with running_smtp_server(Script(refused={"dead@lake.example": "550 5.1.1 no such user"})) as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert server.recipients == ["lina@lake.example"]
    assert outcomes(dispatch) == {"dead@lake.example": "failed:hard_bounce", "lina@lake.example": "sent"}
    assert Address.objects.get(value="dead@lake.example").status == "dead"
    assert Suppression.objects.get(address="dead@lake.example").reason == "hard_bounce"


def test_senders_own_fault_pauses_and_drops_nobody(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@gmail.example")
    dispatch = launch()
    with running_smtp_server(Script(refused={"lina@gmail.example": "550 5.7.26 unauthenticated"})) as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    dispatch.refresh_from_db()
    assert dispatch.status == "paused"
    assert "5.7.26" in dispatch.pause_reason or "unauthenticated" in dispatch.pause_reason
    assert outcomes(dispatch) == {"lina@gmail.example": "pending:sender_fault"}
    assert not Suppression.objects.exists()


def test_greylisted_message_is_put_off(agreed: Make, launch: Launch, process: SenderProcess, settings: Any) -> None:
    agreed("lina@lake.example")
    dispatch = launch()
    with running_smtp_server(Script(refused={"lina@lake.example": "451 4.7.1 try later"})) as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 2)

    row = Message.objects.get(dispatch=dispatch)
    assert (row.status, row.attempts) == ("pending", 1)
    assert (row.due_at - dispatch.created_at).total_seconds() > 50
    assert server.recipients == []


def test_lost_reply_after_the_dot_is_unknown_and_not_sent_again(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example")
    dispatch = launch()
    with running_smtp_server(Script(faults={"after dot": Fault("reset")})) as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 2)
        process.run("bulk", 2)

    assert server.recipients == ["lina@lake.example"]
    assert outcomes(dispatch) == {"lina@lake.example": "unknown:no_reply"}


def test_dead_server_loses_nothing_and_pauses_after_a_minute(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example")
    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
    process.run("bulk", 2)
    dispatch.refresh_from_db()
    assert (dispatch.status, outcomes(dispatch)) == ("running", {"lina@lake.example": "pending"})

    from datetime import timedelta

    Dispatch.objects.update(trouble_since=dispatch.trouble_since - timedelta(minutes=2))
    Message.objects.update(due_at=dispatch.created_at)
    process.run("bulk", 2)

    dispatch.refresh_from_db()
    assert dispatch.status == "paused"
    assert "does not answer" in dispatch.pause_reason
    assert outcomes(dispatch) == {"lina@lake.example": "pending"}
    assert resume_dispatch(dispatch=dispatch) is True


def test_paused_dispatch_is_not_claimed(agreed: Make, launch: Launch, process: SenderProcess, settings: Any) -> None:
    agreed("lina@lake.example")
    dispatch = launch()
    pause_dispatch(dispatch=dispatch, reason="lunch")
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        assert process.run("bulk", 2) == 0
        resume_dispatch(dispatch=dispatch)
        assert process.run("bulk", 2) == 1

    assert server.recipients == ["lina@lake.example"]


def test_cancelled_dispatch_ends_with_everybody_accounted_for(agreed: Make, launch: Launch) -> None:
    agreed("lina@lake.example")
    dispatch = launch()
    cancel_dispatch(dispatch=dispatch)
    end_dispatches()

    report = report_of(dispatch)
    assert (report.targeted, report.cancelled, report.pending) == (1, 1, 0)
    dispatch.refresh_from_db()
    assert dispatch.status == "cancelled"


def test_pause_during_a_batch_stops_it_within_what_is_in_flight(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any, monkeypatch: Any
) -> None:
    for number in range(40):
        agreed(f"{number}@lake.example")
    dispatch = launch()
    monkeypatch.setattr("delivery.watch.SECONDS_BETWEEN_LOOKS", 0.0)
    write_outcome = process.journal.outcome
    raw = connection.connection  # Django's own cursor refuses to work inside the transport's event loop

    def pause_after_five(key: int, word: str, detail: str = "") -> None:
        write_outcome(key, word, detail)
        if len(server.recipients) == 5:
            raw.execute("UPDATE delivery_dispatch SET status = 'paused'")

    monkeypatch.setattr(process.journal, "outcome", pause_after_five)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)

    assert 5 <= len(server.recipients) <= 7
    report = report_of(dispatch)
    assert (report.sent, report.pending, report.unknown) == (len(server.recipients), 40 - report.sent, 0)


def test_search_for_cycles_waits_for_the_end_of_the_batch(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any, monkeypatch: Any
) -> None:
    agreed("lina@lake.example")
    launch()
    searched: list[bool] = []
    monkeypatch.setattr(process.journal, "outcome", lambda *_words: searched.append(gc.isenabled()))
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert (searched, gc.isenabled()) == ([False], True)


def test_template_that_fails_for_three_drops_nobody_else(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any, version: ContentVersion
) -> None:
    version.html = "{% for line in (1..20) %}{{ contact.attributes.story }}{% endfor %}"
    version.save(update_fields=["html"])
    long = [agreed(f"{number}@long.example", attributes={"story": "x" * 60_000}) for number in range(3)]
    for number in range(5):
        agreed(f"{number}@lake.example", attributes={"story": "short"})
    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert sorted(server.recipients) == [f"{number}@lake.example" for number in range(5)]
    failed = Message.objects.filter(dispatch=dispatch, status="failed")
    assert {(row.contact_id, row.reason, row.detail, row.owner) for row in failed} == {
        (contact.pk, "render_failed", "RenderError", None) for contact in long
    }
    assert Message.objects.filter(dispatch=dispatch, status="sent").count() == 5
    assert end_dispatches() == [dispatch.pk]
