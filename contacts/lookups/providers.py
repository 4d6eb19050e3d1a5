"""What a provider of look-ups is, and which ones there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

LIVE: Final = "live"
ABSENT: Final = "absent"
UNREACHABLE: Final = "unreachable"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said about one address: `answer` LIVE, ABSENT, UNREACHABLE or UNKNOWN.

    `network` is who serves the number now, `ported_to` who took it over from another, `raw` the provider's own words
    (300 signs are kept).
    """

    value: str
    answer: str
    network: str = ""
    ported_to: str = ""
    raw: str = ""


class Unavailable(Exception):
    """The provider gave no answers at all; asking again later may help. `seconds` is how long it asked to wait."""

    def __init__(self, words: str, seconds: int = 0) -> None:
        super().__init__(words)
        self.seconds = seconds


class LookUpProvider(Protocol):
    """Answers about addresses of one channel.

    `label` names it to people (translated when shown), `cost` is the price of one answer and `currency` its unit,
    `batch_size` how many it takes at once. `is_test` marks one that asks nobody.
    """

    key: str
    channel: str
    cost: Decimal
    currency: str
    batch_size: int
    is_test: bool

    @property
    def label(self) -> object:
        """What people call it."""

    def check(self, batch: Sequence[str]) -> Sequence[Answer]:
        """An answer for each of these normalised addresses, in any order; one that is missing counts as UNKNOWN.

        Called outside transactions. Raises Unavailable.
        """


_providers: dict[str, LookUpProvider] = {}


def register(provider: LookUpProvider) -> None:
    """Make a provider known. Keys are unique."""
    if _providers.get(provider.key, provider) is not provider:
        raise ValueError(f"two look-up providers are called {provider.key}")
    _providers[provider.key] = provider


def providers() -> list[LookUpProvider]:
    """Every provider, by key."""
    return [_providers[key] for key in sorted(_providers)]


def provider_of(key: str) -> LookUpProvider | None:
    """The provider of this key, or None."""
    return _providers.get(key)
