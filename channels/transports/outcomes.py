"""What a transport is given and what it answers: one vocabulary for every way of sending."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class RefusalKind(StrEnum):
    """Whose trouble a refusal is, so that nobody's address is blamed for the sender's fault."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    SENDER_FAULT = "sender_fault"
    CONTENT = "content"
    THROTTLED = "throttled"
    OTHER = "other"


class OutboundMessage(NamedTuple):
    """One message ready to go.

    `sender` is the envelope sender ("" for the null reverse path), `data` the whole RFC 5322 message
    with CRLF line ends and without dot-stuffing; `key` is the caller's own number for it. With `is_ready` the caller
    vouches that it ends in CRLF, has no other CR or LF, and that no line begins with a dot: looking for these in every
    message costs more than writing it.
    """

    key: int
    sender: str
    recipient: str
    data: bytes
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took responsibility. `provider_id` is its queue id where it tells one, else ""."""

    provider_id: str
    reply: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good; the same message to the same address would be refused again."""

    code: int
    enhanced: str
    text: str
    kind: RefusalKind


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Refused for now, and certainly not accepted. `code` is 0 when a broken connection is the reason."""

    seconds: int
    code: int
    enhanced: str
    text: str
    kind: RefusalKind


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The final dot was written and no answer came: perhaps accepted (RFC 1047). Never send it again."""

    text: str


@dataclass(frozen=True, slots=True)
class NotAttempted:
    """Not one byte of the message's content was written; it may simply be sent later."""

    text: str


Outcome = Accepted | Rejected | RetryAfter | Ambiguous | NotAttempted


class TransportUnavailable(Exception):
    """The server as a whole cannot be used just now; no recipient is to blame.

    `is_configuration` is true when waiting will not help and a person has to change a setting.
    """

    def __init__(self, text: str, *, is_configuration: bool) -> None:
        super().__init__(text)
        self.text = text
        self.is_configuration = is_configuration
