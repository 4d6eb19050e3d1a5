"""Filters of the contact list that apps above contacts bring, such as by segment."""

from collections.abc import Callable
from typing import Any

from accounts.models import Workspace

# Takes the contacts, their workspace and the text of the parameter; raises accounts.api.errors.Refusal.
Filter = Callable[[Any, Workspace, str], Any]

_filters: dict[str, Filter] = {}


def add_filter(name: str, apply: Filter) -> None:
    """Have `?name=` narrow the contacts. Called once, when the other app's addresses are read."""
    if _filters.get(name, apply) is not apply:
        raise ValueError(f"two filters are called {name}")
    _filters[name] = apply


def filters() -> dict[str, Filter]:
    """Every filter by its name."""
    return dict(_filters)
