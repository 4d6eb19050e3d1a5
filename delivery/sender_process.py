"""One process that sends: claims a batch, prepares it, holds it, transmits it, settles it.

It may be killed at any line. Before `hold` nothing was attempted; after it the journal tells (delivery.recovery).
"""

import datetime as dt
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction

from channels.dkim import sign
from channels.transports.outcomes import (
    NotAttempted,
    OutboundMessage,
    Outcome,
    RefusalKind,
    Rejected,
    TransportUnavailable,
)
from channels.transports.smtp import SmtpSession
from channels.transports.smtp_settings import SmtpSettings
from core.clock import now
from delivery import claims, outcomes
from delivery.aftermath import note_hard_bounces, note_sender_faults, note_success, note_trouble
from delivery.assembly import assemble
from delivery.claims import Settlement
from delivery.headers import return_path
from delivery.journal import Journal, JournalFull
from delivery.loading import Item, load_batch
from delivery.models import Message
from delivery.pipeline import Library, Prepared, prepare
from delivery.policy import BULK
from delivery.watch import Watch

logger = logging.getLogger(__name__)

# A batch should take about a second, so that pausing and new refusals act soon even with a slow server.
SMALLEST_BATCH, FIRST_BATCH, LARGEST_BATCH = 20, 100, 1000
SECONDS_PER_BATCH = 1.0
TROUBLE_PAUSE = dt.timedelta(seconds=10)


class SenderProcess:
    """Everything one sending process holds: its identity, its journal and its connections."""

    def __init__(self, journal_directory: Path) -> None:
        self.owner = uuid.uuid4()
        self.journal = Journal.open(journal_directory, self.owner)
        self.library = Library()
        self.sessions: dict[str, SmtpSession] = {}
        self.batch_size = FIRST_BATCH

    def run(self, queue: str, seconds: float) -> int:
        """Send what is due on the queue for up to about `seconds`; returns how many messages were settled.

        Raises JournalFull when the journal has no room: nothing was attempted then.
        """
        until = time.monotonic() + seconds
        settled = 0
        while time.monotonic() < until:
            keys, limit = self._claim(queue)
            if not keys:
                break
            started = time.monotonic()
            settled += self._process(keys)
            if len(keys) == limit:
                self._adapt(time.monotonic() - started)
        return settled

    def close(self) -> None:
        """Give up connections and, as nothing is in flight, the journal."""
        self._hang_up()
        self.journal.close()

    def abandon(self) -> None:
        """Give up connections and leave the journal to recovery, which settles what this process could not."""
        self._hang_up()
        self.journal.abandon()

    def _hang_up(self) -> None:
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()

    def _claim(self, queue: str) -> tuple[list[int], int]:
        limit = self.batch_size
        if queue != BULK:
            return claims.claim(dispatch=None, owner=self.owner, limit=min(limit, 100)), min(limit, 100)
        dispatch = claims.choose_dispatch()
        if dispatch is None:
            return [], limit
        return claims.claim(dispatch=dispatch, owner=self.owner, limit=limit), limit

    def _adapt(self, took: float) -> None:
        aim = int(self.batch_size * SECONDS_PER_BATCH / max(took, 0.001))
        self.batch_size = max(SMALLEST_BATCH, min(LARGEST_BATCH, (self.batch_size + aim) // 2))

    def _process(self, keys: list[int]) -> int:
        prepared: list[Prepared] = []
        settled = 0
        for items in self._load(keys):
            batch = prepare(items, self.library)
            settled += claims.settle(owner=self.owner, settlements=batch.settled)
            prepared.extend(batch.prepared)
        if prepared:
            self.journal.begin_batch(uuid.uuid4(), [one.item.key for one in prepared])
            settled += self._transmit(prepared)
            self.journal.end_batch()
        return settled

    def _load(self, keys: list[int]) -> list[list[Item]]:
        """The claimed items, grouped by purpose, for each purpose puts its own question to consent."""
        by_purpose: dict[str, list[int]] = defaultdict(list)
        for key, purpose in Message.objects.filter(id__in=keys).values_list("id", "purpose"):
            by_purpose[purpose].append(key)
        return [load_batch(group, purpose=purpose) for purpose, group in by_purpose.items()]

    def _transmit(self, prepared: list[Prepared]) -> int:
        held = claims.hold(owner=self.owner, tracked={one.item.key: one.tracked for one in prepared})
        left_out = [one.item.key for one in prepared if one.item.key not in held]
        claims.release(owner=self.owner, keys=left_out)
        by_server: dict[str, list[Prepared]] = defaultdict(list)
        for one in prepared:
            if one.item.key in held:
                by_server[(one.sender.smtp_url if one.sender else "") or settings.SMTP_URL].append(one)
        settled = 0
        for server, group in by_server.items():
            settled += self._transmit_through(server, group)
        return settled

    def _transmit_through(self, server: str, group: list[Prepared]) -> int:
        items = {one.item.key: one.item for one in group}
        answers: dict[int, Outcome] = {}
        attempted: set[int] = set()

        def before_attempt(key: int) -> None:
            self.journal.attempt(key)
            attempted.add(key)

        def on_outcome(key: int, outcome: Outcome) -> None:
            answers[key] = outcome
            if not isinstance(outcome, NotAttempted):
                item = items[key]
                words = outcomes.journal_words(outcomes.settlement_of(key, item.purpose, item.attempts, outcome))
                self.journal.outcome(key, *words)

        trouble = self._send(server, group, before_attempt, on_outcome, Watch(list(items.values())))
        settlements = [
            self._settlement(item, answers.get(key), was_attempted=key in attempted) for key, item in items.items()
        ]
        if trouble is not None:
            settlements = [self._wait(settlement) for settlement in settlements]
        settled = self._settle_surely(settlements)
        note_sender_faults([(items[key], answer) for key, answer in answers.items()])
        if trouble is not None:
            note_trouble(list(items.values()), trouble)
        else:
            note_success([items[key] for key in answers])
        return settled

    def _send(
        self,
        server: str,
        group: list[Prepared],
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        watch: Watch,
    ) -> TransportUnavailable | None:
        """Transmit the group; returns the trouble when the server as a whole could not be used."""
        try:
            session = self._session(server)
            eight_bit = session.supports_8bitmime()
            at = now()
            messages = [message for one in group if (message := self._outbound(one, at, eight_bit, on_outcome))]
            session.send_batch(
                messages, before_attempt=before_attempt, on_outcome=on_outcome, should_stop=watch.should_stop
            )
        except TransportUnavailable as trouble:
            logger.warning("transport_unavailable configuration=%s %s", trouble.is_configuration, trouble.text)
            return trouble
        except JournalFull as full:
            logger.error("journal_full %s", full)
            return TransportUnavailable(str(full), is_configuration=False)
        return None

    @staticmethod
    def _outbound(
        one: Prepared, at: dt.datetime, eight_bit: bool, on_outcome: Callable[[int, Outcome], None]
    ) -> OutboundMessage | None:
        """The message's bytes; one that cannot be written fails alone."""
        try:
            data = sign(assemble(one.letter, at=at, eight_bit=eight_bit), one.identity.keys, int(at.timestamp()))
        except Exception as error:
            logger.exception("assembly_failed message=%s", one.item.public_id)
            on_outcome(one.item.key, Rejected(0, "", type(error).__name__, RefusalKind.CONTENT))
            return None
        envelope = return_path(one.item.public_id, one.identity.bounce_host) or one.letter.from_email
        return OutboundMessage(one.item.key, envelope, one.item.recipient, data)

    def _session(self, server: str) -> SmtpSession:
        if server not in self.sessions:
            try:
                self.sessions[server] = SmtpSession(SmtpSettings.from_url(server))
            except ValueError as error:
                raise TransportUnavailable(str(error), is_configuration=True) from error
        return self.sessions[server]

    @staticmethod
    def _settlement(item: Item, answer: Outcome | None, *, was_attempted: bool) -> Settlement:
        if answer is not None:
            return outcomes.settlement_of(item.key, item.purpose, item.attempts, answer)
        if was_attempted:
            return Settlement(item.key, "unknown", "no_reply")
        return Settlement(item.key, "pending")

    @staticmethod
    def _wait(settlement: Settlement) -> Settlement:
        if settlement.status != "pending" or settlement.due_at is not None:
            return settlement
        return Settlement(settlement.key, "pending", settlement.reason, settlement.detail, due_at=now() + TROUBLE_PAUSE)

    def _settle_surely(self, settlements: list[Settlement], seconds: float = 60) -> int:
        """Settle, outliving a restart of PostgreSQL. After `seconds` the error is raised: the journal still knows."""
        until = time.monotonic() + seconds
        while True:
            try:
                with transaction.atomic():
                    settled = claims.settle(owner=self.owner, settlements=settlements)
                    note_hard_bounces(settlements)
                return settled
            except DatabaseError:
                if time.monotonic() > until:
                    raise
                logger.warning("settle_delayed messages=%d", len(settlements))
                close_old_connections()
                time.sleep(0.5)
