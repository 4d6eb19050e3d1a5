"""Message after message over one held connection, one round trip each where PIPELINING is offered.

With PIPELINING (RFC 2920) the content of a message, its final dot and the envelope of the next one leave in
one write. The next message's content waits for its own 354, so at every moment at most one message per
connection can have been accepted without our knowing.
"""

import asyncio
from contextlib import suppress

from channels.transports.outcomes import (
    Accepted,
    Ambiguous,
    NotAttempted,
    OutboundMessage,
    Outcome,
    RefusalKind,
    Rejected,
    RetryAfter,
    TransportUnavailable,
)
from channels.transports.smtp_handshake import open_wire
from channels.transports.smtp_protocol import (
    Extensions,
    Reply,
    content_bytes,
    envelope_commands,
    envelope_problem,
    queue_id,
    refusal,
)
from channels.transports.smtp_run import Run
from channels.transports.smtp_settings import SmtpSettings
from channels.transports.smtp_wire import ConnectionLost, Wire

_STAGES = ("MAIL", "RCPT", "DATA")
# Content longer than this goes out in pieces, so that a connection that breaks before the last piece is
# known not to have delivered it, and memory does not hold it twice.
_PIECE = 256 * 1024
_BROKEN_SECONDS = 60
_CLOSING = 421
_AUTHENTICATION_REQUIRED = 530


class SmtpConnection:
    """A connection after its handshake. Not for use by two tasks at once."""

    def __init__(self, wire: Wire, extensions: Extensions, settings: SmtpSettings) -> None:
        self._wire = wire
        self._settings = settings
        self._left = settings.messages_per_connection
        self._is_closing = False
        self._needs_reset = False
        self._is_reset_due = False
        self.extensions = extensions

    @classmethod
    async def open(cls, settings: SmtpSettings) -> "SmtpConnection":
        """Connect; raises TransportUnavailable."""
        wire, extensions = await open_wire(settings)
        return cls(wire, extensions, settings)

    @property
    def is_usable(self) -> bool:
        """Whether another message may go over this connection."""
        return self._wire.is_usable and not self._is_closing and self._left > 0

    async def deliver(self, run: Run) -> None:
        """Send what `run` hands out until there is nothing left or this connection is used up.

        Every message taken is settled or given back, also when this raises ConnectionLost.
        """
        message, is_announced = self._take(run), False
        while message is not None:
            if not is_announced:
                self._announce(message)
            try:
                refused = await self._envelope(message)
            except (ConnectionLost, asyncio.CancelledError) as error:
                self._is_closing = True
                run.interrupted(message, str(error))
                raise
            except TransportUnavailable as error:
                run.give_back(message)
                run.fail(error)
                return
            if refused is None:
                message, is_announced = await self._content(message, run), True
            else:
                run.settle(message, refused)
                message, is_announced = self._take(run), False

    async def quit(self) -> None:
        """Say goodbye and close; never raises."""
        with suppress(ConnectionLost):
            if self._wire.is_usable:
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply(self._settings.timeouts.quit)
        self._wire.close()

    def _take(self, run: Run) -> OutboundMessage | None:
        while not self._is_closing and self._left > 0:
            message = run.take()
            if message is None:
                return None
            problem = envelope_problem(message, self.extensions)
            if problem is None:
                self._left -= 1
                return message
            run.settle(message, problem)
        return None

    def _announce(self, message: OutboundMessage) -> None:
        # A loss shows again at the wait for the reply, which is where the message is settled.
        with suppress(ConnectionLost):
            self._wire.write(self._announcement(message))

    def _announcement(self, message: OutboundMessage | None) -> bytes:
        """What can be written ahead of the first reply about a message."""
        if message is None or not self.extensions.pipelining:
            return b""
        commands = envelope_commands(message, self.extensions)
        if self._needs_reset:
            self._needs_reset, self._is_reset_due = False, True
            return b"".join((b"RSET\r\n", *commands))
        return b"".join(commands)

    async def _envelope(self, message: OutboundMessage) -> Rejected | RetryAfter | None:
        """MAIL, RCPT and DATA; None when the server waits for the content."""
        if self._needs_reset or self._is_reset_due:
            await self._reset()
        is_pipelined = self.extensions.pipelining
        refused: Rejected | RetryAfter | None = None
        reply = Reply(0, ())
        commands = () if is_pipelined else envelope_commands(message, self.extensions)
        for number, stage in enumerate(_STAGES):
            if not is_pipelined:
                self._wire.write(commands[number])
            reply = self._wire.next_reply() or await self._wire.reply(self._settings.timeouts.command)
            if refused is None:
                refused = self._stage_refusal(stage, reply)
            if refused is not None and (self._is_closing or not is_pipelined):
                break
        if refused is None and (early := self._wire.next_reply()) is not None:
            # Said before the content was written, it can be no answer to it, and would be taken for one.
            raise self._nonsense(early)
        if refused is not None and not self._is_closing:
            await self._leave_transaction(is_content_awaited=reply.code == 354)
        return refused

    def _stage_refusal(self, stage: str, reply: Reply) -> Rejected | RetryAfter | None:
        if reply.code == 354 if stage == "DATA" else 200 <= reply.code < 300:
            return None
        if reply.code == _AUTHENTICATION_REQUIRED:
            self._is_closing = True
            text = f"The mail server asks us to sign in first: {reply.code} {reply.text}"
            raise TransportUnavailable(text, is_configuration=True)
        refused = refusal(stage, reply)
        if refused is None:
            raise self._nonsense(reply)
        if reply.code == _CLOSING:
            self._is_closing = True
        return refused

    async def _leave_transaction(self, *, is_content_awaited: bool) -> None:
        if is_content_awaited:
            # Pipelined DATA was let through although nobody is left to deliver to: RFC 2920 section 3.1 asks
            # for a lone dot, which leads to no delivery.
            self._wire.write(b".\r\n")
            await self._wire.reply(self._settings.timeouts.final_dot)
        else:
            self._needs_reset = True

    async def _reset(self) -> None:
        if self._needs_reset:
            self._wire.write(b"RSET\r\n")
        self._needs_reset = self._is_reset_due = False
        reply = await self._wire.reply(self._settings.timeouts.command)
        if not 200 <= reply.code < 300:
            raise self._nonsense(reply)

    async def _content(self, message: OutboundMessage, run: Run) -> OutboundMessage | None:
        """Content and final dot; returns the next message, announced in the same write."""
        if run.is_stopping() or not run.attempt(message):
            # The server waits for content, and hanging up is the only way to give it none.
            self._is_closing = True
            self._wire.abort("Sending was stopped.")
            run.settle(message, NotAttempted("Sending was stopped."))
            return None
        following = self._take(run)
        is_dot_written = False
        try:
            content, end = content_bytes(message)
            if len(content) > _PIECE:
                content = await self._write_all_but_the_last_piece(content)
            # One join, because each "+" would copy the content again.
            self._wire.write(b"".join((content, end, self._announcement(following))))
            is_dot_written = True
            outcome = self._final_outcome(await self._wire.reply(self._settings.timeouts.final_dot))
        except (ConnectionLost, asyncio.CancelledError) as error:
            self._is_closing = True
            run.settle(message, _after_loss(str(error), is_dot_written=is_dot_written))
            if following is not None:
                run.interrupted(following, str(error))
            raise
        run.settle(message, outcome)
        if following is not None and self._is_closing:
            run.give_back(following)
            return None
        return following

    async def _write_all_but_the_last_piece(self, content: bytes) -> bytes:
        start = 0
        while len(content) - start > _PIECE:
            self._wire.write(content[start : start + _PIECE])
            start += _PIECE
            await self._wire.drained(self._settings.timeouts.content)
        return content[start:]

    def _final_outcome(self, reply: Reply) -> Accepted | Rejected | RetryAfter:
        if 200 <= reply.code < 300:
            text = reply.text
            return Accepted(queue_id(text), text)
        if reply.code == _CLOSING:
            self._is_closing = True
        refused = refusal("dot", reply)
        if refused is None:
            raise self._nonsense(reply)
        return refused

    def _nonsense(self, reply: Reply) -> ConnectionLost:
        self._is_closing = True
        reason = f"The mail server answered out of turn: {reply.code} {reply.text}"
        self._wire.abort(reason)
        return ConnectionLost(reason)


def _after_loss(reason: str, *, is_dot_written: bool) -> Outcome:
    if is_dot_written:
        return Ambiguous(reason)
    return RetryAfter(_BROKEN_SECONDS, 0, "", reason, RefusalKind.OTHER)
