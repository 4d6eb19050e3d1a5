"""Instant win: the moments that win are fixed and sealed before the first attempt (docs/draws.md)."""

import hmac
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flows.engine.draw import lines


class Moment(NamedTuple):
    """A second (Unix time) from which on one piece of a prize can be won; `salt` is 16 bytes in hex."""

    second: int
    prize: str
    salt: str


class Attempt(NamedTuple):
    """Somebody's try: when (Unix time), its number, its public ref, and who it was."""

    second: int
    seq: int
    ref: str
    entrant: str


class Win(NamedTuple):
    """An attempt that won: the prize, and the moment it took."""

    ref: str
    prize: str
    second: int


def make_moments(seed: bytes, prizes: Sequence[tuple[str, int]], opens: int, closes: int) -> list[Moment]:
    """The moments of all pieces in order: each piece of a prize has a slot of the time to itself."""
    moments = []
    span = closes - opens
    for prize, pieces in prizes:
        for number in range(1, pieces + 1):
            digest = hmac.digest(seed, f"moment:{prize}:{number}".encode(), "sha256")
            first, after = span * (number - 1) // pieces, span * number // pieces
            offset = int.from_bytes(digest[:8], "big") * (after - first) >> 64
            moments.append(Moment(opens + first + offset, prize, digest[8:24].hex()))
    return sorted(moments)


def moments_document(contest: str, moments: Iterable[Moment]) -> str:
    """The sealed list, published at closing; its hash is published at opening."""
    rows = (f"{moment.second},{moment.prize},{moment.salt}" for moment in sorted(moments))
    return lines("rapport-moments/1", f"contest:{contest}", *rows)


def award(moments: Iterable[Moment], attempts: Iterable[Attempt], most_wins: int) -> list[Win]:
    """Who won what: an attempt takes the oldest open moment unless its entrant has won `most_wins` times."""
    waiting = deque(sorted(moments))
    wins: list[Win] = []
    won: Counter[str] = Counter()
    for attempt in sorted(attempts):
        if waiting and waiting[0].second <= attempt.second and won[attempt.entrant] < most_wins:
            moment = waiting.popleft()
            won[attempt.entrant] += 1
            wins.append(Win(attempt.ref, moment.prize, moment.second))
    return wins
