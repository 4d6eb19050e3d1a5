"""The names a rule may use. A rule is valid for one registry and checked again when that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from core.clock import available_zones

Rule = dict[str, Any]
Node = dict[str, Any]


@cache
def known_zones() -> frozenset[str]:
    """Return the names of the zone database that stand for a place or an offset."""
    strange = {"Factory", "localtime", "posixrules"}
    return frozenset(
        name for name in available_zones() if name not in strange and not name.startswith(("posix/", "right/"))
    )


@dataclass(frozen=True)
class ValueType:
    """The type of an attribute, an event property or a flow answer; options of a choice in their order."""

    type: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventEntry:
    """A kind of event and the types of its properties."""

    properties: Mapping[str, ValueType] = field(default_factory=dict)


@dataclass(frozen=True)
class FlowEntry:
    """A flow: its outcomes, the types of its answers, the number its submissions carry, and what people call it."""

    outcomes: tuple[str, ...] = ()
    answers: Mapping[str, ValueType] = field(default_factory=dict)
    number: int = 0
    name: str = ""


@dataclass(frozen=True)
class Registry:
    """Everything of one workspace that rules can name.

    ``campaigns`` maps the name used in rules to the source id of its messages, ``lists`` a key to the number its
    members carry, ``topics`` a key to the number agreements carry; ``segments`` maps a key to its stored rule.
    ``zones`` are the time zones both the application and the database know.
    """

    zone: str = "UTC"
    attributes: Mapping[str, ValueType] = field(default_factory=dict)
    events: Mapping[str, EventEntry] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    lists: Mapping[str, int] = field(default_factory=dict)
    campaigns: Mapping[str, int] = field(default_factory=dict)
    flows: Mapping[str, FlowEntry] = field(default_factory=dict)
    segments: Mapping[str, Rule] = field(default_factory=dict)
    zones: frozenset[str] = field(default_factory=known_zones)

    @property
    def zone_info(self) -> ZoneInfo:
        """Return the workspace's zone."""
        return ZoneInfo(self.zone)
