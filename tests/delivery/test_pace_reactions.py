"""What receivers say of speed and sender, over real SMTP: the right ones slow down or stop, and nobody is lost."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.models import Workspace
from channels.models import Sender
from consent.models import Suppression
from contacts.models import Address, Contact, MailDomain
from content.models import ContentVersion
from delivery.models import Dispatch, Message, PaceBucket, PaceSlowdown, SenderStop
from delivery.pace.reactions import clean
from delivery.pace.receivers import EVERYBODY, GMAIL, MICROSOFT, OTHERS, YAHOO
from delivery.sender_process import SenderProcess
from delivery.services import SendRequest, resume_dispatch, sender_pace, submit
from tests.api_server import Answer, api_server
from tests.smtp_server import Fault, Script, running_smtp_server

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]

TOO_FAST = "421 4.7.28 Gmail has detected an unusual rate of mail"


def states(dispatch: Dispatch) -> Counter[str]:
    rows = Message.objects.filter(dispatch=dispatch)
    return Counter(f"{row.status}:{row.reason}" if row.reason else row.status for row in rows)


def due_again() -> None:
    Message.objects.filter(status="pending").update(due_at=timezone.now() - dt.timedelta(seconds=1))


def nobody_is_blamed() -> bool:
    return not Suppression.objects.exists() and not Address.objects.filter(status="dead").exists()


def test_receiver_that_asks_for_less_gets_less_and_the_others_go_on(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    throttled = [f"p{number}@gmail.com" for number in range(12)]
    for address in throttled:
        agreed(address)
        agreed(address.replace("gmail.com", "lake.example"))
    dispatch = launch()
    script = Script(refused=dict.fromkeys(throttled, TOO_FAST))
    with running_smtp_server(script) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)
        process.turns = type(process.turns)()
        process.run("bulk", 5)

    assert sorted(server.recipients) == sorted(f"p{number}@lake.example" for number in range(12))
    slow = PaceSlowdown.objects.get()
    assert (slow.receiver, slow.strikes, slow.rate, slow.full_rate) == (GMAIL, 1, 300.0, 600.0)
    assert "unusual rate" in slow.words
    dispatch.refresh_from_db()
    assert dispatch.status == "running"
    assert states(dispatch) == {"sent": 12, "pending": 12}
    # A few were refused before it was enough; the others were not tried at all.
    assert 3 <= Message.objects.filter(dispatch=dispatch, attempts=1).count() <= 8
    assert nobody_is_blamed()


def test_refused_login_stops_the_sender_and_no_other(
    workspace: Workspace, agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    for number in range(5):
        agreed(f"{number}@lake.example")
    dispatch = launch()
    with running_smtp_server(Script(credentials=("aroha", "secret"))) as server:
        settings.SMTP_URL = server.url.replace("smtp://", "smtp://aroha:wrong@") + "?tls=off"
        process.run("bulk", 5)

    dispatch.refresh_from_db()
    assert dispatch.status == "paused"
    assert "refused our settings" in dispatch.pause_reason
    assert states(dispatch) == {"pending": 5}
    assert Message.objects.filter(attempts__gt=0).count() == 0
    assert SenderStop.objects.get().receiver is None
    assert nobody_is_blamed()


def test_sender_blocked_at_mail_drops_nobody_and_stops_within_a_few(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    for number in range(60):
        agreed(f"p@town{number}.example")
    dispatch = launch()
    script = Script(faults={"MAIL": Fault("reply", "550 5.7.1 Sender blocked by policy")})
    with running_smtp_server(script) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)

    dispatch.refresh_from_db()
    assert dispatch.status == "paused"
    assert "Sender blocked by policy" in dispatch.pause_reason
    assert sum(states(dispatch).values()) == 60
    assert Message.objects.filter(dispatch=dispatch, status="pending").count() == 60
    assert states(dispatch)["pending:sender_fault"] < 40
    assert nobody_is_blamed()


def test_new_campaign_of_a_stopped_sender_pauses_before_anything_is_tried(
    agreed: Make, launch: Launch, sender: Sender, process: SenderProcess, settings: Any
) -> None:
    agreed("lina@lake.example")
    SenderStop.objects.create(sender=sender, words="550 5.7.26 unauthenticated", stopped_at=timezone.now())
    dispatch = launch()
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    dispatch.refresh_from_db()
    assert (dispatch.status, server.commands) == ("paused", [])
    assert "5.7.26 unauthenticated" in dispatch.pause_reason
    assert states(dispatch) == {"pending": 1}


def test_resumed_sender_tries_one_message_and_goes_on_when_it_is_accepted(
    agreed: Make, launch: Launch, sender: Sender, process: SenderProcess, settings: Any
) -> None:
    for number in range(20):
        agreed(f"{number}@lake.example")
    dispatch = launch()
    SenderStop.objects.create(sender=sender, words="550 blocked", stopped_at=timezone.now())
    Dispatch.objects.update(status="paused")
    assert resume_dispatch(dispatch=dispatch) is True
    script = Script(faults={"MAIL": Fault("reply", "550 5.7.1 blocked", when=lambda count: count == 0)})
    with running_smtp_server(script) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)
        dispatch.refresh_from_db()
        assert (dispatch.status, server.reached["MAIL"], server.recipients) == ("paused", 1, [])

        resume_dispatch(dispatch=dispatch)
        process.turns = type(process.turns)()
        process.run("bulk", 5)
        assert (len(server.recipients), SenderStop.objects.count()) == (1, 0)
        process.turns = type(process.turns)()
        process.run("bulk", 5)

    assert len(server.recipients) == 20
    assert states(dispatch) == {"sent": 20}


def test_one_server_with_rules_of_its_own_stops_no_campaign(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    for number in range(20):
        agreed(f"p@town{number}.example")
    agreed("boss@strict.example")
    dispatch = launch()
    script = Script(refused={"boss@strict.example": "550 5.7.1 Our policy does not permit your mail"})
    with running_smtp_server(script) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)
        dispatch.refresh_from_db()
        assert (dispatch.status, len(server.recipients)) == ("running", 20)
        refused = Message.objects.get(recipient="boss@strict.example")
        assert (refused.status, refused.reason, refused.attempts) == ("pending", "sender_fault", 1)
        assert refused.due_at > timezone.now() + dt.timedelta(hours=1)
        for _later in range(2):
            due_again()
            process.turns = type(process.turns)()
            process.run("bulk", 5)

    dispatch.refresh_from_db()
    assert dispatch.status == "running"
    assert states(dispatch) == {"sent": 20, "failed:sender_fault": 1}
    assert nobody_is_blamed()
    assert not SenderStop.objects.exists()


def test_skipped_and_put_off_messages_use_up_no_limit(
    workspace: Workspace, agreed: Make, launch: Launch, sender: Sender, process: SenderProcess, settings: Any
) -> None:
    for number in range(6):
        agreed(f"{number}@lake.example")
    dispatch = launch()
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=4)
    Suppression.objects.create(workspace=workspace, domain="lake.example", reason="manual")
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 5)

    assert states(dispatch) == {"skipped:suppressed_manual": 4, "pending": 2}
    assert PaceBucket.objects.get().day_used == 0


def test_single_mail_goes_at_once_and_counts(
    workspace: Workspace, sender: Sender, process: SenderProcess, settings: Any
) -> None:
    PaceBucket.objects.create(workspace=workspace, sender=sender, daily_limit=1)
    for number in range(3):
        data = {"subject": "Code", "text": "123", "html": "", "from_name": "Kea"}
        request = SendRequest(
            workspace=workspace, purpose="service", to_email=f"{number}@lake.example", sender=sender, data=data
        )
        submit(request)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("transactional", 5)

    assert len(server.recipients) == 3
    assert PaceBucket.objects.get().day_used == 3


def test_words_of_servers_are_kept_without_addresses() -> None:
    assert clean("421 4.7.0 <lina@gmail.com>: too\0 many  for bob@lake.example, slow down") == (
        "421 4.7.0 …: too many for …, slow down"
    )


def test_process_with_nothing_left_to_claim_does_not_ask_for_another_run(
    workspace: Workspace, agreed: Make, launch: Launch, sender: Sender, process: SenderProcess, settings: Any
) -> None:
    for number in range(4):
        agreed(f"{number}@lake.example")
    dispatch = launch()
    PaceBucket.objects.create(workspace=workspace, sender=sender, hourly_limit=60)
    with running_smtp_server() as server:
        settings.SMTP_URL = server.url
        process.run("bulk", 30)

    assert (len(server.recipients), process.has_more) == (1, False)
    assert states(dispatch) == {"sent": 1, "pending": 3}


def test_frozen_messages_know_whose_mailbox_they_go_to(agreed: Make, launch: Launch) -> None:
    agreed("lina@gmail.com")
    agreed("lina@lake.example")
    dispatch = launch()

    rows = dict(Message.objects.filter(dispatch=dispatch).values_list("recipient", "receiver"))
    assert rows == {"lina@gmail.com": GMAIL, "lina@lake.example": OTHERS}


def test_companies_own_domains_count_to_whoever_keeps_their_mailboxes(
    workspace: Workspace, sender: Sender, version: ContentVersion, agreed: Make, launch: Launch
) -> None:
    for domain, keeper in (("kea.nz", "google"), ("tui.nz", "microsoft"), ("moa.nz", ""), ("weka.nz", None)):
        MailDomain.objects.create(domain=domain, keeper=keeper, answer="mail", next_check_at=timezone.now())
        agreed(f"lina@{domain}")
    dispatch = launch()

    rows = dict(Message.objects.filter(dispatch=dispatch).values_list("recipient", "receiver"))
    assert rows == {"lina@kea.nz": GMAIL, "lina@tui.nz": MICROSOFT, "lina@moa.nz": OTHERS, "lina@weka.nz": OTHERS}

    single = [
        submit(SendRequest(workspace=workspace, purpose="test", to_email=to, sender=sender, content_version=version))
        for to in ("ada@KEA.nz", "ada@yahoo.de", "ada@moa.nz", "ada@new.nz")
    ]
    assert [message.receiver for message in single] == [GMAIL, YAHOO, OTHERS, OTHERS]


def test_provider_that_names_no_time_is_left_alone_longer_each_time_and_nobody_is_given_up(
    agreed: Make, launch: Launch, process: SenderProcess, sender: Sender
) -> None:
    for number in range(3):
        agreed(f"p{number}@lake.example")
    dispatch = launch()
    pauses = []
    with api_server(lambda _call: Answer(429, {"message": "Too Many Requests"})) as server:
        sender.smtp_url = f"mailgun://KEY@kea.example?connections=1&api={server.address}"
        sender.save()
        for _round in range(3):
            Message.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1), attempts=11)
            PaceSlowdown.objects.update(paused_until=timezone.now() - dt.timedelta(seconds=61), filled_at=None)
            process.turns = type(process.turns)()
            process.run("bulk", 5)
            slow = PaceSlowdown.objects.get()
            pauses.append(round((slow.paused_until - timezone.now()).total_seconds() / 60))

    assert pauses == [1, 2, 4]
    assert slow.receiver == EVERYBODY
    assert states(dispatch) == {"pending": 3}
    assert set(Message.objects.values_list("attempts", flat=True)) == {11}


def test_what_is_found_out_later_changes_no_message_that_waits(
    agreed: Make, launch: Launch, process: SenderProcess, settings: Any
) -> None:
    for number in range(4):
        agreed(f"{number}@kea.nz")
    dispatch = launch()
    MailDomain.objects.create(domain="kea.nz", keeper="google", answer="mail", next_check_at=timezone.now())
    with running_smtp_server(Script(refused={f"{number}@kea.nz": TOO_FAST for number in range(4)})) as server:
        settings.SMTP_URL = server.url + "?connections=1"
        process.run("bulk", 5)

    assert PaceSlowdown.objects.get().receiver == OTHERS
    assert set(Message.objects.filter(dispatch=dispatch).values_list("receiver", flat=True)) == {OTHERS}


def test_providers_own_limit_slows_the_sender_for_everybody_and_no_other(
    agreed: Make, launch: Launch, process: SenderProcess, sender: Sender
) -> None:
    for number in range(12):
        agreed(f"p{number}@gmail.com")
        agreed(f"p{number}@lake.example")
    dispatch = launch()
    with api_server(lambda _call: Answer(429, {"message": "Too Many Requests"}, {"Retry-After": "7"})) as server:
        sender.smtp_url = f"mailgun://KEY@kea.example?connections=1&api={server.address}"
        sender.save()
        process.run("bulk", 5)
        process.turns = type(process.turns)()
        process.run("bulk", 5)

    assert len(server.calls) == 3
    slow = PaceSlowdown.objects.get()
    assert (slow.receiver, slow.strikes, slow.rate, slow.full_rate) == (EVERYBODY, 1, 300.0, 600.0)
    assert dt.timedelta(0) < slow.paused_until - timezone.now() <= dt.timedelta(seconds=7)
    dispatch.refresh_from_db()
    assert (dispatch.status, states(dispatch)) == ("running", {"pending": 24})
    assert nobody_is_blamed()
    [told] = sender_pace(sender).slowed
    assert (told.is_everybody, str(told.label)) == (True, "The provider that your mail leaves through")
