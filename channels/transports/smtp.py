"""Sending many messages to one SMTP server over several held connections.

`SmtpPool` is for a caller with an event loop, `SmtpSession` for one without. Neither ever sends a message
twice, and both tell of every message exactly once what became of it.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Self

from channels.transports.outcomes import OutboundMessage, Outcome, TransportUnavailable
from channels.transports.smtp_connection import SmtpConnection
from channels.transports.smtp_run import Run
from channels.transports.smtp_settings import SmtpSettings, Timeouts
from channels.transports.smtp_wire import ConnectionLost

__all__ = ["SmtpPool", "SmtpSession", "SmtpSettings", "Timeouts"]


class SmtpPool:
    """Up to `settings.connections` connections, opened when needed and kept from batch to batch."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._idle: list[SmtpConnection] = []

    async def supports_8bitmime(self) -> bool:
        """Whether messages may hold 8-bit bytes; connects when needed, raises TransportUnavailable."""
        await self._forget_the_dead()
        if not self._idle:
            self._idle.append(await SmtpConnection.open(self._settings))
        return self._idle[-1].extensions.eight_bit_mime

    async def send(
        self,
        messages: Iterable[OutboundMessage],
        *,
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Send all messages, calling back with keys; the callbacks run in this thread and must be quick.

        `before_attempt(key)` comes right before the first byte that could lead to acceptance, which is the
        first of the message's content: a message without that call was certainly not accepted, and at most
        one per connection has that call and no outcome yet. `on_outcome(key, outcome)` comes exactly once
        for every message, also when this raises. `should_stop()` is asked before each message; messages not
        begun then are NotAttempted.

        Raises TransportUnavailable when the server cannot be used for what was left, and whatever a callback
        or the iterable raised, after finishing the messages in flight.
        """
        await self._forget_the_dead()
        losses = self._settings.losses_before_giving_up
        run = Run(messages, before_attempt, on_outcome, should_stop, losses)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._settings.connections):
                    tasks.create_task(self._work(run))
        finally:
            run.finish()

    async def close(self) -> None:
        """Say goodbye on every held connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _work(self, run: Run) -> None:
        while run.has_next():
            try:
                connection = self._idle.pop() if self._idle else await SmtpConnection.open(self._settings)
            except TransportUnavailable as error:
                run.trouble = error
                return
            try:
                await connection.deliver(run)
            except ConnectionLost as error:
                run.lost_connection(str(error))
            if connection.is_usable:
                self._idle.append(connection)
            else:
                await connection.quit()

    async def _forget_the_dead(self) -> None:
        # Two turns of the loop let what happened to the connections since the last batch be seen: the first
        # reads the sockets, the second runs what that scheduled.
        for _ in range(2):
            await asyncio.sleep(0)
        self._idle = [connection for connection in self._idle if connection.is_usable]


class SmtpSession:
    """A pool with its own event loop, for synchronous callers. Belongs to the thread that made it."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._loop = asyncio.new_event_loop()
        self._pool = SmtpPool(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def supports_8bitmime(self) -> bool:
        """As `SmtpPool.supports_8bitmime`."""
        return self._loop.run_until_complete(self._pool.supports_8bitmime())

    def send_batch(
        self,
        messages: Iterable[OutboundMessage],
        *,
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """As `SmtpPool.send`.

        An exception that breaks into the loop itself, such as KeyboardInterrupt, ends the messages in flight at
        once: those whose content was written are told as Ambiguous before it is raised again.
        """
        sending = self._loop.create_task(
            self._pool.send(messages, before_attempt=before_attempt, on_outcome=on_outcome, should_stop=should_stop)
        )
        try:
            self._loop.run_until_complete(sending)
        except BaseException:
            if not sending.done():
                sending.cancel()
                self._loop.run_until_complete(asyncio.wait([sending]))
            raise

    def close(self) -> None:
        """Close the held connections and the loop; may be called twice."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._pool.close())
            self._loop.close()
