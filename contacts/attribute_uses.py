"""Where an attribute is used by apps above, so that nobody changes or deletes it unawares.

Filled in `AppConfig.ready()`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Use:
    """One thing that names an attribute: what kind of thing in words, what it is called, and where it is."""

    kind: str
    name: str
    url: str


Provider = Callable[[Any, str], Iterable[Use]]

_providers: dict[str, Provider] = {}


def offer_uses(name: str, provider: Provider) -> None:
    """Have `provider(workspace, key)` say what uses the attribute with that key. `name` is `app.what` and unique."""
    if _providers.get(name, provider) is not provider:
        raise ValueError(f"two providers of uses are called {name}")
    _providers[name] = provider


def uses_of(workspace: Any, key: str) -> list[Use]:
    """Everything that uses it."""
    return [use for provider in _providers.values() for use in provider(workspace, key)]
