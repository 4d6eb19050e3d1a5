"""What a workspace has that rules can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection

from accounts.models import Workspace
from consent.models import Purpose, Topic
from contacts.models import Attribute
from core.clock import zone_or_none
from events.catalogue import BUILT_IN
from events.models import EventKind
from segments.language.registry import EventEntry, FlowEntry, Registry, ValueType, known_zones
from segments.language.words import OPERATORS
from segments.models import Segment, StaticList

CampaignNames = Callable[[int], Mapping[str, int]]
FlowEntries = Callable[[int], Mapping[str, FlowEntry]]


@dataclass(frozen=True)
class FlowWords:
    """What a flow calls its questions, their options and its outcomes, by their keys; what is unknown has no word."""

    questions: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


WordsOfFlow = Callable[[int, str], FlowWords]

_campaign_names: list[CampaignNames] = []
_flow_entries: list[FlowEntries] = []
_flow_words: list[WordsOfFlow] = []


def register_campaign_names(provider: CampaignNames) -> None:
    """Let the layer that owns campaigns say their names: `provider(workspace id)` maps name to source id.

    Called once, from `AppConfig.ready`; messages carry the same source id.
    """
    if provider not in _campaign_names:
        _campaign_names.append(provider)


def register_flow_entries(provider: FlowEntries) -> None:
    """Let the layer that owns flows say what they ask: `provider(workspace id)` maps a key to its entry.

    Called once, from `AppConfig.ready`; submissions carry the entry's number.
    """
    if provider not in _flow_entries:
        _flow_entries.append(provider)


def register_flow_words(provider: WordsOfFlow) -> None:
    """Let the layer that owns flows say what people read in them: `provider(workspace id, key)`.

    Called once, from `AppConfig.ready`; asked only for flows that a rule on a page names.
    """
    if provider not in _flow_words:
        _flow_words.append(provider)


def words_of_flow(workspace_id: int, key: str) -> FlowWords:
    """Return the words of one flow; none for one that nobody knows."""
    for provider in _flow_words:
        return provider(workspace_id, key)
    return FlowWords()


def registry_of(workspace: Workspace) -> Registry:
    """Return everything rules of the workspace can name, in a handful of queries."""
    campaigns = {name: number for provider in _campaign_names for name, number in provider(workspace.pk).items()}
    zone = workspace.time_zone if zone_or_none(workspace.time_zone) else "UTC"
    return Registry(
        zone=zone,
        attributes=_attributes(workspace),
        events=_events(workspace),
        topics=dict(Topic.objects.filter(workspace=workspace).values_list("key", "pk")),
        purposes=frozenset(Purpose.values),
        lists=dict(StaticList.objects.in_workspace(workspace).values_list("key", "pk")),
        campaigns=campaigns,
        flows={key: entry for provider in _flow_entries for key, entry in provider(workspace.pk).items()},
        segments=dict(Segment.objects.filter(workspace=workspace).values_list("key", "rule")),
        zones=_shared_zones(),
    )


def _attributes(workspace: Workspace) -> dict[str, ValueType]:
    rows = Attribute.objects.filter(workspace=workspace).order_by("label", "id").values_list("key", "type", "choices")
    return {key: ValueType(type_name, choice_keys(choices)) for key, type_name, choices in rows}


def choice_keys(choices: Any) -> tuple[str, ...]:
    """Return the keys of an attribute's choices, which are texts or objects with a key or a value."""
    if not isinstance(choices, list):
        return ()
    found = [one.get("key", one.get("value")) if isinstance(one, dict) else one for one in choices]
    return tuple(one for one in found if isinstance(one, str))


def _events(workspace: Workspace) -> dict[str, EventEntry]:
    # Coming into a segment and leaving it are no subject of a rule: one that asked for its own would never settle.
    # Nor is erasure: of whom that could be asked is nobody any more, though the log keeps the number they had.
    no_subject = ("segment.", "contact.erased")
    events = {name: EventEntry() for name in BUILT_IN if not name.startswith(no_subject)}
    for name, properties in EventKind.objects.filter(workspace=workspace).values_list("name", "properties"):
        types = {key: ValueType(kind) for key, kind in properties.items() if kind in OPERATORS}
        # The catalogue does not list options, so a choice is compared as the text it is.
        plain = {
            key: ValueType("text") if one.type in ("choice", "multi_choice") else one for key, one in types.items()
        }
        events[name] = EventEntry(plain)
    return events


@cache
def _shared_zones() -> frozenset[str]:
    """Zones that both this machine and the database know: either may have the newer list."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return known_zones() & {row[0] for row in cursor.fetchall()}
