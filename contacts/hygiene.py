"""The groups that the hygiene page shows. Apps above bring them: only they can say who is in one, and how many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from accounts.models import Workspace

ADDRESSES: Final = "addresses"
PEOPLE: Final = "people"
# Takes a workspace; returns how many people are in the group, or None when that takes too long to say.
Counter = Callable[[Workspace], int | None]
# What is said of a group: a text, translated when it is shown.
Words = object


@dataclass(frozen=True, kw_only=True)
class Group:
    """People with something in common that is worth a look.

    `part` is ADDRESSES or PEOPLE, `tone` how pressing it is (bad, warn or empty), `count` asks the database. The
    page links to `segments:create` with `key` as the starter.
    """

    key: str
    part: str
    title: Words
    sentence: Words
    icon: str
    tone: str
    count: Counter


_groups: dict[str, Group] = {}


def offer_group(group: Group) -> None:
    """Have the page show a group. Called in `AppConfig.ready()`; keys are unique."""
    if _groups.get(group.key, group) is not group:
        raise ValueError(f"two hygiene groups are called {group.key}")
    _groups[group.key] = group


def groups() -> list[Group]:
    """Every group in the order they were offered."""
    return list(_groups.values())
