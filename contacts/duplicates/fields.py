"""Which value wins when people become one. Pure.

The newest that is not empty wins; of addresses the one known to work, and one without a tag. The kept contact's
external id stays where it has one: the others go on finding the person all the same.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.details import TEXT_FIELDS

ATTRIBUTE = "attributes."
CHANNEL_OF = {"email": "email", "phone": "sms"}
_BEST_FIRST = ("valid", "unverified", "risky", "invalid", "dead")


@dataclass(frozen=True)
class Person:
    """One of those who become one: their values by field (attributes as `attributes.key`), and how good addresses are.

    `states` maps `email` and `phone` to the state of the primary address.
    """

    key: int
    values: Mapping[str, Any]
    changed_at: dt.datetime
    created_at: dt.datetime
    states: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether anything is known."""
        return self.values.get(name) not in (None, "", [])


def field_names(people: Sequence[Person]) -> list[str]:
    """Every field of which anybody has a value: the built-in ones first."""
    known = {name for person in people for name in person.values if person.has(name)}
    return [name for name in TEXT_FIELDS if name in known] + sorted(known - set(TEXT_FIELDS))


def differing(people: Sequence[Person], names: Sequence[str]) -> set[str]:
    """The fields in which two of them say different things."""
    return {name for name in names if len({repr(person.values[name]) for person in people if person.has(name)}) > 1}


def default_kept(people: Sequence[Person]) -> Person:
    """Who stays unless somebody chooses: with an external id, then with a good address, then known the longest."""
    return min(
        people,
        key=lambda person: (
            not person.has("external_id"),
            "valid" not in person.states.values(),
            person.created_at,
            person.key,
        ),
    )


def winners(people: Sequence[Person], kept: int, chosen: Mapping[str, int] | None = None) -> dict[str, int]:
    """Field to the key of whose value is kept. A choice counts where that person is one of them, even when empty."""
    keys = {person.key for person in people}
    found = {}
    for name in field_names(people):
        wanted = (chosen or {}).get(name)
        if wanted in keys and (wanted is not None):
            found[name] = wanted
            continue
        having = [person for person in people if person.has(name)]
        found[name] = max(having, key=lambda person: _rank(person, name, kept)).key
    return found


def _rank(person: Person, name: str, kept: int) -> tuple[Any, ...]:
    is_kept = person.key == kept
    if name == "external_id":
        return (is_kept, person.changed_at, -person.key)
    quality = 0
    if name in CHANNEL_OF:
        state = person.states.get(name, "unverified")
        quality = -_BEST_FIRST.index(state) if state in _BEST_FIRST else -len(_BEST_FIRST)
    # An address that somebody tagged was meant for one shop or list.
    is_plain = name != "email" or "+" not in person.values[name]
    return (quality, is_plain, person.changed_at, is_kept, -person.key)


def united_tags(kept: Sequence[str], others: Sequence[Sequence[str]], most: int) -> list[str]:
    """The kept contact's tags and those of the others behind them, each once whatever its case, at most `most`."""
    found = {tag.casefold(): tag for tag in reversed(kept)}
    united = list(dict.fromkeys(found[tag.casefold()] for tag in kept))
    for tags in others:
        for tag in tags:
            if tag.casefold() not in found and len(united) < most:
                found[tag.casefold()] = tag
                united.append(tag)
    return united
