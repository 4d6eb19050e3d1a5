"""Reading the mailbox that returned mail comes to, over IMAP (RFC 9051), within limits."""

import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

_PORTS = {"imap": 143, "imaps": 993}
SECONDS = 20.0
# One visit; what is left is for the next one, a minute later.
MOST_MAILS = 500
MOST_BYTES = 2 * 1024 * 1024
# Where we keep what was not ours: mail from people, which nobody is to lose.
_LEAVE = r"(\Seen)"


class MailboxUnavailable(Exception):
    """The mailbox cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """`imaps://user:password@host/INBOX`; `imap://` only with STARTTLS, or on this machine."""

    scheme: str
    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca_file: str = ""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read the settings; raises ValueError with a sentence for the operator."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
            raise ValueError("BOUNCE_MAILBOX_URL looks like imaps://user:password@host/INBOX.")
        options = dict(parse_qsl(parts.query))
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            ca_file=options.get("ca_file", ""),
        )


def read_mailbox(settings: MailboxSettings, take: Callable[[bytes], bool]) -> int:
    """Hand every unread mail to `take`; returns how many.

    What `take` answers True for is deleted, the rest is left as read. When `take` raises, the mail stays unread and
    the error goes on. Raises MailboxUnavailable.
    """
    try:
        connection = _open(settings)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnavailable(f"{type(error).__name__}: {error}"[:200]) from error
    try:
        return _read_all(connection, settings.folder, take)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnavailable(f"{type(error).__name__}: {error}"[:200]) from error
    finally:
        _leave(connection)


def _open(settings: MailboxSettings) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if settings.scheme == "imaps":
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            settings.host, settings.port, ssl_context=context, timeout=SECONDS
        )
    else:
        connection = imaplib.IMAP4(settings.host, settings.port, timeout=SECONDS)
        if "STARTTLS" in connection.capabilities:
            connection.starttls(context)
        elif settings.host not in {"localhost", "127.0.0.1", "::1"}:
            connection.logout()
            raise imaplib.IMAP4.error("The server offers no encryption; use imaps://.")
    connection.login(settings.username, settings.password)
    return connection


def _read_all(connection: imaplib.IMAP4, folder: str, take: Callable[[bytes], bool]) -> int:
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if connection.select(quoted)[0] != "OK":
        raise imaplib.IMAP4.error("There is no such folder.")
    unread = connection.uid("SEARCH", "UNSEEN", "UNDELETED")[1][0] or b""
    identifiers = unread.split()[:MOST_MAILS]
    for identifier in identifiers:
        # PEEK leaves it unread until it was taken. A mail longer than the limit is cut; the report is at its start.
        answer = connection.uid("FETCH", identifier.decode(), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)")[1]
        raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if raw is None:
            continue  # somebody deleted it meanwhile
        is_done = take(raw)
        connection.uid("STORE", identifier.decode(), "+FLAGS.SILENT", r"(\Seen \Deleted)" if is_done else _LEAVE)
    connection.expunge()
    return len(identifiers)


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (OSError, imaplib.IMAP4.error):
        # Gone already; what was done is done.
        return
