"""Asking other people's web servers, without becoming a way into one's own network.

An address comes from somebody who is signed in, and may still lead anywhere: to a machine behind the firewall, to a
cloud's metadata, through a redirect or a name that answers differently the second time. So every name is looked up
once, every answer is checked, and the connection goes to the very address that was checked (docs/security.md).
"""

import http.client
import io
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
CHUNK = 16 * 1024
LONGEST_ADDRESS = 2_000
USER_AGENT = "Rapport"
# NAT64 and 6to4 carry an IPv4 address inside, which is what must be looked at.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(Exception):
    """No answer, or one that is not taken. `code` is stable: address, private, unreachable, redirects, too_large."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `url` is the last address asked; header names are in lower case."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class _Stream(io.RawIOBase):
    """What comes through a socket until a deadline.

    A socket's own limit is for each packet: a server that drips letter by letter would keep us for days.
    """

    def __init__(self, plug: socket.socket, deadline: float) -> None:
        self._plug, self._deadline = plug, deadline
        self._raw = plug.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As much as is there. Raises TimeoutError past the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._plug.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket, too."""
        self._raw.close()
        super().close()


class _Plug:
    """As much of a socket as http.client asks for, with one deadline for all that is read."""

    def __init__(self, plug: socket.socket, deadline: float) -> None:
        self._plug, self._deadline = plug, deadline
        self.sendall = plug.sendall
        self.close = plug.close

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The answer as a stream."""
        return io.BufferedReader(_Stream(self._plug, self._deadline))


def fetch(
    url: str, *, most_bytes: int, seconds: float = 20, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> Answer:
    """GET (or HEAD) an http or https address and what it redirects to, within `seconds` and `most_bytes` in all.

    Never sends credentials or cookies. Raises OutboundError for an address that may not be asked, a server that does
    not answer in time, and an answer that is too large; any status is an answer.
    """
    deadline = time.monotonic() + seconds
    for _hop in range(MOST_REDIRECTS + 1):
        target = _checked(url)
        answer = _ask(target, url, method, dict(headers or {}), (most_bytes, deadline))
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or not location:
            return answer
        try:
            url = urljoin(url, location)
        except ValueError as error:
            raise OutboundError("address") from error
    raise OutboundError("redirects")


def send(url: str, *, method: str, body: bytes, headers: Mapping[str, str], seconds: float = 10) -> int:
    """Send a request with a body to one http or https address and return the status; nothing is followed or read.

    A redirect is an answer like any other: a body that was signed for one address is not handed to another. Raises
    OutboundError as `fetch` does.
    """
    deadline = time.monotonic() + seconds
    return _ask(_checked(url), url, method, dict(headers), (None, deadline), body).status


def _checked(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        raise OutboundError("address") from error
    is_plain = split.username is None and split.password is None and url.isprintable() and " " not in url
    if split.scheme not in ("http", "https") or not split.hostname or not is_plain or port == 0:
        raise OutboundError("address")
    if len(url) > LONGEST_ADDRESS:
        raise OutboundError("address")
    return split


def _ask(
    target: SplitResult,
    url: str,
    method: str,
    headers: dict[str, str],
    limits: tuple[int | None, float],
    sent_body: bytes | None = None,
) -> Answer:
    """One request. `limits` are the most bytes to read (None: the answer's body is of no interest) and the deadline."""
    most_bytes, deadline = limits
    host = _ascii_host(target)
    port = target.port or (443 if target.scheme == "https" else 80)
    path = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    # http.client would leave out the port of https, which it does not know of here.
    shown = f"[{host}]" if ":" in host else host
    host_header = shown if target.port is None else f"{shown}:{target.port}"
    sent = {"Host": host_header, "User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Connection": "close", **headers}
    try:
        connection = _connection(target.scheme, host, port, deadline)
        try:
            connection.request(method, _quoted(path), body=sent_body, headers=sent)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            is_unread = most_bytes is None or method == "HEAD" or response.status in REDIRECTS
            body = b"" if most_bytes is None or is_unread else _read(response, found, most_bytes)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, zlib.error) as error:
        raise OutboundError("unreachable", type(error).__name__) from error
    return Answer(response.status, url, found, body)


def _ascii_host(target: SplitResult) -> str:
    try:
        return (target.hostname or "").encode("idna").decode()
    except UnicodeError as error:
        raise OutboundError("address") from error


def _quoted(path: str) -> str:
    """A path with letters outside ASCII as bytes in percent signs (RFC 3987 §3.1); what is quoted stays so."""
    return "".join(one if one.isascii() else "".join(f"%{byte:02X}" for byte in one.encode()) for one in path)


def _connection(scheme: str, host: str, port: int, deadline: float) -> http.client.HTTPConnection:
    """A connection to a checked address of `host`; the name stays for Host and the certificate."""
    addresses = _addresses(host, port)
    problem: OSError = OSError("no address")
    for address in addresses:
        left = max(0.1, deadline - time.monotonic())
        try:
            plain = socket.create_connection((str(address), port), timeout=min(left, 10))
            plain.settimeout(max(0.1, deadline - time.monotonic()))
            if scheme == "https":
                context = ssl.create_default_context()
                plain = context.wrap_socket(plain, server_hostname=host)
        except OSError as error:
            problem = error
            continue
        connection = http.client.HTTPConnection(host, port)
        connection.sock = _Plug(plain, deadline)
        return connection
    raise problem


def _addresses(host: str, port: int) -> list[Address]:
    """Where the name leads. Raises OutboundError when any of it is not the public internet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError("unreachable", "name") from error
    addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise OutboundError("private")
    return addresses


def is_allowed(address: Address) -> bool:
    """Whether it is on the public internet, or in a network that the operator has opened."""
    address = _inner(address)
    for network in settings.OUTBOUND_PRIVATE_NETWORKS:
        if address in ipaddress.ip_network(network):
            return True
    # Python calls RFC 3879's site-local addresses global, and old networks may still use them inside.
    is_site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or is_site_local)


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _read(response: http.client.HTTPResponse, headers: Mapping[str, str], most_bytes: int) -> bytes:
    unpack = zlib.decompressobj(47) if headers.get("content-encoding", "").lower() in ("gzip", "deflate") else None
    body = bytearray()
    while chunk := response.read1(CHUNK):
        # One byte more than allowed is asked for: a small packet must not unfold into a large one.
        body += unpack.decompress(chunk, most_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > most_bytes:
            raise OutboundError("too_large")
    return bytes(body)
