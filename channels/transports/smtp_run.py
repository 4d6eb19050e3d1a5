"""One call of `send`: the queue its connections share, and who is told what became of each message."""

from collections import deque
from collections.abc import Callable, Iterable

from channels.transports.outcomes import (
    Ambiguous,
    NotAttempted,
    OutboundMessage,
    Outcome,
    RefusalKind,
    RetryAfter,
    TransportUnavailable,
)

_LOST_CONNECTION_SECONDS = 60
_NO_ANSWER = (Ambiguous, NotAttempted)


class Run:
    """Hands out each message once and settles each once. Lives in one event loop, so it needs no locks.

    The caller's functions must not throw; when one does all the same (a full disk under the journal), the
    run stops where that is safe and `failure` keeps the exception.
    """

    def __init__(
        self,
        messages: Iterable[OutboundMessage],
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        should_stop: Callable[[], bool],
        losses_before_giving_up: int,
    ) -> None:
        self._messages = iter(messages)
        self._returned: deque[OutboundMessage] = deque()
        self._interrupted: set[int] = set()
        self._before_attempt = before_attempt
        self._on_outcome = on_outcome
        self._should_stop = should_stop
        self._losses_before_giving_up = losses_before_giving_up
        self._losses = 0
        self.failure: Exception | None = None
        self.trouble: TransportUnavailable | None = None

    def is_stopping(self) -> bool:
        """Whether nothing new may begin."""
        return self.failure is not None or self._should_stop()

    def take(self) -> OutboundMessage | None:
        """The next message, or None when there is none or the run is to stop."""
        return None if self.is_stopping() else self._next()

    def has_next(self) -> bool:
        """Whether opening a connection is worth it."""
        message = self.take()
        if message is None:
            return False
        self._returned.appendleft(message)
        return True

    def give_back(self, message: OutboundMessage) -> None:
        """Return a message of whose content nothing was written."""
        self._returned.append(message)

    def interrupted(self, message: OutboundMessage, reason: str) -> None:
        """The connection died under the envelope: try once more, since held connections go stale."""
        if message.key not in self._interrupted:
            self._interrupted.add(message.key)
            self.give_back(message)
        else:
            self.settle(message, RetryAfter(_LOST_CONNECTION_SECONDS, 0, "", reason, RefusalKind.OTHER))

    def attempt(self, message: OutboundMessage) -> bool:
        """Tell the caller that the content goes out now; False when it must not."""
        try:
            self._before_attempt(message.key)
        except Exception as error:
            self.fail(error)
            return False
        return True

    def settle(self, message: OutboundMessage, outcome: Outcome) -> None:
        """Tell the caller what became of a message."""
        is_answer = not isinstance(outcome, _NO_ANSWER)
        if is_answer and not (isinstance(outcome, RetryAfter) and outcome.code in (0, 421)):
            self._losses = 0
        try:
            self._on_outcome(message.key, outcome)
        except Exception as error:
            self.fail(error)

    def lost_connection(self, reason: str) -> None:
        """Count a broken connection; too many in a row and the server counts as unavailable."""
        self._losses += 1
        if self._losses >= self._losses_before_giving_up:
            text = f"The mail server broke {self._losses} connections in a row. The last time: {reason}"
            self.fail(TransportUnavailable(text, is_configuration=False))

    def fail(self, error: Exception) -> None:
        """Stop the run; the first failure is the one told."""
        self.failure = self.failure or error

    def finish(self) -> None:
        """Settle what is left as not attempted, then raise what went wrong, if anything did."""
        problem = self.failure or self.trouble
        is_anything_left = False
        while (message := self._next()) is not None:
            is_anything_left = True
            self.settle(message, NotAttempted(str(problem) if problem else "Sending was stopped."))
        problem = self.failure or (self.trouble if is_anything_left else None)
        if problem is not None:
            raise problem

    def _next(self) -> OutboundMessage | None:
        if self._returned:
            return self._returned.popleft()
        try:
            return next(self._messages, None)
        except Exception as error:
            self.fail(error)
            return None
