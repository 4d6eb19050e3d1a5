"""The SMTP server of the catcher: says 250 only after the mail is in the database."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from catcher.services import Arrival, prune, store_arrivals

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 32 * 1024 * 1024
LARGEST_BATCH = 200
PRUNE_EVERY = 2_000


class Catcher:
    """Takes everything. Mail that arrives together on several connections is written in one transaction.

    The database is touched from one thread of its own, so that its connection never moves between threads.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Arrival, asyncio.Future[bool]]] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catcher-store")
        self._since_prune = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer pipelining too (RFC 2920): commands are read from a stream in order, whenever they come."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Queue the mail for the next write and answer when it is done."""
        content = envelope.content or b""
        source = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        arrival = Arrival(envelope.mail_from or "", tuple(envelope.rcpt_tos), source)
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        self._wake.set()
        return "250 2.0.0 Caught" if await stored else "451 4.3.0 The catcher could not store this, try again"

    async def run(self) -> None:
        """Write what waits, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            if not self._waiting:
                self._wake.clear()
            stored = await loop.run_in_executor(self._thread, self._store, [arrival for arrival, _ in batch])
            for _, future in batch:
                if not future.done():
                    future.set_result(stored)

    def _store(self, arrivals: list[Arrival]) -> bool:
        close_old_connections()
        try:
            store_arrivals(arrivals=arrivals)
            self._since_prune += len(arrivals)
            if self._since_prune >= PRUNE_EVERY:
                self._since_prune = 0
                prune()
        except (DatabaseError, InterfaceError):
            logger.exception("catcher_could_not_store count=%s", len(arrivals))
            connection.close()
            return False
        return True


async def serve(host: str, port: int, ready: "asyncio.Future[int] | None" = None) -> None:
    """Listen until cancelled; `ready` is told the port. Raises OSError when the address cannot be had."""
    catcher = Catcher()

    def connect() -> Any:
        return SMTP(catcher, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, ident="Rapport catcher", loop=loop)

    loop = asyncio.get_running_loop()
    writer = asyncio.create_task(catcher.run())
    try:
        server = await loop.create_server(connect, host, port)
        async with server:
            if ready is not None:
                ready.set_result(server.sockets[0].getsockname()[1])
            await server.serve_forever()
    finally:
        writer.cancel()
