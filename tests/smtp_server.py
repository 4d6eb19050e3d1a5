"""A real SMTP server for tests, told by a script where to go wrong. It notes every acceptance."""

import asyncio
import base64
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

STAGES = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot", "after dot")


@dataclass
class Fault:
    """What to do instead of going on: "reply" with `text`, "hang", or "reset" the connection.

    `when` is asked with the number of times this stage was reached before (over all connections).
    At the stage "dot" the message is not accepted, at "after dot" it is, and only its answer suffers.
    """

    action: str
    text: str = ""
    when: Callable[[int], bool] = lambda count: True


@dataclass
class Script:
    """What the server offers and where it fails."""

    pipelining: bool = True
    eight_bit_mime: bool = True
    smtp_utf8: bool = False
    size: int = 0
    tls: ssl.SSLContext | None = None
    is_tls_implicit: bool = False
    credentials: tuple[str, str] | None = None
    mechanisms: str = "PLAIN LOGIN"
    faults: dict[str, Fault] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    opens_content_without_recipients: bool = False
    delay: float = 0


@dataclass(frozen=True)
class Acceptance:
    """One message the server answered for, dots unstuffed."""

    sender: str
    recipient: str
    data: bytes


class SmtpServer:
    """The server, its script and its log. `url` tells where it listens."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.acceptances: list[Acceptance] = []
        self.commands: list[str] = []
        self.violations: list[str] = []
        self.reached: Counter[str] = Counter()
        self.accepted = 0
        self.connections: set[Conversation] = set()
        self.port = 0

    @property
    def url(self) -> str:
        scheme = "smtps" if self.script.is_tls_implicit else "smtp"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        """Who got a message, in the order of acceptance, with repeats."""
        return [acceptance.recipient for acceptance in self.acceptances]

    def fault_at(self, stage: str) -> Fault | None:
        """The fault due at this stage now; counts the visit."""
        count = self.reached[stage]
        self.reached[stage] += 1
        fault = self.script.faults.get(stage)
        return fault if fault is not None and fault.when(count) else None

    def accept(self, sender: str, recipient: str, data: bytes, client: str) -> None:
        """Note one acceptance, before it is answered; `client` is the name given in EHLO."""
        self.acceptances.append(Acceptance(sender, recipient, data))

    async def start(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        context = self.script.tls if self.script.is_tls_implicit else None
        server = await loop.create_server(lambda: Conversation(self, loop), "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        return server


class Conversation(asyncio.Protocol):
    """One client. Commands are worked off one by one, as they come."""

    def __init__(self, server: SmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._script = server.script
        self._loop = loop
        self._buffer = b""
        self._is_hanging = False
        self._is_in_content = False
        self._is_signed_in = server.script.credentials is None
        self._login: list[str] | None = None
        self._client = ""
        self._sender: str | None = None
        self._recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)
        if not self._is_faulty("connect"):
            self._say("220 test.example ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer and not self._is_hanging:
            if self._is_in_content:
                if not self._read_content():
                    return
            else:
                line, end, rest = self._buffer.partition(b"\r\n")
                if not end:
                    return
                self._buffer = rest
                self._obey(line.decode("utf-8", "replace"))

    def close(self) -> None:
        self._transport.close()

    def _say(self, text: str) -> None:
        if self._script.delay:
            self._loop.call_later(self._script.delay, self._transport.write, text.encode() + b"\r\n")
        else:
            self._transport.write(text.encode() + b"\r\n")

    def _is_faulty(self, stage: str) -> bool:
        fault = self._server.fault_at(stage)
        if fault is None:
            return False
        if fault.action == "hang":
            self._is_hanging = True
        elif fault.action == "reset":
            self._is_hanging = True
            self._transport.abort()
        else:
            self._say(fault.text)
            if fault.text.startswith("421"):
                self._is_hanging = True
                self._transport.close()
        return True

    def _read_content(self) -> bool:
        start = b"" if self._buffer.startswith(b".\r\n") else b"\r\n"
        content, end, rest = self._buffer.partition(start + b".\r\n")
        if not end:
            return False
        self._buffer = rest
        self._is_in_content = False
        data = (content + start).replace(b"\r\n..", b"\r\n.")
        self._accept(data[1:] if data.startswith(b"..") else data)
        self._sender, self._recipients = None, []
        return True

    def _accept(self, data: bytes) -> None:
        if not self._recipients:
            self._say("554 5.5.1 No valid recipients")
        elif not self._is_faulty("dot"):
            for recipient in self._recipients:
                self._server.accept(self._sender or "", recipient, data, self._client)
            self._server.accepted += 1
            number = self._server.accepted
            if not self._is_faulty("after dot"):
                self._say(f"250 2.0.0 Ok: queued as Q{number}")

    def _obey(self, line: str) -> None:
        self._server.commands.append(line)
        if self._login is not None:
            self._hear_login(line)
            return
        verb = line[:4].upper()
        if self._buffer and not (self._script.pipelining and verb in ("MAIL", "RCPT", "RSET")):
            self._server.violations.append(line)
        if verb in ("EHLO", "MAIL", "RCPT", "DATA") and self._is_faulty(verb):
            return
        answer = getattr(self, f"_on_{verb.lower()}", None)
        if answer is None:
            self._say("502 5.5.2 Command not recognised")
        else:
            answer(line)

    def _on_ehlo(self, line: str) -> None:
        self._client = line[5:]
        script = self._script
        is_tls_offered = script.tls and not self._transport.get_extra_info("ssl_object")
        offers = [
            "test.example",
            "PIPELINING" if script.pipelining else "",
            "8BITMIME" if script.eight_bit_mime else "",
            "SMTPUTF8" if script.smtp_utf8 else "",
            f"SIZE {script.size}" if script.size else "",
            "STARTTLS" if is_tls_offered else "",
            f"AUTH {script.mechanisms}" if script.credentials else "",
            "ENHANCEDSTATUSCODES",
        ]
        *first, last = [offer for offer in offers if offer]
        for offer in first:
            self._transport.write(f"250-{offer}\r\n".encode())
        self._say(f"250 {last}")

    def _on_star(self, line: str) -> None:
        self._say("220 2.0.0 Ready to start TLS")
        self._is_hanging = True
        self._task = self._loop.create_task(self._upgrade())

    async def _upgrade(self) -> None:
        assert self._script.tls is not None
        try:
            upgraded = await self._loop.start_tls(
                self._transport, self, self._script.tls, server_side=True, ssl_handshake_timeout=2
            )
        except OSError:
            return
        assert upgraded is not None
        self._transport = upgraded
        self._is_hanging = False
        self.data_received(b"")

    def _on_auth(self, line: str) -> None:
        _, mechanism, *response = line.split(" ")
        if mechanism == "PLAIN":
            _, username, password = base64.b64decode(response[0]).decode().split("\0")
            self._sign_in(username, password)
        else:
            self._login = []
            self._say("334 VXNlcm5hbWU6")

    def _hear_login(self, line: str) -> None:
        assert self._login is not None
        self._login.append(base64.b64decode(line).decode())
        if len(self._login) == 1:
            self._say("334 UGFzc3dvcmQ6")
        else:
            username, password = self._login
            self._login = None
            self._sign_in(username, password)

    def _sign_in(self, username: str, password: str) -> None:
        self._is_signed_in = (username, password) == self._script.credentials
        self._say("235 2.7.0 Ok" if self._is_signed_in else "535 5.7.8 Wrong name or password")

    def _on_mail(self, line: str) -> None:
        if not self._is_signed_in:
            self._say("530 5.7.0 Authentication required")
        elif self._sender is not None:
            self._say("503 5.5.1 Nested MAIL command")
        else:
            self._sender = line[line.index("<") + 1 : line.index(">")]
            self._say("250 2.1.0 Ok")

    def _on_rcpt(self, line: str) -> None:
        recipient = line[line.index("<") + 1 : line.index(">")]
        if self._sender is None:
            self._say("503 5.5.1 Need MAIL first")
        elif recipient in self._script.refused:
            self._say(self._script.refused[recipient])
        else:
            self._recipients.append(recipient)
            self._say("250 2.1.5 Ok")

    def _on_data(self, line: str) -> None:
        if self._sender is None:
            self._say("503 5.5.1 Need MAIL first")
        elif not (self._recipients or self._script.opens_content_without_recipients):
            self._say("554 5.5.1 No valid recipients")
        else:
            self._is_in_content = True
            self._say("354 Go ahead")

    def _on_rset(self, line: str) -> None:
        self._sender, self._recipients = None, []
        self._say("250 2.0.0 Ok")

    def _on_quit(self, line: str) -> None:
        self._say("221 2.0.0 Bye")
        self._transport.close()


@contextmanager
def running_smtp_server(script: Script | None = None) -> Iterator[SmtpServer]:
    """A server in a thread of its own; what it noted can be read at any time."""
    server = SmtpServer(script or Script())
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def stop() -> None:
        listening.close()
        for connection in tuple(server.connections):
            connection.close()
        await asyncio.sleep(0)

    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
