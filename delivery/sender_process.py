"""One process that sends: takes a batch, writes its letters, transmits it, settles it.

Taking is one transaction: rows are locked, their people asked about, and those who may be written to marked as
sending. It may be killed at any line. Before that commit nothing has happened; after it the journal tells
(delivery.recovery).
"""

import datetime as dt
import gc
import logging
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction

from channels.dkim import sign
from channels.transports.outcomes import OutboundMessage, TransportUnavailable
from core.clock import now
from delivery import claims
from delivery.aftermath import judge_faults, note_caution, note_hard_bounces, note_stopped, note_success, note_trouble
from delivery.assembly import assemble, is_ready_to_travel
from delivery.claims import Claimed, Settlement
from delivery.flight import Flight
from delivery.headers import return_path
from delivery.journal import Journal, JournalFull
from delivery.loading import load_batch
from delivery.pace.store import Debts, give_back
from delivery.pace.turns import Turns
from delivery.pipeline import Chosen, Library, sift, write_letter
from delivery.policy import BULK
from delivery.processes import Diary
from delivery.transports import Session, open_session

logger = logging.getLogger(__name__)

# A batch should take about a second, so that pausing and new refusals act soon even with a slow server.
SMALLEST_BATCH, FIRST_BATCH, LARGEST_BATCH = 20, 100, 1000
SECONDS_PER_BATCH = 1.0
LARGEST_SINGLE = 100
WRITTEN_AHEAD = 64


@dataclass(slots=True)
class Taken:
    """A batch that is this process's: `chosen` are committed as sending, `settled` were not to be written to.

    `read_at` is the moment before consent was asked.
    """

    dispatch: int | None
    claimed: Claimed
    read_at: dt.datetime
    chosen: list[Chosen] = field(default_factory=list)
    settled: int = 0


class SenderProcess:
    """Everything one sending process holds: its identity, its journal and its connections."""

    def __init__(self, journal_directory: Path) -> None:
        self.owner = uuid.uuid4()
        self.journal = Journal.open(journal_directory, self.owner)
        self.library = Library()
        self.sessions: dict[str, Session] = {}
        self.batch_size = FIRST_BATCH
        self.turns = Turns()
        self.debts = Debts()
        self.diary = Diary()
        self.has_more = False
        self._touched: set[int] = set()
        self._singles: Counter[tuple[int, int | None, int]] = Counter()

    def run(self, queue: str, seconds: float) -> int:
        """Send what is due on the queue for up to about `seconds`; returns how many messages were settled.

        `has_more` tells then whether only the time was up. Raises JournalFull when the journal has no room: nothing
        was attempted then.
        """
        until = time.monotonic() + seconds
        settled = 0
        while time.monotonic() < until:
            started = time.monotonic()
            with _no_search_for_cycles():
                taken = self._take(queue)
                if taken is None:
                    self.has_more = False
                    return settled
                done = taken.settled + self._process(taken)
            settled += done
            if len(taken.claimed.keys) == self.batch_size:
                self._adapt(time.monotonic() - started)
            self._count(taken)
            self.diary.note(done, taken.dispatch)
        self.has_more = True
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

    def _take(self, queue: str) -> Taken | None:
        """The next batch. Dispatches whose limits let nothing through are passed over."""
        if queue != BULK:
            taken = self._take_from(None, min(self.batch_size, LARGEST_SINGLE))
            return taken if taken.claimed.keys else None
        while (dispatch := self.turns.next_dispatch()) is not None:
            taken = self._take_from(dispatch, self.batch_size)
            if taken.claimed.stop is not None:
                note_stopped(dispatch, taken.claimed.stop)
            if taken.claimed.is_short or not taken.claimed.keys:
                self.turns.rest(dispatch)
            if taken.claimed.keys:
                return taken
        return None

    @transaction.atomic
    def _take_from(self, dispatch: int | None, limit: int) -> Taken:
        """Claim, ask, and hold whom the answers let through. The journal names them before the commit does."""
        read_at = now()
        taken = Taken(dispatch, claims.claim_batch(dispatch=dispatch, limit=limit), read_at)
        if not taken.claimed.keys:
            return taken
        groups = taken.claimed.by_purpose.items()
        sifted = sift([item for purpose, keys in groups for item in load_batch(keys, purpose=purpose)], self.library)
        taken.settled = claims.refuse(sifted.settled)
        held = claims.hold(owner=self.owner, tracked={one.item.key: one.tracked for one in sifted.chosen})
        taken.chosen = [one for one in sifted.chosen if one.item.key in held]
        if taken.chosen:
            self.journal.begin_batch(uuid.uuid4(), [one.item.key for one in taken.chosen])
        return taken

    def _count(self, taken: Taken) -> None:
        """Give back to the limits what was claimed and not attempted; single mail is counted only now."""
        if taken.claimed.is_metered and taken.dispatch is not None:
            untouched = [key for key in taken.claimed.keys if key not in self._touched]
            if untouched:
                give_back(dispatch=taken.dispatch, keys=untouched)
        self._touched.clear()
        self.debts.pay(self._singles)
        self._singles.clear()

    def _adapt(self, took: float) -> None:
        aim = int(self.batch_size * SECONDS_PER_BATCH / max(took, 0.001))
        self.batch_size = max(SMALLEST_BATCH, min(LARGEST_BATCH, (self.batch_size + aim) // 2))

    def _process(self, taken: Taken) -> int:
        """Write and transmit what was taken; returns how many messages were settled."""
        if not taken.chosen:
            return 0
        settled = self._transmit(taken.chosen, taken.read_at)
        self.journal.end_batch()
        # All of it goes before the search for cycles is on again, which would look through it.
        taken.chosen = []
        return settled

    def _transmit(self, chosen: Sequence[Chosen], read_at: dt.datetime) -> int:
        by_server: dict[str, list[Chosen]] = defaultdict(list)
        for one in chosen:
            by_server[(one.sender.smtp_url if one.sender else "") or settings.SMTP_URL].append(one)
        settled = 0
        for server, group in by_server.items():
            settled += self._transmit_through(server, group, read_at)
        return settled

    def _transmit_through(self, server: str, group: list[Chosen], read_at: dt.datetime) -> int:
        flight = Flight({one.item.key: one.item for one in group}, self.journal, read_at)
        trouble = self._send(server, group, flight)
        self._touched |= flight.touched()
        self._singles.update(flight.singles())
        general, single = judge_faults(flight.caution.faults())
        settled = self._settle_surely(flight.settlements(refused_by_one=single, in_trouble=trouble is not None))
        note_caution(flight.caution, general)
        if trouble is not None:
            note_trouble(list(flight.items.values()), trouble)
        else:
            note_success([flight.items[key] for key in flight.answers])
        return settled

    def _send(self, server: str, group: list[Chosen], flight: Flight) -> TransportUnavailable | None:
        """Transmit the group; returns the trouble when the server as a whole could not be used."""
        try:
            session = self._session(server)
            eight_bit = session.supports_8bitmime()
            session.send_batch(
                self._outbound(group, flight, eight_bit=eight_bit),
                before_attempt=flight.before_attempt,
                on_outcome=flight.on_outcome,
                should_stop=flight.should_stop,
            )
        except TransportUnavailable as trouble:
            logger.warning("transport_unavailable configuration=%s %s", trouble.is_configuration, trouble.text)
            return trouble
        except JournalFull as full:
            logger.error("journal_full %s", full)
            return TransportUnavailable(str(full), is_configuration=False)
        return None

    def _outbound(self, group: Iterable[Chosen], flight: Flight, *, eight_bit: bool) -> Iterator[OutboundMessage]:
        """The messages, written some ahead of the connections that ask for them; none any more once it is to stop.

        Writing one after the other keeps the processor's caches full of what writing needs. Each by itself, when its
        connection asks, took half as long again where others share the processor; all at once need the memory.
        """
        at, waiting = now(), iter(group)
        while not flight.should_stop() and (some := list(islice(waiting, WRITTEN_AHEAD))):
            written = [self._write(one, flight, at=at, eight_bit=eight_bit) for one in some]
            yield from filter(None, written)

    def _write(self, one: Chosen, flight: Flight, *, at: dt.datetime, eight_bit: bool) -> OutboundMessage | None:
        """The message as it travels; None for one that cannot be written, which fails alone."""
        item, identity = one.item, self.library.identity(one.item)
        try:
            letter = write_letter(one, self.library)
            data = assemble(letter, at=at, eight_bit=eight_bit)
            if identity.keys:
                data = sign(data, identity.keys, int(at.timestamp()))
        except Exception as error:  # one person's data must not stop the others
            logger.exception("render_failed message=%s", item.public_id)
            flight.refuse(item.key, "render_failed", type(error).__name__)
            return None
        envelope = return_path(item.public_id, identity.bounce_host) or letter.from_email
        is_ready = is_ready_to_travel(letter, eight_bit=eight_bit)
        return OutboundMessage(item.key, envelope, item.recipient, data, is_ready)

    def _session(self, server: str) -> Session:
        if server not in self.sessions:
            self.sessions[server] = open_session(server)
        return self.sessions[server]

    def _settle_surely(self, settlements: list[Settlement], seconds: float = 60) -> int:
        """Settle, outliving a restart of PostgreSQL. After `seconds` the error is raised: the journal still knows."""
        if not settlements:
            return 0
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


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Python's search for objects that hold each other, put off until the batch is over.

    A batch makes some fifty objects for each message and keeps them for about a second, so that the search would go
    through them again and again to find nothing; now and then it goes through all there are, and every connection
    waits for a tenth of a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
