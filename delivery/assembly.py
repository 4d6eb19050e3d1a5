"""From rendered texts to the bytes of an RFC 5322 message, without building a MIME tree per recipient."""

import base64
import binascii
import datetime as dt
import functools
import re
import uuid
from collections.abc import Sequence
from email.headerregistry import Address
from email.utils import format_datetime
from typing import NamedTuple

from delivery.headers import message_id

# RFC 5322 §2.1.1: a line is at most 998 octets. A little below, for servers that count differently.
LONGEST_LINE = 990
ASCII = bytes(range(128))
# RFC 5322 §3.2.3: a name with one of these stands in quotation marks.
SPECIALS = frozenset('()<>@,:;.\\"[]')
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+")
# RFC 2047 §2: an encoded word has at most 75 characters; so many bytes are 60 of base64 and 12 around them.
LONGEST_WORD = 45
# RFC 5322 §2.2 and RFC 2047 §5: none of these may stand in a header, not even encoded.
CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


class Letter(NamedTuple):
    """Everything a message's bytes are made from. `headers` are extra ones in order, values already safe.

    A body in bytes is as `content.wire` describes it: ready to travel.
    """

    public_id: uuid.UUID
    from_name: str
    from_email: str
    to_name: str
    to_email: str
    subject: str
    text: str | bytes
    html: str | bytes
    reply_to: str = ""
    headers: Sequence[tuple[str, str]] = ()


def assemble(letter: Letter, *, at: dt.datetime, eight_bit: bool) -> bytes:
    """The whole message with CRLF line ends, every line within RFC 5322's limit.

    `eight_bit` when the server takes 8BITMIME (RFC 6152); otherwise bodies are made 7-bit safe.
    """
    pieces = [
        b"From: ", _author(letter.from_name, letter.from_email),
        b"\r\nTo: ", mailbox(letter.to_name, letter.to_email),
        b"\r\nSubject: ", unstructured(letter.subject),
        b"\r\nDate: ", _date(at),
        b"\r\nMessage-ID: ", message_id(letter.public_id, letter.from_email).encode(),
    ]  # fmt: skip
    if letter.reply_to:
        pieces += b"\r\nReply-To: ", mailbox("", letter.reply_to)
    if letter.headers:
        pieces.append("".join([f"\r\n{name}: {value}" for name, value in letter.headers]).encode("ascii", "ignore"))
    pieces.append(b"\r\nMIME-Version: 1.0\r\n")
    if not letter.html:
        pieces += body_part(b"text/plain", letter.text, eight_bit=eight_bit)
    else:
        boundary = b"=_%s" % letter.public_id.hex.encode()
        mark = b"\r\n--%s" % boundary
        pieces += b'Content-Type: multipart/alternative; boundary="', boundary, b'"\r\n', mark, b"\r\n"
        pieces += body_part(b"text/plain", letter.text, eight_bit=eight_bit)
        pieces += mark, b"\r\n"
        pieces += body_part(b"text/html", letter.html, eight_bit=eight_bit)
        pieces += mark, b"--\r\n"
    # One join of all, because each "+" would copy the whole again.
    return b"".join(pieces)


def is_ready_to_travel(letter: Letter, *, eight_bit: bool) -> bool:
    """Whether no line of the assembled message begins with a dot or ends in anything but CRLF, by construction."""
    return eight_bit and isinstance(letter.html, bytes) and isinstance(letter.text, bytes)


def body_part(content_type: bytes, body: str | bytes, *, eight_bit: bool) -> Sequence[bytes]:
    """Headers, empty line and body of one part, in the cheapest encoding that is safe; to be joined."""
    if isinstance(body, bytes):
        is_ascii = body.isascii()
        if eight_bit or is_ascii:
            return _part(content_type, b"7bit" if is_ascii else b"8bit", body)
        content = body.replace(b"\r\n", b"\n")
    else:
        content = body.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if has_short_lines(content) and (eight_bit or content.isascii()):
        encoding = b"7bit" if content.isascii() else b"8bit"
        encoded = content.replace(b"\n", b"\r\n")
    elif is_mostly_foreign(content):
        encoding, encoded = b"base64", base64.encodebytes(content.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    else:
        encoding = b"quoted-printable"
        encoded = binascii.b2a_qp(content, istext=True).replace(b"\n", b"\r\n")
    return _part(content_type, encoding, encoded)


def _part(content_type: bytes, encoding: bytes, encoded: bytes) -> Sequence[bytes]:
    headers = b"Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (content_type, encoding)
    return headers, encoded, b"" if encoded.endswith(b"\r\n") else b"\r\n"


def is_mostly_foreign(content: bytes) -> bool:
    """True when base64 is shorter than quoted-printable: over a quarter of the first bytes are not ASCII."""
    sample = content[:4000]
    return 4 * len(sample.translate(None, ASCII)) > len(sample)


def has_short_lines(content: bytes) -> bool:
    """True when every line fits and no NUL is inside (RFC 5322 forbids it)."""
    if b"\0" in content:
        return False
    return len(content) <= LONGEST_LINE or max(map(len, content.split(b"\n"))) <= LONGEST_LINE


def mailbox(name: str, email: str) -> bytes:
    """`Name <address>`, the name encoded where needed (RFC 2047); line breaks become spaces."""
    name = _one_line(name)
    if not name:
        return email.encode("ascii", "ignore")
    if not (name.isascii() and name.isprintable()):
        return encoded_words(name) + b" <" + email.encode("ascii", "ignore") + b">"
    if _PLAIN_ADDRESS.fullmatch(email):
        if SPECIALS.isdisjoint(name):
            return f"{name} <{email}>".encode()
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{email}>'.encode()
    local, _, domain = email.rpartition("@")
    try:
        return str(Address(name, local, domain)).encode("ascii", "ignore")
    except ValueError:
        return email.encode("ascii", "ignore")


_author = functools.lru_cache(maxsize=64)(mailbox)


@functools.lru_cache(maxsize=64)
def _date(at: dt.datetime) -> bytes:
    return format_datetime(at).encode()


@functools.lru_cache(maxsize=256)
def unstructured(value: str) -> bytes:
    """A header's free text on one logical line: nothing a person's name contains can start a new header."""
    value = _one_line(value)
    if value.isascii() and value.isprintable() and len(value) < 900:
        return value.encode()
    return encoded_words(value)


def _one_line(text: str) -> str:
    return " ".join((text if text.isprintable() else text.translate(CONTROLS)).split())


def encoded_words(value: str) -> bytes:
    """RFC 2047 encoded words of at most 75 characters, never splitting a character, folded."""
    whole = value.encode("utf-8", "replace")
    if len(whole) <= LONGEST_WORD:
        return _encoded_word(whole)
    words, chunk = [], b""
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(chunk) + len(encoded) > LONGEST_WORD:
            words.append(chunk)
            chunk = b""
        chunk += encoded
    words.append(chunk)
    return b"\r\n ".join(map(_encoded_word, words))


def _encoded_word(word: bytes) -> bytes:
    return b"=?utf-8?b?%s?=" % binascii.b2a_base64(word, newline=False)
