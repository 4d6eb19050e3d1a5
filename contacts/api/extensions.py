"""What apps above contacts add to its resources: filters of the list, and options of an import."""

from collections.abc import Callable
from typing import Any

from accounts.models import Workspace

# Takes the contacts, their workspace and the text of the parameter; raises accounts.api.errors.Refusal.
Filter = Callable[[Any, Workspace, str], Any]
# Takes the workspace and what was given, returns what the import stores; raises accounts.api.errors.Refusal.
OptionReader = Callable[[Workspace, str], str]

_filters: dict[str, Filter] = {}
_options: dict[str, OptionReader] = {}


def add_filter(name: str, apply: Filter) -> None:
    """Have `?name=` narrow the contacts. Called once, when the other app's addresses are read."""
    if _filters.get(name, apply) is not apply:
        raise ValueError(f"two filters are called {name}")
    _filters[name] = apply


def filters() -> dict[str, Filter]:
    """Every filter by its name."""
    return dict(_filters)


def add_import_option(name: str, read: OptionReader) -> None:
    """Have an import take the option `name`. Called once, when the other app's addresses are read."""
    if _options.get(name, read) is not read:
        raise ValueError(f"two import options are called {name}")
    _options[name] = read


def import_options() -> dict[str, OptionReader]:
    """Every option that apps above brought, by its name."""
    return dict(_options)
