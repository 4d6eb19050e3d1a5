"""Who wants to hear of which event. Filled in `AppConfig.ready()`; the only way data goes up the layers."""

from collections.abc import Callable
from typing import Any

Handler = Callable[[Any], None]

_handlers: dict[str, dict[str, Handler]] = {}


def on(kind: str, name: str, handler: Handler) -> None:
    """Have `handler(event)` run once for each event of `kind`. `name` is `app.verb_noun`, unique for a kind."""
    known = _handlers.setdefault(kind, {})
    if known.get(name, handler) is not handler:
        raise ValueError(f"two handlers of {kind} are called {name}")
    known[name] = handler


def handlers_of(kind: str) -> dict[str, Handler]:
    """The handlers of a kind by their names."""
    return dict(_handlers.get(kind, {}))
