"""Which transport a server's URL stands for: the one place that opens one."""

from collections.abc import Callable, Iterable
from typing import Protocol

from channels.providers import ProviderSettings, is_provider_url
from channels.transports.outcomes import OutboundMessage, Outcome, TransportUnavailable
from channels.transports.smtp import SmtpSession
from channels.transports.smtp_settings import SmtpSettings
from delivery.esp.session import ProviderSession


class Session(Protocol):
    """Held connections to one server; see channels.transports.smtp.SmtpSession for the promises."""

    def supports_8bitmime(self) -> bool:
        """Whether messages may hold 8-bit bytes; may raise TransportUnavailable."""

    def send_batch(
        self,
        messages: Iterable[OutboundMessage],
        *,
        before_attempt: Callable[[int], None],
        on_outcome: Callable[[int, Outcome], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Send all, telling of each exactly once what became of it; may raise TransportUnavailable."""

    def close(self) -> None:
        """Give up the connections."""


def open_session(server: str) -> Session:
    """A session for `smtp://…`, `smtps://…` or a provider's URL; raises TransportUnavailable for what is neither."""
    try:
        if is_provider_url(server):
            return ProviderSession(ProviderSettings.from_url(server))
        return SmtpSession(SmtpSettings.from_url(server))
    except ValueError as error:
        raise TransportUnavailable(str(error), is_configuration=True) from error
