"""One batch on its way through one server: what was attempted, what was answered, and what that makes of its rows."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from channels.transports.outcomes import NotAttempted, Outcome
from core.clock import now
from delivery import outcomes
from delivery.claims import Settlement
from delivery.journal import Journal
from delivery.loading import Item
from delivery.pace.caution import Caution
from delivery.watch import Watch

TROUBLE_PAUSE = dt.timedelta(seconds=10)


class Flight:
    """The transport's partner: it is told before each attempt and of each answer, and says when to stop.

    `read_at` is when consent was asked: what changed since then stops it.
    """

    def __init__(self, items: Mapping[int, Item], journal: Journal, read_at: dt.datetime) -> None:
        self.items = items
        self.answers: dict[int, Outcome] = {}
        self.caution = Caution(items)
        self._journal = journal
        self._watch = Watch(list(items.values()), read_at)
        self._attempted: set[int] = set()
        # What an answer makes of a row, worked out once: for the journal, and for the row itself.
        self._settlements: dict[int, Settlement] = {}

    def refuse(self, key: int, reason: str, detail: str) -> None:
        """Note that a message cannot be sent at all: no server has heard of it."""
        self._settle(Settlement(key, "failed", reason, detail))

    def before_attempt(self, key: int) -> None:
        """Write down that the message may be accepted from now on."""
        self._journal.attempt(key)
        self._attempted.add(key)

    def on_outcome(self, key: int, outcome: Outcome) -> None:
        """Take an answer, and write it down unless nothing was tried."""
        self.answers[key] = outcome
        self.caution.note(key, outcome)
        if not isinstance(outcome, NotAttempted):
            item = self.items[key]
            self._settle(outcomes.settlement_of(key, item.purpose, item.attempts, outcome))

    def should_stop(self) -> bool:
        """Whether something changed that speaks against sending the rest."""
        return self.caution.should_stop() or self._watch.should_stop()

    def touched(self) -> set[int]:
        """Messages that a server has heard of, whatever it said."""
        answered = {key for key, answer in self.answers.items() if not isinstance(answer, NotAttempted)}
        return answered | self._attempted

    def singles(self) -> Counter[tuple[int, int | None, int]]:
        """How many single messages were tried, by workspace, sender and receiver."""
        items = (self.items[key] for key in self.touched())
        return Counter(
            (item.workspace_id, item.sender_id, item.receiver)
            for item in items
            if item.dispatch_id is None and item.workspace_id is not None
        )

    def settlements(self, *, refused_by_one: set[int], in_trouble: bool) -> list[Settlement]:
        """What becomes of each message. `refused_by_one` are those that only one server has something against."""
        settled = [self._settlement(item, refused_by_one) for item in self.items.values()]
        return [self._wait(one) for one in settled] if in_trouble else settled

    def _settle(self, settlement: Settlement) -> None:
        self._settlements[settlement.key] = settlement
        self._journal.outcome(settlement.key, *outcomes.journal_words(settlement))

    def _settlement(self, item: Item, refused_by_one: set[int]) -> Settlement:
        settlement = self._settlements.get(item.key)
        if settlement is not None:
            return outcomes.refused_by_one(settlement, item.attempts) if item.key in refused_by_one else settlement
        answer = self.answers.get(item.key)
        if answer is not None:
            return outcomes.settlement_of(item.key, item.purpose, item.attempts, answer)
        is_unknown = item.key in self._attempted
        return Settlement(item.key, "unknown", "no_reply") if is_unknown else Settlement(item.key, "pending")

    @staticmethod
    def _wait(settlement: Settlement) -> Settlement:
        if settlement.status != "pending" or settlement.due_at is not None:
            return settlement
        return Settlement(settlement.key, "pending", settlement.reason, settlement.detail, due_at=now() + TROUBLE_PAUSE)
