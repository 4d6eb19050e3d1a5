"""What a sentence can be about, and how a new one begins."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from events.catalogue import BUILT_IN
from segments.builder.labels import Choices, Labels, action_labels, field_labels
from segments.language.registry import Node, ValueType
from segments.language.words import ACTIONS, ANNIVERSARY_FIELDS, CONTACT_FIELDS

MONTH = {"last": 30, "unit": "days"}
_PERSONAL = frozenset(
    {
        "contact.created",
        "contact.updated",
        "consent.requested",
        "consent.granted",
        "consent.withdrawn",
        "consent.reason_given",
    }
)


def subject_of(leaf: Node) -> str:
    """Return the subject of a leaf: its kind, and what of that kind."""
    kind = leaf.get("kind", "")
    name = {"attribute": "key", "contact": "field", "event": "event", "engagement": "action", "flow": "flow"}.get(kind)
    if kind == "anniversary":
        return f"anniversary:{leaf['key']}" if "key" in leaf else f"anniversary_field:{leaf['field']}"
    return f"{kind}:{leaf[name]}" if name else kind


def subject_groups(labels: Labels) -> list[tuple[str, Choices]]:
    """Return the subjects on offer, in groups with headings."""
    dates = [key for key in labels.attributes if labels.registry.attributes[key].type in ("date", "datetime")]
    fields, flows = field_labels(), labels.flows.items()
    groups = [
        (_("Agreement and addresses"), [("consent", _("Consent")), ("address", _("Has an address"))]),
        (
            _("Details"),
            [
                *((f"attribute:{key}", label) for key, label in labels.attributes.items()),
                *((f"contact:{name}", label) for name, label in fields.items()),
                ("tags", _("Tags")),
            ],
        ),
        (_("What they did"), _did(labels)),
        (_("Messages"), [(f"engagement:{action}", label) for action, label in action_labels().items()]),
        (
            _("Dates that come back"),
            [
                *((f"anniversary:{key}", _anniversary_label(labels.attributes[key])) for key in dates),
                *((f"anniversary_field:{name}", _anniversary_label(fields[name])) for name in ANNIVERSARY_FIELDS),
            ],
        ),
        (_("Answers"), [(f"flow:{key}", _("Took part in “%(name)s”") % {"name": one}) for key, one in flows]),
        (_("More"), [*_group_subjects(labels), ("bucket", _("Random part")), ("everyone", _("Everyone"))]),
    ]
    return [(heading, choices) for heading, choices in groups if choices]


def _is_personal(event: str) -> bool:
    """Whether people do it: events of campaigns, imports and teammates belong to no contact, and a segment
    that asks for one is empty. Messages have sentences of their own, which can leave machines out."""
    return event not in BUILT_IN or event in _PERSONAL


def _anniversary_label(name: str) -> str:
    return _("Anniversary of “%(name)s”") % {"name": name}


def personal_events(labels: Labels) -> Choices:
    """Return the kinds of events people have a part in."""
    return [(name, label) for name, label in labels.events.items() if _is_personal(name)]


def _did(labels: Labels) -> Choices:
    offered = [(f"event:{name}", label) for name, label in personal_events(labels)]
    return [*offered, ("sequence", _("Did one thing after another:"))] if offered else []


def _group_subjects(labels: Labels) -> Choices:
    segments = [("segment", _("Is in the segment"))] if labels.segments else []
    return [*segments, *([("list", _("Is on the list"))] if labels.lists else [])]


def default_leaf(subject: str, labels: Labels) -> Node:
    """Return a valid leaf about a subject to begin with; raises KeyError for a subject that is not on offer."""
    kind, _colon, name = subject.partition(":")
    if kind == "attribute":
        value_type = labels.registry.attributes[name]
        return {"kind": kind, "key": name, **default_condition(value_type)}
    if kind == "contact":
        return {"kind": kind, "field": name, **default_condition(ValueType(CONTACT_FIELDS[name]))}
    if kind in ("event", "engagement", "flow"):
        return _doing_leaf(kind, name, labels)
    if kind == "anniversary":
        return {"kind": kind, "key": name, "from": 0, "to": 7}
    if kind == "anniversary_field":
        return {"kind": "anniversary", "field": name, "from": 0, "to": 7}
    return _plain_leaf(kind, labels)


def _doing_leaf(kind: str, name: str, labels: Labels) -> Node:
    known = {"event": labels.registry.events, "engagement": ACTIONS, "flow": labels.flows}[kind]
    if name not in known:
        raise KeyError(name)
    member = {"event": "event", "engagement": "action", "flow": "flow"}[kind]
    leaf: Node = {"kind": kind, member: name}
    return leaf if kind == "flow" else {**leaf, "window": dict(MONTH)}


def _plain_leaf(kind: str, labels: Labels) -> Node:
    if kind == "consent":
        topic = next(iter(labels.topics), None)
        leaf: dict[str, Any] = {"channel": "email", "purpose": "marketing", "state": ["granted"]}
        return {"kind": kind, **leaf, "topic": topic} if topic else {"kind": kind, **leaf}
    if kind == "address":
        return {"kind": kind, "channel": "email"}
    if kind == "segment":
        return {"kind": kind, "key": next(iter(labels.segments))}
    if kind == "list":
        return {"kind": kind, "key": next(iter(labels.lists))}
    if kind == "sequence":
        names = [name for name, _label in personal_events(labels)] * 2
        return {"kind": kind, "steps": [{"event": names[0]}, {"event": names[1]}]}
    if kind == "tags":
        known = labels.usual.tags()
        return {"kind": kind, "op": "has_any", "value": known[:1]} if known else {"kind": kind, "op": "is_set"}
    if kind == "bucket":
        return {"kind": kind, "salt": "part", "from": 0, "to": 999}
    if kind == "everyone":
        return {"kind": kind}
    raise KeyError(kind)


def carry_over(old: Node, new: Node) -> Node:
    """Return a new leaf with the time window of the old one, where both have one."""
    if old.get("kind") in ("event", "engagement") and new["kind"] in ("event", "engagement"):
        new.pop("window", None)
        return {**new, **({"window": old["window"]} if "window" in old else {})}
    return new


def default_condition(value_type: ValueType) -> dict[str, Any]:
    """Return a valid condition of a type to begin with."""
    if value_type.type == "boolean":
        return {"op": "eq", "value": True}
    if value_type.type in ("date", "datetime"):
        return {"op": "within", "value": dict(MONTH)}
    if value_type.type == "choice" and value_type.options:
        return {"op": "in", "value": [value_type.options[0]]}
    if value_type.type == "multi_choice" and value_type.options:
        return {"op": "has_any", "value": [value_type.options[0]]}
    return {"op": "is_set"}
