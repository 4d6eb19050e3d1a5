"""What a transport's answer means for the message's row, its address and its campaign."""

import datetime as dt

from channels.transports.outcomes import Accepted, Ambiguous, NotAttempted, Outcome, RefusalKind, Rejected, RetryAfter
from core.clock import now
from delivery.claims import Settlement
from delivery.pace.backoff import PROVIDERS_OWN
from delivery.policy import POLICIES, retry_seconds

TRIES_WHERE_REFUSED = 3
REST_WHERE_REFUSED = dt.timedelta(hours=2)


def settlement_of(key: int, purpose: str, attempts: int, outcome: Outcome) -> Settlement:
    """The row's new state.

    A sender's own fault burns no recipient of a bulk message: it goes back to pending and the caller pauses.
    """
    match outcome:
        case Accepted():
            return Settlement(key, "sent", detail=outcome.reply, provider_id=outcome.provider_id)
        case Ambiguous():
            return Settlement(key, "unknown", "no_reply", outcome.text)
        case NotAttempted():
            return Settlement(key, "pending", detail=outcome.text)
        case Rejected():
            return _rejected(key, purpose, outcome)
        case RetryAfter():
            return _put_off(key, purpose, attempts, outcome)


def _rejected(key: int, purpose: str, outcome: Rejected) -> Settlement:
    detail = f"{outcome.code} {outcome.enhanced} {outcome.text}".replace("  ", " ")
    if outcome.kind == RefusalKind.HARD_BOUNCE:
        return Settlement(key, "failed", "hard_bounce", detail)
    if outcome.kind == RefusalKind.SENDER_FAULT:
        if POLICIES[purpose].queue == "bulk":
            return Settlement(key, "pending", "sender_fault", detail)
        return Settlement(key, "failed", "sender_fault", detail)
    return Settlement(key, "failed", "refused", detail)


def _put_off(key: int, purpose: str, attempts: int, outcome: RetryAfter) -> Settlement:
    detail = f"{outcome.code or ''} {outcome.enhanced} {outcome.text}".replace("  ", " ").strip()
    # A provider that takes no more from anybody has not looked at this message, and a day's quota may be used up for a
    # day. A single message is soon of no use to anybody, so its tries are counted all the same.
    is_tried = outcome.code not in PROVIDERS_OWN or POLICIES[purpose].queue != "bulk"
    if is_tried and attempts + 1 >= POLICIES[purpose].gives_up_after:
        return Settlement(key, "failed", "gave_up", detail, attempts=1)
    due = now() + dt.timedelta(seconds=retry_seconds(attempts, outcome.seconds))
    return Settlement(key, "pending", detail=detail, due_at=due, attempts=int(is_tried))


def refused_by_one(settlement: Settlement, attempts: int) -> Settlement:
    """What becomes of a message whose sender one server does not accept, while others do.

    It is tried again some hours later, for such rules often change by themselves; then it fails. The address is not
    to blame, and neither is the campaign.
    """
    if attempts + 1 >= TRIES_WHERE_REFUSED:
        return Settlement(settlement.key, "failed", "sender_fault", settlement.detail, attempts=1)
    due = now() + REST_WHERE_REFUSED
    return Settlement(settlement.key, "pending", "sender_fault", settlement.detail, due_at=due, attempts=1)


def journal_words(settlement: Settlement) -> tuple[str, str]:
    """How a settlement is written into the journal: one word, and the detail."""
    word = f"{settlement.status}:{settlement.reason}" if settlement.reason else settlement.status
    return word, settlement.detail


def from_journal(key: int, word: str, detail: str) -> Settlement:
    """The settlement that `journal_words` wrote; one that was put off simply becomes due again."""
    status, _, reason = word.partition(":")
    return Settlement(key, status, reason, detail)
