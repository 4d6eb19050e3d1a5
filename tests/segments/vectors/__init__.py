"""Cases of the segment language: a universe of people and events, rules with their members, wrong rules, texts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from segments.language.registry import EventEntry, FlowEntry, Registry, ValueType


@cache
def load() -> dict[str, Any]:
    """The vectors, with numbers as the exact decimals they are written as."""
    text = (Path(__file__).parent / "segments.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


def value_types(entries: dict[str, Any]) -> dict[str, ValueType]:
    return {name: ValueType(entry["type"], tuple(entry.get("options", ()))) for name, entry in entries.items()}


@dataclass(frozen=True)
class Numbers:
    """The ids under which the named things of the universe lie in the database."""

    campaigns: Mapping[str, int]
    lists: Mapping[str, int]
    flows: Mapping[str, int]
    topics: Mapping[str, int]


def registry(numbers: Numbers | None = None, universe: dict[str, Any] | None = None) -> Registry:
    """The registry of a universe, by default that of the vectors; without a database its things are simply counted."""
    universe = universe or load()["universe"]
    names = universe["registry"]
    numbers = numbers or Numbers(*(_counted(names[what]) for what in ("campaigns", "lists", "flows", "topics")))
    return Registry(
        zone=universe["workspace"]["zone"],
        attributes=value_types(names["attributes"]),
        events={name: EventEntry(value_types(entry)) for name, entry in names["events"].items()},
        topics=numbers.topics,
        purposes=frozenset(names["purposes"]),
        lists=numbers.lists,
        campaigns=numbers.campaigns,
        flows={
            name: FlowEntry(tuple(entry["outcomes"]), value_types(entry["answers"]), numbers.flows[name])
            for name, entry in names["flows"].items()
        },
        segments=names["segments"],
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(names, 1)}
