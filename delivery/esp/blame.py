"""What providers' sentences say about whose trouble a refusal is; the same words for all of them."""

import re

from channels.transports.outcomes import Outcome, RefusalKind, TransportUnavailable

# An outcome, and the trouble where the provider as a whole cannot be used.
Told = tuple[Outcome, TransportUnavailable | None]
_SENDER = re.compile(
    r"sender|\bfrom\b|signature|domain (is )?not|not (verified|authori[sz]ed|allowed)|unverified|sandbox|suspended|"
    r"disabled|credits?|quota|limit",
    re.IGNORECASE,
)
_RECIPIENT = re.compile(r"recipient|\bto\b|inactive|mailbox|address", re.IGNORECASE)


def blamed(words: str) -> RefusalKind:
    """Whom a refusal of the request blames. Never the mailbox: no receiving server has been asked yet."""
    if _SENDER.search(words):
        return RefusalKind.SENDER_FAULT
    return RefusalKind.OTHER if _RECIPIENT.search(words) else RefusalKind.CONTENT


def line(text: str) -> str:
    """A sentence of theirs on one line, cut to what is kept."""
    return " ".join(text.split())[:300]
