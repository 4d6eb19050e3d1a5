"""Where apps above flows take part when a flow is published. Filled in `AppConfig.ready()`.

A hook runs in the transaction of publishing, once the version is live, as `hook(flow, version)`. What it raises,
FlowProblem with a sentence for people, keeps everything as it was.
"""

from collections.abc import Callable

from flows.models import Flow, FlowVersion

Hook = Callable[[Flow, FlowVersion], None]

_hooks: dict[str, Hook] = {}


def on_publish(name: str, hook: Hook) -> None:
    """Have `hook` called at every publishing. `name` is `app.verb_noun` and unique."""
    if _hooks.get(name, hook) is not hook:
        raise ValueError(f"two hooks of publishing are called {name}")
    _hooks[name] = hook


def publish_hooks() -> list[Hook]:
    """The hooks to call."""
    return list(_hooks.values())
