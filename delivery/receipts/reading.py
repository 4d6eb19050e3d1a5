"""Reading a mail that came back: what kind of report it is, about which message, and what it says. Pure.

Delivery reports are RFC 3464 in RFC 6522 containers, complaints RFC 5965, automatic answers RFC 3834. Nothing here
believes the sender: which message a report is about is told only by a token that we signed.
"""

import re
import uuid
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum
from typing import Any

from delivery.headers import read_message_id, read_return_path

# What is longer is cut: the interesting parts of a report come before the returned message.
MOST_BYTES = 2 * 1024 * 1024
# To whom a mail was really delivered, as the usual servers note it.
_ENVELOPE_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc", "X-Failed-Recipients")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([245]\d\d)[ -]")
_SERVERS = re.compile(r"(mailer-daemon|postmaster|mail delivery (sub)?system)", re.IGNORECASE)
# "opt-out" and "other" are a person pressing a button all the same (RFC 5965 §3.1, §7.3).
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "other"})
_ANSWERS = re.compile(
    r"^\W*(auto(matic|mated|matische)?[ -]?(reply|response|antwort|answer)|out of (the )?office|abwesenheit|"
    r"réponse automatique|respuesta autom|risposta automatica|автоответ|رد تلقائي)",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a report says happened."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    COMPLAINED = "complained"
    ANSWERED = "answered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """`public_id` is the message it is about, None when no token of ours is in it. `code` is 0 and `enhanced` "" when
    the report names none; `text` are the other server's words."""

    kind: Kind
    public_id: uuid.UUID | None
    code: int = 0
    enhanced: str = ""
    text: str = ""


_ACTIONS = {
    "failed": Kind.BOUNCED, "delayed": Kind.DELAYED, "delivered": Kind.DELIVERED, "relayed": Kind.RELAYED,
    "expanded": Kind.RELAYED,
}  # fmt: skip


def read_report(raw: bytes, *, recipient: str = "") -> Report:
    """What a mail says. `recipient` is the envelope recipient where the caller knows it. Never raises."""
    raw = raw[:MOST_BYTES]
    public_id = _token(raw, recipient)
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        kind, code, enhanced, text = _read(mail)
    except Exception:  # any bytes at all may come in, and the parser has many ways to stumble
        return Report(Kind.OTHER, public_id)
    return Report(kind, public_id, code, enhanced, " ".join(text.split())[:300])


def _token(raw: bytes, recipient: str) -> uuid.UUID | None:
    text = raw.decode("ascii", "replace")
    head = text.partition("\r\n\r\n" if "\r\n\r\n" in text else "\n\n")[0]
    by_address = read_return_path(recipient) if recipient else None
    return by_address or read_return_path(head) or read_return_path(text) or read_message_id(text)


def _read(mail: Message) -> tuple[Kind, int, str, str]:
    for part in mail.walk():
        content_type = part.get_content_type()
        if content_type == "message/delivery-status":
            return _delivery_status(part)
        if content_type == "message/feedback-report":
            return _feedback(part)
    if _is_answer(mail):
        return Kind.ANSWERED, 0, "", ""
    if _SERVERS.search(str(mail.get("From", ""))):
        return _plain_bounce(mail)
    return Kind.OTHER, 0, "", ""


def _delivery_status(part: Message) -> tuple[Kind, int, str, str]:
    """The worst of what it says about its recipients; ours have one, but a list behind it may have many."""
    order = [Kind.BOUNCED, Kind.DELAYED, Kind.DELIVERED, Kind.RELAYED]
    told: list[tuple[Kind, int, str, str]] = []
    for block in _blocks(part):
        kind = _ACTIONS.get(_word(block.get("Action")))
        if kind is None:
            continue
        words = str(block.get("Diagnostic-Code") or "").partition(";")
        text = (words[2] or words[0]).strip()
        status = _STATUS.search(str(block.get("Status") or ""))
        in_text = _STATUS.search(text)
        # Exchange writes 5.0.0 or 5.1.0 above and the real status into the words.
        vague = status is None or status[1].endswith(".0")
        chosen = in_text if vague and in_text else status
        code = _CODE.search(text)
        told.append((kind, int(code[1]) if code else 0, chosen[1] if chosen else "", text))
    return min(told, key=lambda one: order.index(one[0]), default=(Kind.OTHER, 0, "", ""))


def _feedback(part: Message) -> tuple[Kind, int, str, str]:
    kinds = {_word(block.get("Feedback-Type")) for block in _blocks(part)} - {""}
    word = min(kinds & _COMPLAINTS, default="")
    return (Kind.COMPLAINED, 0, "", word) if word else (Kind.OTHER, 0, "", " ".join(sorted(kinds)))


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a report; a part that was not parsed as one is read as fields."""
    payload: Any = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    text = str(payload)
    groups = [group for group in re.split(r"\r?\n\r?\n", text) if group.strip()]
    return [message_from_bytes(group.encode("utf-8", "replace"), policy=policy.compat32) for group in groups]


def _is_answer(mail: Message) -> bool:
    submitted = _word(mail.get("Auto-Submitted"))
    if submitted and submitted != "no":
        return submitted != "auto-generated" or not _SERVERS.search(str(mail.get("From", "")))
    if any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From")):
        return True
    return _word(mail.get("Precedence")) == "auto_reply" or bool(_ANSWERS.match(str(mail.get("Subject", ""))))


def _plain_bounce(mail: Message) -> tuple[Kind, int, str, str]:
    """A bounce of the old kind, in words: only one that quotes a server's final refusal counts."""
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        for line in text.splitlines():
            code, status = _CODE.search(line), _STATUS.search(line)
            if code and code[1].startswith("5"):
                return Kind.BOUNCED, int(code[1]), status[1] if status else "", line.strip()
    return Kind.OTHER, 0, "", ""


def _word(value: object) -> str:
    """A field's value without comment and parameters, in small letters."""
    return str(value or "").partition(";")[0].partition("(")[0].strip().lower()
