"""How a sender slows down for a receiver that asks it to: halve at once, come back slowly (AIMD, RFC 5681 §3.1).

The first refusal halves what was accepted in the last minute and pauses for a minute, or for as long as the server
asked; every further one halves again and doubles the pause. Without new ones the rate climbs back by a fiftieth of
the full rate a minute: from half to full in 25 minutes. Then the row goes, and with it the limit.
"""

import datetime as dt
import re
from dataclasses import dataclass

SLOWEST = 60.0  # messages an hour: one a minute still shows when the receiver takes mail again
LEAST_FULL = 600.0
CLIMB_PER_MINUTE = 1 / 50
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(minutes=1), dt.timedelta(hours=1)
LONGEST_ASKED = dt.timedelta(hours=6)
# A provider's API that takes nothing more for now (RFC 6585 §4, RFC 9110 §15.6.4); no SMTP server puts a message off
# with these codes.
PROVIDERS_OWN = frozenset({425, 429, 503})

_ASKED = re.compile(
    r"(?:again|retry|wait|after|for|in)\D{0,20}?(\d{1,5})\s*(second|sec|minute|min|hour|s\b|m\b|h\b)", re.IGNORECASE
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Slowness:
    """The state of one sender towards one receiver. Rates are messages an hour."""

    rate: float
    full_rate: float
    paused_until: dt.datetime
    strikes: int


def asked_pause(code: int, seconds: int, text: str) -> dt.timedelta | None:
    """How long the server asked us to wait: in an HTTP answer's Retry-After or in its words; None if it did not.

    `seconds` are 0 where an HTTP answer says nothing; of an SMTP server they are our own idea and no wish.
    """
    if code in PROVIDERS_OWN and seconds > 0:
        return min(dt.timedelta(seconds=seconds), LONGEST_ASKED)
    found = _ASKED.search(text)
    if found is None or int(found[1]) == 0:
        return None
    return min(dt.timedelta(seconds=int(found[1]) * _SECONDS[found[2][0].lower()]), LONGEST_ASKED)


def current_rate(state: Slowness, at: dt.datetime) -> float:
    """Messages an hour at a moment after the pause: additive recovery."""
    minutes = max(0.0, (at - state.paused_until).total_seconds() / 60)
    return min(state.full_rate, state.rate + state.full_rate * CLIMB_PER_MINUTE * minutes)


def is_recovered(state: Slowness, at: dt.datetime) -> bool:
    """Whether the limit is over."""
    return at > state.paused_until and current_rate(state, at) >= state.full_rate


def struck(
    state: Slowness | None, *, at: dt.datetime, sent_last_minute: int, asked: dt.timedelta | None
) -> Slowness | None:
    """The state after one more refusal; None when it came during the pause and says nothing new."""
    if state is not None and at < state.paused_until and (asked is None or at + asked <= state.paused_until):
        return None
    full = max(LEAST_FULL, sent_last_minute * 60.0)
    if state is None or is_recovered(state, at):
        return Slowness(max(SLOWEST, full / 2), full, at + (asked or FIRST_PAUSE), 1)
    if at < state.paused_until:
        # Still one and the same refusal, only with a longer wish.
        return Slowness(state.rate, state.full_rate, at + (asked or FIRST_PAUSE), state.strikes)
    pause = min(FIRST_PAUSE * 2 ** min(state.strikes, 10), LONGEST_PAUSE)
    rate = max(SLOWEST, current_rate(state, at) / 2)
    return Slowness(rate, state.full_rate, at + (asked or pause), state.strikes + 1)
