"""Listening while a batch goes out: what receivers say of our speed and of the sender, and when that is enough.

One company's server that refuses us is no reason to stop a campaign to everybody else; a receiver that refuses
everything is. Whoever is refused through the sender's fault is never blamed for it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from channels.transports.outcomes import Accepted, Outcome, RefusalKind, Rejected, RetryAfter
from delivery.loading import Item
from delivery.pace.backoff import PROVIDERS_OWN
from delivery.pace.meters import Lane
from delivery.pace.receivers import EVERYBODY, OTHERS

# So many “too fast” from one receiver, and the rest of the batch goes back untouched.
THROTTLED_ENOUGH = 3
FAULTS_ENOUGH = 3
FAULTS_WITHOUT_SUCCESS = 10
# One refusal in eleven is more than single servers with rules of their own.
TOLERATED = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """A sender that a receiver does not accept, in the server's words.

    `is_proved` tells that it speaks of the sender as a whole, False that it does not; None where only the past can.
    """

    lane: Lane
    words: str
    keys: tuple[int, ...]
    is_proved: bool | None


class Caution:
    """What was said so far about a batch. Single messages are heard, but only bulk can be stopped."""

    def __init__(self, items: Mapping[int, Item]) -> None:
        self._items = items
        self.accepted: Counter[Lane] = Counter()
        self.throttled: dict[Lane, list[RetryAfter]] = defaultdict(list)
        self._refused: dict[Lane, dict[int, Rejected]] = defaultdict(dict)
        self._has_enough = False

    def note(self, key: int, outcome: Outcome) -> None:
        """Hear one answer."""
        item = self._items[key]
        if item.sender_id is None:
            return
        lane = Lane(item.sender_id, item.receiver)
        match outcome:
            case Accepted():
                self.accepted[lane] += 1
            case RetryAfter(kind=RefusalKind.THROTTLED):
                if outcome.code in PROVIDERS_OWN:
                    # A provider's own limit: it has not even looked where the message goes.
                    lane = Lane(item.sender_id, EVERYBODY)
                self.throttled[lane].append(outcome)
                self._has_enough |= len(self.throttled[lane]) >= THROTTLED_ENOUGH
            case Rejected(kind=RefusalKind.SENDER_FAULT) if item.dispatch_id is not None:
                self._refused[lane][key] = outcome
                self._has_enough |= self._is_enough(lane)

    def should_stop(self) -> bool:
        """Whether going on with the batch would only make things worse."""
        return self._has_enough

    def faults(self) -> list[Fault]:
        """Refusals of the sender, one for each lane they came from."""
        return [
            Fault(lane, next(iter(refused.values())).text, tuple(refused), self._is_proved(lane))
            for lane, refused in self._refused.items()
        ]

    def _is_proved(self, lane: Lane) -> bool | None:
        if self._is_enough(lane):
            return True
        return False if self.accepted[lane] else None

    def _is_enough(self, lane: Lane) -> bool:
        refused, accepted = self._refused[lane], self.accepted[lane]
        if accepted == 0 and len(refused) >= FAULTS_WITHOUT_SUCCESS:
            return True
        voices = len(refused)
        if lane.receiver == OTHERS:
            voices = len({self._items[key].recipient.rpartition("@")[2] for key in refused})
        return voices >= FAULTS_ENOUGH and len(refused) * TOLERATED >= accepted
