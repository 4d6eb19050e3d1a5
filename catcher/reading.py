"""What a mail says: headers, parts and links out of raw bytes, whatever shape they are in. Pure."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html import unescape

MAX_HEADER = 400
MAX_EXCERPT = 200
READ_FOR_EXCERPT = 20_000  # letters of HTML; the pattern below takes the square of it for tags that never close
LONGEST_PARSED = 5_000  # of a header; the standard library's parser takes the square of it
# What the standard library's header parser raises for headers nobody meant.
UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
_TAGS = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_HTTPS = re.compile(r"<\s*(https?://[^>\s]+)\s*>")


@dataclass(frozen=True)
class Summary:
    """What a list shows of a mail."""

    from_header: str
    to_header: str
    subject: str
    excerpt: str


@dataclass(frozen=True)
class Attachment:
    """A part that is no body; `index` counts the parts of the mail in walking order."""

    index: int
    name: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Reading:
    """A whole mail as its page shows it."""

    headers: list[tuple[str, str]]
    html: str
    text: str
    source: str
    attachments: list[Attachment]
    one_click_url: str


def summarise(source: bytes) -> Summary:
    """The lines of a list; empty texts where the mail cannot be read."""
    message = parse(source)
    text = body_of(message, "plain") or unescape(_TAGS.sub(" ", body_of(message, "html")[:READ_FOR_EXCERPT]))
    return Summary(
        from_header=header(message, "From")[:MAX_HEADER],
        to_header=header(message, "To")[:MAX_HEADER],
        subject=header(message, "Subject")[:MAX_HEADER],
        excerpt=" ".join(text.split())[:MAX_EXCERPT],
    )


def read(source: bytes) -> Reading:
    """Everything the page of one mail shows."""
    message = parse(source)
    return Reading(
        headers=[(name, storable(str(value))) for name, value in raw_headers(message)],
        html=body_of(message, "html"),
        text=body_of(message, "plain"),
        source=storable(source.decode("utf-8", "replace")),
        attachments=list(_attachments(message)),
        one_click_url=_one_click_url(message),
    )


def parse(source: bytes) -> EmailMessage:
    """The message; the parser never refuses, it notes defects."""
    return email.message_from_bytes(source, _class=EmailMessage, policy=email.policy.default)


def header(message: EmailMessage, name: str) -> str:
    """A decoded header, or an empty text when it is missing or cannot be decoded."""
    raw = next((str(value) for known, value in message.raw_items() if known.lower() == name.lower()), "")
    if len(raw) > LONGEST_PARSED:
        return storable(" ".join(raw.split()))
    try:
        return storable(str(message.get(name, "") or ""))
    except UNREADABLE:
        return ""


def raw_headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    """Every header as it came, unfolded."""
    for name, value in message.raw_items():
        yield name, " ".join(str(value).split())


def body_of(message: EmailMessage, kind: str) -> str:
    """The first inline part of type text/`kind`, decoded; empty when there is none."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return storable(_decode(payload, part.get_content_charset()))
    return ""


def part_bytes(source: bytes, index: int) -> tuple[str, bytes] | None:
    """(file name, bytes) of an attachment of `read`, or None when the mail has no such part."""
    for position, part in enumerate(parse(source).walk()):
        if position == index and not part.is_multipart():
            payload = part.get_payload(decode=True)
            return _file_name(part, position), payload if isinstance(payload, bytes) else b""
    return None


def frame_html(html: str) -> str:
    """The HTML with its links opening in a new tab: the frame it is shown in may not load pages itself."""
    base = '<base target="_blank">'
    return _HEAD.sub(lambda found: found.group(0) + base, html, count=1) if _HEAD.search(html) else base + html


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _decode(payload: bytes, charset: str | None) -> str:
    try:
        return payload.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    shown: set[str] = set()
    for index, part in enumerate(message.walk()):
        kind = part.get_content_type()
        if part.is_multipart():
            continue
        if kind in {"text/plain", "text/html"} and part.get_content_disposition() != "attachment" and kind not in shown:
            shown.add(kind)
            continue
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        yield Attachment(index, _file_name(part, index), kind, size)


def _file_name(part: EmailMessage, index: int) -> str:
    try:
        name = part.get_filename() or ""
    except UNREADABLE:
        name = ""
    name = "".join(letter if letter.isprintable() and letter not in "/\\" else "_" for letter in storable(name)).strip()
    return name[:100] or f"part-{index}"


def _one_click_url(message: EmailMessage) -> str:
    """The address a mail program posts to when somebody presses its own unsubscribe button (RFC 8058 §3.1)."""
    if "one-click" not in header(message, "List-Unsubscribe-Post").lower():
        return ""
    found = _HTTPS.search(header(message, "List-Unsubscribe"))
    return found.group(1) if found else ""
