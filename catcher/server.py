"""The SMTP server of the catcher: says 250 only after the mail is in the database."""

import asyncio
import enum
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from catcher.services import Arrival, prune, store_arrivals

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 32 * 1024 * 1024
LARGEST_BATCH = 200
PRUNE_EVERY = 2_000
# A commit whose answer is lost may have happened. As long as a sender waits for one (RFC 5321 §4.5.3.2.6: ten
# minutes), finding out is better than any answer.
PATIENCE_SECONDS = 120


class Fate(enum.Enum):
    """What became of mail that was to be stored."""

    STORED = "stored"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class Catcher:
    """Takes everything. Mail that arrives together on several connections is written in one transaction.

    The database is touched from one thread of its own, so that its connection never moves between threads.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Arrival, asyncio.Future[Fate]]] = []
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
        """Queue the mail for the next write and answer when it is done; hang up when nobody can tell whether it is.

        “Try again” about mail that is stored after all would double it.
        """
        content = envelope.content or b""
        source = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        arrival = Arrival(envelope.mail_from or "", tuple(envelope.rcpt_tos), source)
        stored: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        self._wake.set()
        fate = await stored
        if fate is Fate.UNCLEAR and server.transport is not None:
            cast(asyncio.WriteTransport, server.transport).abort()
        return "250 2.0.0 Caught" if fate is Fate.STORED else "451 4.3.0 The catcher could not store this, try again"

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

    def close(self) -> None:
        """Give up the database connection, once what is being written is written."""
        self._thread.submit(connection.close)
        self._thread.shutdown()

    def _store(self, arrivals: list[Arrival]) -> Fate:
        until = time.monotonic() + PATIENCE_SECONDS
        fate = Fate.UNCLEAR
        while fate is Fate.UNCLEAR and time.monotonic() < until:
            close_old_connections()
            try:
                store_arrivals(arrivals=arrivals)
                fate = Fate.STORED
            except (OperationalError, InterfaceError):
                logger.warning("catcher_waits_for_the_database count=%s", len(arrivals))
                connection.close()
                time.sleep(0.5)
            except DatabaseError:
                logger.exception("catcher_could_not_store count=%s", len(arrivals))
                connection.close()
                return Fate.REFUSED
        self._prune_now_and_then(len(arrivals))
        return fate

    def _prune_now_and_then(self, more: int) -> None:
        self._since_prune += more
        if self._since_prune < PRUNE_EVERY:
            return
        self._since_prune = 0
        try:
            prune()
        except (DatabaseError, InterfaceError):
            logger.warning("catcher_could_not_prune")
            connection.close()


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
        catcher.close()
