"""The promises, checked by comparing what the receiving server wrote down with what the database says."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from delivery.models import Dispatch, Message
from faults.people import Town
from faults.receiver import Receiver
from faults.result import Result
from faults.world import steadily

# What rows wait for at their end.
EVERYBODY = "every message had its outcome"
SETTLED = ("sent", "skipped", "failed", "unknown", "cancelled")


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """So many by now."""
        return time.monotonic() - self._began


def open_messages(dispatches: Iterable[Dispatch]) -> int:
    """How many messages have no outcome yet."""
    return Message.objects.filter(dispatch__in=list(dispatches), status__in=Message.OPEN).count()


def is_done(*dispatches: Dispatch) -> bool:
    """Whether every message has its outcome."""
    return open_messages(dispatches) == 0


def compare(
    row: str,
    towns: Sequence[tuple[Town, Dispatch, Receiver]],
    *,
    watch: Stopwatch,
    bound: int | None = 0,
) -> Result:
    """One result over one or many towns: nobody twice, nobody forgotten, nothing said that did not happen.

    Everything has to have its outcome by now. `bound` is the most that may be unknown.
    """
    result = Result(row=row, size=sum(town.size for town, _, _ in towns), bound=bound, seconds=watch.seconds)
    for town, dispatch, receiver in towns:
        _compare_town(result, town, dispatch, receiver)
    unknown = result.outcomes.get("unknown", 0)
    if bound is not None and unknown > bound:
        result.problems.append(f"{unknown} unknown, {bound} at most were in flight")
    return result


def _compare_town(result: Result, town: Town, dispatch: Dispatch, receiver: Receiver) -> None:
    def ask() -> list[tuple[str, str]]:
        return list(Message.objects.filter(dispatch=dispatch).values_list("recipient", "status"))

    rows = steadily(ask)
    status = dict(rows)
    copies = receiver.copies(town.domain)
    outcomes = Counter(state for _recipient, state in rows)
    for number, people in Counter(copies.values()).items():
        result.copies[number] = result.copies.get(number, 0) + people
    for state, number in outcomes.items():
        result.outcomes[state] = result.outcomes.get(state, 0) + number
    targeted = steadily(lambda: Dispatch.objects.values_list("targeted", flat=True).get(pk=dispatch.pk))
    twice = [address for address, number in copies.items() if number > 1]
    untrue = [address for address, state in status.items() if state == "sent" and address not in copies]
    untraced = [address for address in copies if status.get(address) not in ("sent", "unknown")]
    waiting = sum(number for state, number in outcomes.items() if state not in SETTLED)
    findings = (
        (twice, "got more than one copy"),
        (untrue, "marked as sent without having been accepted"),
        (untraced, "accepted without a trace"),
    )
    for found, words in findings:
        if found:
            result.problems.append(f"{len(found)} {words}, such as {found[0]}")
    if waiting:
        result.problems.append(f"{waiting} still wait")
    if not len(rows) == len(status) == targeted == town.size:
        result.problems.append(f"{len(rows)} rows for {town.size} people, {targeted} targeted")
