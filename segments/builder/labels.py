"""What the names of a registry are called by people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

from django.utils.translation import gettext as _

from accounts.models import Workspace
from consent.models import Basis, Purpose, State, Topic
from contacts.models import Address, Attribute, Channel
from contacts.wording import FLAG_LABELS
from events.catalogue import words_for
from segments.builder.usual import Usual, usual_in
from segments.language.registry import Registry
from segments.models import Segment, StaticList
from segments.registry import FlowWords, registry_of, words_of_flow

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Labels:
    """Names for people, by the keys of the registry, in the order they are shown."""

    registry: Registry
    attributes: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)
    # Read for the flows alone that a sentence names: the words of one lie in its whole document.
    words_of_flow: Callable[[str], FlowWords] = lambda key: FlowWords()
    usual: Usual = field(default_factory=Usual)

    def option(self, attribute: str, key: str) -> str:
        """Return the label of a choice of an attribute."""
        return self.options.get(attribute, {}).get(key, key)


def labels_of(workspace: Workspace, *, without: str = "") -> Labels:
    """Return the names of a workspace; `without` leaves out the segment being edited."""
    registry = registry_of(workspace)
    attributes = Attribute.objects.filter(workspace=workspace).order_by("label", "id")
    own = attributes.values_list("key", "label", "choices")
    topics = Topic.objects.filter(workspace=workspace).order_by("name", "id").values_list("key", "name")
    segments = Segment.objects.in_workspace(workspace).exclude(key=without).values_list("key", "name")
    lists = StaticList.objects.in_workspace(workspace).values_list("key", "name")
    return Labels(
        registry=registry,
        attributes={key: label for key, label, _choices in own},
        options={key: _choice_labels(choices) for key, _label, choices in own},
        topics=dict(topics),
        segments=dict(segments),
        events={name: words_for(name) for name in registry.events},
        lists=dict(lists),
        flows={key: entry.name or key for key, entry in registry.flows.items()},
        words_of_flow=cache(partial(words_of_flow, workspace.pk)),
        usual=usual_in(workspace),
    )


def _choice_labels(choices: object) -> dict[str, str]:
    found = {}
    for one in choices if isinstance(choices, list) else ():
        if isinstance(one, dict):
            key = one.get("key", one.get("value"))
            found[str(key)] = str(one.get("label", key))
        else:
            found[str(one)] = str(one)
    return found


def field_labels() -> dict[str, str]:
    """Return the words for the fields of a contact."""
    return {
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "language": _("Language"),
        "country": _("Country"),
        "zone": _("Time zone"),
        "created_at": _("Added"),
        "imported_at": _("Came with an import"),
    }


def action_labels() -> dict[str, str]:
    """Return what somebody did, or what happened to a message of theirs."""
    return {
        "sent": _("Was sent a message"),
        "delivered": _("Got a message"),
        "opened": _("Opened a message"),
        "clicked": _("Clicked in a message"),
        "bounced": _("Had a message bounce"),
        "complained": _("Complained about a message"),
        "unsubscribed": _("Unsubscribed through a message"),
    }


def channel_choices() -> Choices:
    """Return the channels."""
    return [(value, str(label)) for value, label in Channel.choices]


def status_choices() -> Choices:
    """Return the states of an address."""
    return [(value, str(label)) for value, label in Address.Status.choices]


def flag_choices() -> Choices:
    """Return what can stand out about an e-mail address."""
    return [(value, str(label)) for value, label in FLAG_LABELS.items()]


def state_choices() -> Choices:
    """Return the states of a consent; none means that the person was never asked."""
    return [*((value, str(label)) for value, label in State.choices), ("none", _("Never asked"))]


def purpose_choices() -> Choices:
    """Return the purposes of a consent."""
    return [(value, str(label)) for value, label in Purpose.choices]


def basis_choices() -> Choices:
    """Return the bases of a consent."""
    return [(value, str(label)) for value, label in Basis.choices]


def unit_choices(*, rolling: bool) -> Choices:
    """Return the units of time; days and longer ones count dates."""
    units = [("days", _("days")), ("weeks", _("weeks")), ("months", _("months")), ("years", _("years"))]
    return [("minutes", _("minutes")), ("hours", _("hours")), *units] if rolling else units


def calendar_choices() -> Choices:
    """Return the named stretches of the calendar."""
    return [
        ("today", _("today")),
        ("yesterday", _("yesterday")),
        ("tomorrow", _("tomorrow")),
        ("this_week", _("this week")),
        ("last_week", _("last week")),
        ("next_week", _("next week")),
        ("this_month", _("this month")),
        ("last_month", _("last month")),
        ("next_month", _("next month")),
        ("this_year", _("this year")),
        ("last_year", _("last year")),
    ]


def operator_labels(value_type: str) -> dict[str, str]:
    """Return the words for the operators of a type, in the order they are offered."""
    if value_type in ("date", "datetime"):
        words = {
            "within": _("falls"),
            "eq": _("is on"),
            "ne": _("is not on"),
            "lt": _("is before"),
            "lte": _("is on or before"),
            "gt": _("is after"),
            "gte": _("is on or after"),
            "between": _("is from"),
        }
    else:
        words = {
            "eq": _("is"),
            "ne": _("is not"),
            "lt": _("is below"),
            "lte": _("is at most"),
            "gt": _("is above"),
            "gte": _("is at least"),
            "between": _("is from"),
            "contains": _("contains"),
            "not_contains": _("does not contain"),
            "starts_with": _("starts with"),
            "ends_with": _("ends with"),
            "in": _("is one of"),
            "not_in": _("is none of"),
            "has_any": _("has any of"),
            "has_all": _("has all of"),
            "has_none": _("has none of"),
        }
    return {**words, "is_set": _("is known"), "is_empty": _("is not known")}
