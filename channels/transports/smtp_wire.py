"""One TCP connection speaking SMTP lines: replies in order, one timer, no knowledge of messages."""

import asyncio
import ssl
from collections import deque
from typing import cast

from channels.transports.smtp_protocol import ProtocolError, Reply, ReplyParser


class ConnectionLost(Exception):
    """The connection is gone: closed, reset, hung, or talking nonsense."""


_READ_BYTES = 8 * 1024


class Wire(asyncio.BufferedProtocol):
    """Bytes out, replies in. Replies that came before the end are still handed out after it.

    Reads into a buffer of its own: asyncio's 256 KiB for each read cost as much as writing a message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = ReplyParser()
        # A view, because asyncio's TLS layer fills slices of it.
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._is_paused = False
        self._lost: str | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._replies.extend(self._parser.feed(bytes(self._buffer[:nbytes])))
        except ProtocolError as error:
            self.abort(str(error))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        reason = f"The mail server broke the connection: {exc}." if exc else "The mail server hung up."
        self._lost = self._lost or reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._wake()

    # For the conversation above

    @property
    def is_usable(self) -> bool:
        """Whether the connection stands and the server has said nothing we did not ask for."""
        return self._lost is None and not self._replies and self._transport is not None

    def write(self, data: bytes) -> None:
        """Hand bytes over to the system; raises ConnectionLost when nothing can be written any more."""
        if self._lost is not None or self._transport is None or self._transport.is_closing():
            raise ConnectionLost(self._lost or "The mail server hung up.")
        if data:
            self._transport.write(data)

    async def drained(self, seconds: float) -> None:
        """Wait until there is room to write more."""
        while self._is_paused and self._lost is None:
            await self._wait(seconds)
        if self._lost is not None:
            raise ConnectionLost(self._lost)

    def next_reply(self) -> Reply | None:
        """A reply that is here already; None when it has to be waited for."""
        return self._replies.popleft() if self._replies else None

    async def reply(self, seconds: float) -> Reply:
        """The next reply; raises ConnectionLost when none comes within `seconds` or ever."""
        while not self._replies:
            if self._lost is not None:
                raise ConnectionLost(self._lost)
            await self._wait(seconds)
        return self._replies.popleft()

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Go on in TLS. Raises ssl.SSLError, and ConnectionLost on a reply smuggled in before it."""
        if self._replies or not self._parser.is_empty or self._transport is None:
            self.abort("The mail server sent something before encryption began.")
            raise ConnectionLost(self._lost)
        upgraded = await self._loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if upgraded is None:
            raise ConnectionLost("The mail server hung up while encryption began.")
        self._transport = upgraded

    def abort(self, reason: str) -> None:
        """Drop the connection at once; what was not written yet never will be."""
        self._lost = self._lost or reason
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def close(self) -> None:
        """Close after what was written so far."""
        if self._transport is not None:
            self._transport.close()

    def local_address(self) -> str:
        """Our end of the connection, "" when it is not known."""
        name = self._transport.get_extra_info("sockname") if self._transport else None
        return str(name[0]) if isinstance(name, tuple) else ""

    async def _wait(self, seconds: float) -> None:
        self._deadline = self._loop.time() + seconds
        # One lazy timer for the life of the connection: arming one per reply costs more than parsing it.
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _check_deadline(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)
        else:
            self.abort("The mail server did not answer in time.")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
