"""Where the SMTP server is and how long we wait for it, read from one URL."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
_OPTIONS = frozenset({"tls", "connections", "messages_per_connection", "ehlo_name", "ca_file", "timeout"})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds without an answer after which a stage counts as hung (RFC 5321 section 4.5.3.2).

    `final_dot` keeps the ten minutes of the RFC: giving up earlier makes accepted messages unknown.
    """

    connect: float = 30
    greeting: float = 120
    command: float = 120
    content: float = 180
    final_dot: float = 600
    quit: float = 2

    @classmethod
    def of(cls, seconds: float) -> Self:
        """The same patience at every stage, for a server of one's own whose slowest answer is known."""
        return cls(connect=seconds, greeting=seconds, command=seconds, content=seconds, final_dot=seconds)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One SMTP server.

    `tls` is "implicit", "starttls" (required), "none", or "auto": STARTTLS whenever a server that is not on
    this machine offers it. Certificates are always checked, against `ca_file` when given.
    `losses_before_giving_up`: so many connections lost in a row, without one answer about a message
    between them, and the server counts as unavailable.
    """

    host: str
    port: int = 25
    username: str = ""
    password: str = field(default="", repr=False)
    tls: str = "auto"
    connections: int = 4
    messages_per_connection: int = 1000
    ehlo_name: str = ""
    ca_file: str = ""
    timeouts: Timeouts = Timeouts()
    losses_before_giving_up: int = 20

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://user:pass@host:port?tls=starttls&connections=4` or `smtps://…`.

        Raises ValueError with a sentence for the operator when the URL cannot be meant.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("An SMTP address looks like smtp://user:password@host:port or smtps://host.")
        options = dict(parse_qsl(parts.query))
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise ValueError(f"The SMTP address has an unknown option: {', '.join(unknown)}.")
        return cls(
            host=parts.hostname,
            port=parts.port or _DEFAULT_PORTS[parts.scheme],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=_tls_mode(parts.scheme, options.get("tls")),
            connections=_count("connections", options.get("connections"), default=4, most=100),
            messages_per_connection=_count(
                "messages_per_connection",
                options.get("messages_per_connection"),
                default=1000,
                most=1_000_000,
            ),
            ehlo_name=options.get("ehlo_name", ""),
            ca_file=options.get("ca_file", ""),
            timeouts=_timeouts(options.get("timeout")),
        )

    @property
    def is_loopback(self) -> bool:
        """Whether the server runs on this machine, where nobody listens in between."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def tls_context(self) -> ssl.SSLContext:
        """A checking TLS context; loading the authorities takes some 20 ms, so it is kept."""
        return _tls_context(self.ca_file)


@cache
def _tls_context(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


def _tls_mode(scheme: str, asked: str | None) -> str:
    if scheme == "smtps":
        if asked is not None:
            raise ValueError("smtps:// is encrypted from the first byte; leave the option tls out.")
        return "implicit"
    if asked not in (None, "auto", "starttls", "none"):
        raise ValueError("The option tls of an SMTP address is starttls, auto or none.")
    return asked or "auto"


def _timeouts(text: str | None) -> Timeouts:
    return Timeouts() if text is None else Timeouts.of(_count("timeout", text, default=0, most=600))


def _count(name: str, text: str | None, *, default: int, most: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"The option {name} of an SMTP address is a number from 1 to {most}.")
    return int(text)
