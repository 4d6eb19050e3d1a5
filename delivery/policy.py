"""What each purpose of message passes through: one table, read by the pipeline and by the headers."""

from dataclasses import dataclass

BULK = "bulk"
TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one purpose.

    What may stop each purpose is consent.gate's to say. `has_unsubscribe` adds RFC 8058 headers; `is_tracked`
    allows counting opens and clicks where the person agreed; `gives_up_after` transient refusals;
    `waits_for_quiet_hours` defers to the hours people chose.
    """

    queue: str
    has_unsubscribe: bool
    is_tracked: bool
    gives_up_after: int
    waits_for_quiet_hours: bool = False


POLICIES = {
    "marketing": Policy(BULK, has_unsubscribe=True, is_tracked=True, gives_up_after=12, waits_for_quiet_hours=True),
    "transactional": Policy(TRANSACTIONAL, has_unsubscribe=False, is_tracked=False, gives_up_after=10),
    "service": Policy(TRANSACTIONAL, has_unsubscribe=False, is_tracked=False, gives_up_after=10),
    "system": Policy(TRANSACTIONAL, has_unsubscribe=False, is_tracked=False, gives_up_after=10),
    "test": Policy(TRANSACTIONAL, has_unsubscribe=True, is_tracked=False, gives_up_after=3),
}


def retry_seconds(attempts: int, asked: int) -> int:
    """Pause before the next try: what the server asked for, or 1, 2, 4 … minutes, six hours at most."""
    return min(max(asked, 60 * 2 ** min(attempts, 9)), 6 * 3600)
