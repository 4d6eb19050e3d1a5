"""What values usually are, by the newest people: offered while somebody types, and the currency to begin with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import Workspace
from contacts.models import Contact
from events.models import Event

_PEOPLE = 2_000
_EVENTS = 200
_TAGS, _TEXTS = 100, 30
_LONGEST = 60

Person = tuple[Sequence[str], dict[str, Any]]


def _nobody() -> Iterable[Person]:
    return ()


def _nothing(event: str) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Usual:
    """The commonest values. `read_people` gives tags and attributes of some people, `read_currencies` those of some
    events of a kind; both are asked only when a sentence needs them, people once.
    """

    read_people: Callable[[], Iterable[Person]] = _nobody
    read_currencies: Callable[[str], Iterable[str]] = _nothing

    @cached_property
    def _people(self) -> list[Person]:
        return list(self.read_people())

    def tags(self) -> list[str]:
        """Return tags, in the order of the alphabet."""
        found = Counter(tag for tags, _attributes in self._people for tag in tags)
        return sorted((tag for tag, _number in found.most_common(_TAGS)), key=str.casefold)

    def texts(self, key: str) -> list[str]:
        """Return texts of an attribute, the commonest first; none where everybody has their own."""
        values = (attributes.get(key) for _tags, attributes in self._people)
        found = Counter(value for value in values if isinstance(value, str) and 0 < len(value) <= _LONGEST)
        return [value for value, number in found.most_common(_TEXTS) if number > 1]

    def currency(self, key: str) -> str:
        """Return the currency an attribute is mostly in; empty when there is none."""
        values = (attributes.get(key) for _tags, attributes in self._people)
        return _commonest(str(value.get("currency", "")) for value in values if isinstance(value, dict))

    def event_currency(self, event: str) -> str:
        """Return the currency the newest events of a kind are mostly in; empty when there is none."""
        return _commonest(self.read_currencies(event))


def usual_in(workspace: Workspace) -> Usual:
    """Return what is usual in a workspace."""
    people = Contact.objects.in_workspace(workspace).order_by("-id").values_list("tags", "attributes")
    events = Event.objects.filter(workspace=workspace).order_by("-at").values_list("currency", flat=True)
    return Usual(lambda: people[:_PEOPLE], lambda kind: [one or "" for one in events.filter(kind=kind)[:_EVENTS]])


def _commonest(values: Iterable[str]) -> str:
    found = Counter(value for value in values if value)
    return found.most_common(1)[0][0] if found else ""
