"""Sending many messages through a provider's API over several held connections; the same promises as SmtpSession."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Self

from anymail.exceptions import AnymailError
from django.core.mail import get_connection

from channels.providers import ProviderSettings
from channels.transports.outcomes import (
    Ambiguous,
    NotAttempted,
    OutboundMessage,
    Outcome,
    RefusalKind,
    Rejected,
    TransportUnavailable,
)
from delivery.esp.answers import outcome_of, outcome_of_status
from delivery.esp.blame import Told
from delivery.esp.letters import letter_from_bytes


class ProviderSession:
    """Connections to one provider's account. Belongs to the thread that made it."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.connections, thread_name_prefix="provider")
        self._own = threading.local()
        self._backends: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def supports_8bitmime(self) -> bool:
        """Messages are taken apart again, so 8-bit bytes save the most."""
        return True

    def send_batch(
        self,
        messages: Iterable[OutboundMessage],
        *,
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """As `SmtpSession.send_batch`: the callbacks run in this thread, `before_attempt` before a request leaves.

        At most `connections` messages are in flight. Raises TransportUnavailable when the provider cannot be used
        for what was left, and whatever a callback or the iterable raised, after finishing the messages in flight.
        """
        waiting = iter(messages)
        flying: dict[Future[Told], int] = {}
        trouble: list[TransportUnavailable] = []

        def is_over() -> bool:
            return bool(trouble) or should_stop()

        try:
            while self._launch(waiting, flying, before_attempt, is_over) or flying:
                self._land(flying, on_outcome, trouble)
        finally:
            while flying:
                self._land(flying, on_outcome, trouble)
        for message in waiting:
            on_outcome(message.key, NotAttempted("Not sent yet."))
        if trouble:
            raise next((one for one in trouble if one.is_configuration), trouble[0])

    def close(self) -> None:
        """Close the held connections; may be called twice."""
        self._pool.shutdown()
        while self._backends:
            self._backends.pop().close()

    def _launch(
        self,
        waiting: Iterator[OutboundMessage],
        flying: dict[Future[Told], int],
        before_attempt: Callable[[int], None],
        is_over: Callable[[], bool],
    ) -> bool:
        """Fill the free connections; whether anything new was begun."""
        begun = False
        while len(flying) < self._settings.connections and not is_over():
            message = next(waiting, None)
            if message is None:
                break
            before_attempt(message.key)
            flying[self._pool.submit(self._send, message)] = message.key
            begun = True
        return begun

    @staticmethod
    def _land(
        flying: dict[Future[Told], int],
        on_outcome: Callable[[int, Outcome], None],
        trouble: list[TransportUnavailable],
    ) -> None:
        """Wait for the next answers and pass them on. One that a callback stumbles over has left `flying` already."""
        done, _rest = wait(flying, return_when=FIRST_COMPLETED)
        for future in done:
            outcome, found = future.result()
            if found is not None:
                trouble.append(found)
            on_outcome(flying.pop(future), outcome)

    def _send(self, message: OutboundMessage) -> Told:
        """One request, in a thread of the pool; never raises."""
        try:
            letter = letter_from_bytes(message.data, message.recipient, self._settings.provider)
        except Exception as error:  # one odd message must not stop the others
            return Rejected(0, "", type(error).__name__, RefusalKind.CONTENT), None
        try:
            backend = self._backend()
        except Exception as error:  # the account's settings, which is nobody's fault who is written to
            words = f"{type(error).__name__}: {error}"[:300]
            return NotAttempted(words), TransportUnavailable(words, is_configuration=True)
        try:
            backend.send_messages([letter])
        except AnymailError as error:
            return outcome_of(error)
        except Exception as error:  # perhaps after the request was written
            return Ambiguous(type(error).__name__), None
        return outcome_of_status(letter.anymail_status)  # type: ignore[attr-defined]

    def _backend(self) -> Any:
        """This thread's own connection, as requests' sessions are not safe to share; may raise anything at all."""
        backend = getattr(self._own, "backend", None)
        if backend is None:
            options = self._settings.backend_options()
            backend = get_connection(self._settings.provider.backend, **options)
            backend.open()
            self._own.backend = backend
            self._backends.append(backend)
        return backend
