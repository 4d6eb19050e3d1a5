"""The words of SMTP (RFC 5321): reading replies and writing commands. Pure bytes in, bytes out."""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from channels.transports.classify import classify_permanent, classify_transient
from channels.transports.outcomes import OutboundMessage, RefusalKind, Rejected, RetryAfter

# RFC 5321 section 4.5.3.1.5 allows 512 octets a line; a few hundred lines are beyond any honest reply.
_MOST_REPLY_BYTES = 128 * 1024
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_QUEUE_ID = re.compile(r"(?:queued as|\bq?id[= ])\s*<?([\w.+/@-]+)", re.IGNORECASE)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class ProtocolError(Exception):
    """The other side does not speak SMTP (any more)."""


class Reply(NamedTuple):
    """One complete reply; `lines` are without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def enhanced(self) -> str:
        """The enhanced status code of RFC 2034, or ""."""
        match = _ENHANCED.match(self.lines[-1].decode("ascii", "replace"))
        return match.group(1) if match else ""

    @property
    def text(self) -> str:
        """What the server says, in one line, without codes."""
        lines = (_ENHANCED.sub("", line.decode("utf-8", "replace"), count=1) for line in self.lines)
        return " ".join(" ".join(lines).split())[:500]


class ReplyParser:
    """Collects bytes into replies; keeps what is not complete yet."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left over; before TLS anything else would be an injected reply."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Replies completed by `data`, in order. Raises ProtocolError on anything else."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._size += len(data)
        if self._size > _MOST_REPLY_BYTES:
            raise ProtocolError("a reply without end")
        replies = []
        for line in lines:
            reply, is_last = _read_line(line)
            if self._lines or not is_last:
                self._lines += reply.lines
                reply = Reply(reply.code, tuple(self._lines))
            if is_last:
                replies.append(reply)
                self._lines.clear()
                self._size = len(self._rest)
        return replies


@lru_cache(maxsize=256)
def _read_line(line: bytes) -> tuple[Reply, bool]:
    """One line as a reply of its own, and whether it is the last of its reply.

    Remembered, for three of the four replies about a message are the same each time. Raises ProtocolError.
    """
    if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b"\r", b""):
        raise ProtocolError(f"not an SMTP reply: {line[:80]!r}")
    return Reply(int(line[:3]), (line[4:].rstrip(b"\r"),)), line[3:4] != b"-"


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the server offered in its EHLO reply."""

    pipelining: bool = False
    eight_bit_mime: bool = False
    smtp_utf8: bool = False
    starttls: bool = False
    size: bool = False
    authentication: frozenset[str] = frozenset()


def read_extensions(reply: Reply) -> Extensions:
    """The extensions of an EHLO reply; its first line is only the greeting."""
    offered: dict[str, list[str]] = {}
    for line in reply.lines[1:]:
        # "AUTH=LOGIN" is how some old servers still write it.
        words = line.decode("ascii", "replace").upper().replace("AUTH=", "AUTH ").split()
        keyword, *arguments = words or [""]
        offered.setdefault(keyword, []).extend(arguments)
    return Extensions(
        pipelining="PIPELINING" in offered,
        eight_bit_mime="8BITMIME" in offered,
        smtp_utf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        size="SIZE" in offered,
        authentication=frozenset(offered.get("AUTH", ())),
    )


def envelope_commands(message: OutboundMessage, extensions: Extensions) -> tuple[bytes, bytes, bytes]:
    """MAIL, RCPT and DATA for a message that `envelope_problem` found nothing wrong with."""
    parameters = f" SIZE={len(message.data)}" if extensions.size else ""
    if extensions.eight_bit_mime and not message.data.isascii():
        parameters += " BODY=8BITMIME"
    if not (message.sender.isascii() and message.recipient.isascii()):
        parameters += " SMTPUTF8"
    mail = f"MAIL FROM:<{message.sender}>{parameters}\r\n".encode()
    return mail, f"RCPT TO:<{message.recipient}>\r\n".encode(), b"DATA\r\n"


def envelope_problem(message: OutboundMessage, extensions: Extensions) -> Rejected | None:
    """Why this message must not even be offered to this server: no byte of it may become a command."""
    if _UNSAFE.search(message.sender):
        return Rejected(553, "5.1.7", "The sender's address is not valid.", RefusalKind.SENDER_FAULT)
    if not message.recipient or _UNSAFE.search(message.recipient):
        return Rejected(553, "5.1.3", "The recipient's address is not valid.", RefusalKind.HARD_BOUNCE)
    if not extensions.smtp_utf8 and not (message.sender.isascii() and message.recipient.isascii()):
        text = "The mail server does not take addresses with letters outside ASCII."
        return Rejected(553, "5.6.7", text, RefusalKind.OTHER)
    if not extensions.eight_bit_mime and not message.data.isascii():
        text = "The mail server takes 7-bit messages only, and this one is not."
        return Rejected(554, "5.6.3", text, RefusalKind.SENDER_FAULT)
    return None


def content_bytes(message: OutboundMessage) -> tuple[bytes, bytes]:
    """The message as it goes after DATA, CRLF line ends and dots stuffed, and the end with the final dot.

    A lone CR or LF is mended, since servers that take one for a line end can be made to see a second
    message in it (SMTP smuggling).
    """
    data = message.data
    if message.is_ready:
        return data, b".\r\n"
    line_feeds = data.count(b"\n")
    if data.count(b"\r\n") != line_feeds or data.count(b"\r") != line_feeds:
        data = _LINE_END.sub(b"\r\n", data)
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data, b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"


def refusal(stage: str, reply: Reply) -> Rejected | RetryAfter | None:
    """The outcome a 4xx or 5xx reply stands for; None when the reply is neither."""
    enhanced, text = reply.enhanced, reply.text
    if 500 <= reply.code < 600:
        kind = classify_permanent(stage=stage, code=reply.code, enhanced=enhanced, text=text)
        return Rejected(reply.code, enhanced, text, kind)
    if 400 <= reply.code < 500:
        transient = classify_transient(code=reply.code, enhanced=enhanced, text=text)
        return RetryAfter(transient.seconds, reply.code, enhanced, text, transient.kind)
    return None


def queue_id(text: str) -> str:
    """The server's own id of an accepted message, or "" when it does not say."""
    match = _QUEUE_ID.search(text)
    return match.group(1) if match else ""


def plain_response(username: str, password: str) -> bytes:
    """The initial response of SASL PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{username}\0{password}".encode())
