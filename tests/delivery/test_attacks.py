"""What would send twice, forget somebody, or keep a machine from sending: each was tried, and is kept out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from channels.models import Sender
from channels.transports.outcomes import TransportUnavailable
from channels.transports.smtp import SmtpSession, SmtpSettings
from consent.models import Suppression
from contacts.models import Address, Contact
from core.clock import now
from delivery import claims, recovery
from delivery import watch as watch_module
from delivery.aftermath import note_hard_bounces
from delivery.claims import Settlement
from delivery.journal import Journal
from delivery.loading import load_batch
from delivery.models import Dispatch, Message
from delivery.pace.models import SenderStop
from delivery.pace.reactions import stop_reason, stop_sender
from delivery.recovery import recover
from delivery.services import cancel_dispatch, pause_dispatch, send_to_unknown
from delivery.services.dispatches import end_dispatches
from delivery.services.facts import find_sent, write_fact
from delivery.watch import Watch
from tests.delivery.taking import take

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]

HALF_A_CHARACTER = "\ud83d"


@pytest.fixture
def held(settings: Any, tmp_path: Path, agreed: Make, launch: Launch) -> tuple[Journal, int]:
    """A process that has marked one message as sending."""
    settings.DATA_DIR = tmp_path
    agreed("lina@lake.example")
    journal = Journal.open(tmp_path / "journal", uuid4())
    [key] = take(launch().pk, owner=owner_of(journal)).keys
    journal.begin_batch(1, [key])
    return journal, key


def owner_of(journal: Journal) -> Any:
    return journal._path.stem


@pytest.fixture
def doubtful(agreed: Make, launch: Launch) -> Message:
    """A message that perhaps arrived, of a campaign that runs."""
    agreed("lina@lake.example")
    launch()
    Message.objects.update(status="unknown", reason="no_reply", settled_at=now())
    return Message.objects.get()


def test_journal_with_half_a_character_does_not_stop_its_machine(held: tuple[Journal, int]) -> None:
    journal, key = held
    journal.attempt(key)
    journal.outcome(key, "sent", f"ok {HALF_A_CHARACTER} \0")
    journal.abandon()

    assert recover() == 1
    row = Message.objects.get()
    assert (row.status, row.detail) == ("sent", "ok ?  ")


def test_journal_that_cannot_be_opened_keeps_no_other_from_being_read(
    held: tuple[Journal, int], tmp_path: Path
) -> None:
    journal, key = held
    journal.attempt(key)
    journal.outcome(key, "sent", "ok")
    journal.abandon()
    stranger = uuid4()
    (tmp_path / "journal" / f"{stranger}.journal").mkdir()

    assert recover() == 1

    assert Message.objects.get().status == "sent"
    assert Journal.is_owner_alive(tmp_path / "journal", stranger) is False


def test_journal_that_breaks_its_reader_keeps_no_machine_from_sending(
    held: tuple[Journal, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    held[0].abandon()

    def stumble(*_values: Any) -> None:
        raise UnicodeError

    monkeypatch.setattr(recovery, "recover_journal", stumble)

    assert recovery.recover_journals() == 0
    assert Message.objects.get().status == "sending"


def test_answers_with_half_a_character_are_settled(held: tuple[Journal, int]) -> None:
    journal, key = held
    settlement = Settlement(key, "sent", "", HALF_A_CHARACTER, f"{HALF_A_CHARACTER}\0")

    assert claims.settle(owner=owner_of(journal), settlements=[settlement]) == 1

    row = Message.objects.get()
    assert (row.detail, row.provider_id) == ("?", "? ")
    journal.close()


def test_sender_is_stopped_whatever_the_refusal_holds(sender: Sender) -> None:
    words = f"401 {HALF_A_CHARACTER} \0 no such key"

    stop_sender(sender=sender.pk, receiver=None, words=words, reason=stop_reason(words))

    assert SenderStop.objects.get().words == "401 ? no such key"


def test_bounce_of_somebody_erased_meanwhile_blames_no_address(held: tuple[Journal, int]) -> None:
    _journal, key = held
    Message.objects.update(recipient="", contact=None)

    note_hard_bounces([Settlement(key, "failed", "hard_bounce")])

    assert Suppression.objects.count() == 0
    assert not Address.objects.filter(value="").exists()


@pytest.mark.parametrize("tls", ["auto", "implicit"])
@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", ".example", "a\0b", "é" * 70, "\u2028"])
def test_name_that_no_server_can_have_is_told_as_a_wrong_setting(host: str, tls: str) -> None:
    settings = SmtpSettings(host=host, port=9, tls=tls)
    with SmtpSession(settings) as session, pytest.raises(TransportUnavailable) as told:
        session.supports_8bitmime()

    assert told.value.is_configuration


def test_missing_list_of_authorities_is_told(tmp_path: Path) -> None:
    settings = SmtpSettings(host="127.0.0.1", port=9, tls="implicit", ca_file=str(tmp_path / "none.pem"))
    with SmtpSession(settings) as session, pytest.raises(TransportUnavailable):
        session.supports_8bitmime()


@pytest.mark.parametrize("status", ["skipped", "unknown"])
def test_batch_ends_when_somebody_of_it_is_erased_or_it_was_given_up(
    held: tuple[Journal, int], status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr(watch_module, "SECONDS_BETWEEN_COUNTS", 0)
    _journal, key = held
    watch = Watch(load_batch([key], purpose="marketing"), now())
    assert [watch.should_stop() for _look in range(2)] == [False, False]

    Message.objects.update(status=status)

    assert watch.should_stop() is True


def test_unknown_of_a_cancelled_dispatch_stay_unknown(doubtful: Message, owner: User) -> None:
    cancel_dispatch(dispatch=doubtful.dispatch)

    assert send_to_unknown(dispatch=doubtful.dispatch, actor=owner) == 0
    end_dispatches()

    assert Message.objects.get().status == "unknown"


def test_second_copy_that_was_cancelled_leaves_the_first_unknown(doubtful: Message, owner: User) -> None:
    pause_dispatch(dispatch=doubtful.dispatch)
    assert send_to_unknown(dispatch=doubtful.dispatch, actor=owner) == 1
    cancel_dispatch(dispatch=doubtful.dispatch)
    end_dispatches()

    row = Message.objects.get()
    assert (row.status, row.reason) == ("unknown", "sent_again")


def test_whoever_opens_the_first_copy_gets_no_second(doubtful: Message, owner: User) -> None:
    send_to_unknown(dispatch=doubtful.dispatch, actor=owner)
    message = find_sent(doubtful.public_id)
    assert message is not None

    write_fact(message, "opened", "machine")

    row = Message.objects.get()
    assert (row.status, row.reason) == ("sent", "")
    assert row.settled_at is not None
