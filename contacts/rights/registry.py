"""Where every app says what it keeps about a person: to show it, and to remove it.

Filled in `AppConfig.ready()`. A model that points at a contact is either shown by a contribution (`covers`) or left
out with a reason (`leave_out`); `tests/contacts/test_rights_registry.py` finds the one that was forgotten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of everything known about a person.

    `key` is for programs and never changes; `title` and the words in `fields` are for people, in the active
    language. `rows` map names of `fields` to plain JSON values, and may be any number: they are read once, one by
    one. A section about the person as a whole (`is_record`) has one row; rows with long texts (`is_prose`) are shown
    one below the other.
    """

    key: str
    title: str
    fields: Mapping[str, str]
    rows: Iterable[Mapping[str, Any]]
    is_record: bool = False
    is_prose: bool = False


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """The people who are being erased: what apps need to find everything about them.

    `ids` are their rows, `former_ids` rows that became part of these by merging. `addresses` are (channel,
    normalised value); `texts` every text that names one of them by itself, folded and as it stands: addresses,
    external ids, public ids, and whole names; `names` are (first, last) in both forms.
    """

    workspace: Workspace
    ids: Sequence[int]
    former_ids: Sequence[int] = ()
    addresses: Sequence[tuple[str, str]] = ()
    texts: Sequence[str] = ()
    names: Sequence[tuple[str, str]] = ()

    @property
    def all_ids(self) -> list[int]:
        """Their rows, and those that became part of them."""
        return [*self.ids, *self.former_ids]


Provider = Callable[[Any], Iterable[Section]]
# Returns how many rows were removed or emptied, by the name of what they are.
Eraser = Callable[[Leaving], Mapping[str, int]]

_providers: dict[str, Provider] = {}
_places: dict[str, int] = {}
_erasers: dict[str, Eraser] = {}
_covered: set[str] = set()
_left_out: dict[str, str] = {}


def contribute(name: str, provider: Provider, *, covers: Iterable[str] = (), place: int = 50) -> None:
    """Have `provider(contact)` yield sections. `name` is `app.what` and unique; `covers` are models, `app.Model`.

    Sections stand in the order of `place`: 0 who the person is, 90 the long list of everything that happened.
    """
    _register(_providers, name, provider)
    _places[name] = place
    _covered.update(covers)


def leave_out(model: str, reason: str) -> None:
    """Say why the rows of `app.Model` are not shown to the person although they point at them."""
    _left_out[model] = reason


def on_erasing(name: str, eraser: Eraser) -> None:
    """Have `eraser` called, with many people at once, inside the transaction of an erasure, before their rows go.

    It works in sets, and what it raises undoes the erasure. `name` is `app.what` and unique.
    """
    _register(_erasers, name, eraser)


def providers() -> list[Provider]:
    """In the order in which a person reads what they yield."""
    return [_providers[name] for name in sorted(_providers, key=lambda name: (_places[name], name))]


def erasers() -> list[Eraser]:
    """Every one; their order does not matter."""
    return list(_erasers.values())


def answered_for() -> frozenset[str]:
    """Models that are shown or left out with a reason."""
    return frozenset(_covered | set(_left_out))


def reasons_for_leaving_out() -> dict[str, str]:
    """The reason by model."""
    return dict(_left_out)


def _register(known: dict[str, Any], name: str, function: Any) -> None:
    if known.get(name, function) is not function:
        raise ValueError(f"two parts of a person's data are called {name}")
    known[name] = function
