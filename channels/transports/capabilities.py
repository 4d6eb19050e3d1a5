"""What each transport can do, as data, so that nobody asks a transport for its class."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`receipts` names the message events that can ever come back; others are shown as unknown, not 0."""

    channel: str
    max_message_bytes: int
    receipts: frozenset[str]
    is_duplicate_safe: bool


# The most bytes large mailbox providers take; an SMTP server's own SIZE is announced to it with MAIL.
# SMTP has no idempotency key, hence a message that may have been accepted is never tried again.
SMTP = Capabilities(
    channel="email",
    max_message_bytes=25 * 1024 * 1024,
    receipts=frozenset({"sent", "bounced"}),
    is_duplicate_safe=False,
)
