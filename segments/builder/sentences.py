"""A leaf as a sentence of words and tokens, and the leaf that the tokens say.

The sentences about events, messages and consent are in `behaviour`; here are the rest and the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from segments.builder import behaviour
from segments.builder.labels import Labels, channel_choices, flag_choices, status_choices
from segments.builder.operands import is_plain_condition, operator_token, read_condition, show_operand
from segments.builder.subjects import default_leaf, subject_groups, subject_of
from segments.builder.tokens import Fields, Part, compose, entry, many, quiet, read_out, select, words
from segments.language.canonical import canonical_node
from segments.language.registry import Node, ValueType
from segments.language.text_printer import print_leaf
from segments.language.words import CONTACT_FIELDS, PHONE_CHANNELS


def sentence_of(leaf: Node, path: str, labels: Labels) -> list[Part]:
    """Return the sentence of a leaf; one that tokens cannot show is its text form in words."""
    if not is_plain(leaf, labels):
        return [words(_plain_text(leaf))]
    subject = Part(
        control="select",
        name=f"{path}:subject",
        value=subject_of(leaf),
        groups=subject_groups(labels),
        label=_("What it is about"),
    )
    return _SHOW[leaf["kind"]](leaf, path, labels, subject)


def words_of(leaf: Node, labels: Labels) -> str:
    """Return the sentence of a leaf as plain words."""
    return read_out(sentence_of(leaf, "", labels))


def _plain_text(leaf: Node) -> str:
    try:
        return print_leaf(canonical_node(leaf))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return _("something that cannot be read")


def is_plain(leaf: Node, labels: Labels) -> bool:
    """Say whether a leaf can be shown and edited as tokens."""
    check = _PLAIN.get(leaf.get("kind", ""))
    try:
        return bool(check and check(leaf, labels))
    except (KeyError, TypeError, AttributeError):
        return False


def read_sentence(leaf: Node, path: str, sent: dict[str, list[str]], labels: Labels) -> Node:
    """Return the leaf that the tokens sent for a path say; a new subject begins a new sentence."""
    fields = Fields(sent, path)
    if not fields.has("subject") or not is_plain(leaf, labels):
        return leaf
    subject = fields.get("subject")
    if subject != subject_of(leaf):
        try:
            return behaviour.carry_over(leaf, default_leaf(subject, labels))
        except KeyError:
            return leaf
    return _READ[leaf["kind"]](leaf, fields, labels)


def _value_type(leaf: Node, labels: Labels) -> ValueType:
    if leaf["kind"] == "contact":
        return ValueType(CONTACT_FIELDS[leaf["field"]])
    return labels.registry.attributes[leaf["key"]]


def _show_value(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    value_type = _value_type(leaf, labels)
    options = labels.options.get(leaf.get("key", ""), {})
    parts: dict[str, Any] = {
        "subject": subject,
        "operator": operator_token(f"{path}:op", leaf["op"], value_type),
        "value": show_operand(f"{path}:", leaf, value_type, options, labels.registry.zone_info),
    }
    return compose(_("{subject} {operator} {value}"), parts)


def _read_value(leaf: Node, fields: Fields, labels: Labels) -> Node:
    condition = read_condition(fields, "", leaf, _value_type(leaf, labels), labels.registry.zone_info)
    name = "field" if leaf["kind"] == "contact" else "key"
    return {"kind": leaf["kind"], name: leaf[name], **condition}


def _show_address(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    del labels
    rank = {True: "primary", False: "secondary", None: ""}[leaf.get("primary")]
    ranks = [("", _("any of theirs")), ("primary", _("their main one")), ("secondary", _("not their main one"))]
    status, domains = leaf.get("status", ()), ", ".join(leaf.get("domain", ()))
    parts: dict[str, Any] = {
        "subject": subject,
        "channel": select(f"{path}:channel", leaf["channel"], channel_choices(), _("Channel"), is_value=True),
        "rank": _asked(bool(rank), [select(f"{path}:rank", rank, ranks, _("Which address"))]),
        "status": _asked(
            bool(status),
            [words(_("in the state")), many(f"{path}:status", status, status_choices(), _("State of the address"))],
        ),
    }
    if leaf["channel"] == "email":
        label = _("Domains, with commas between; empty for any")
        flags = leaf.get("flag", ())
        flag = many(f"{path}:flag", flags, flag_choices(), _("What stands out"))
        parts["flag"] = _asked(bool(flags), [words(_("that is")), flag])
        parts["domain"] = _asked(bool(domains), [words(_("at")), entry(f"{path}:domain", domains, label, size=16)])
    return compose(_("{subject} for {channel} {rank} {status} {flag} {domain}"), parts)


def _asked(is_asked: bool, parts: list[Part]) -> list[Part]:
    return parts if is_asked else quiet(parts)


def _read_address(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    channel = fields.get("channel", leaf["channel"])
    read: Node = {"kind": "address", "channel": channel}
    status = fields.all("status") if fields.has("status") else leaf.get("status", [])
    if status:
        read["status"] = status
    rank = fields.get("rank")
    if rank:
        read["primary"] = rank == "primary"
    flags = fields.all("flag") if fields.has("flag") else leaf.get("flag", [])
    if flags and channel == "email":
        read["flag"] = flags
    domains = [one.strip() for one in fields.get("domain").split(",") if one.strip()]
    if domains and channel == "email":
        read["domain"] = domains
    if "prefix" in leaf and channel in PHONE_CHANNELS:
        read["prefix"] = leaf["prefix"]
    return read


def _show_segment(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    choices = list(labels.segments.items())
    return [subject, select(f"{path}:key", leaf["key"], choices, _("Segment"), is_value=True)]


def _show_anniversary(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    del labels
    parts: dict[str, Any] = {
        "subject": subject,
        "from": entry(f"{path}:from", str(leaf["from"]), _("First day, counted from today"), control="number", size=5),
        "to": entry(f"{path}:to", str(leaf["to"]), _("Last day, counted from today"), control="number", size=5),
    }
    return compose(_("{subject} comes {from} to {to} days from today"), parts)


def _read_anniversary(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    return {**leaf, "from": fields.whole("from", 0), "to": fields.whole("to", 0)}


def _show_bucket(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    del labels
    parts: dict[str, Any] = {
        "subject": subject,
        "salt": entry(f"{path}:salt", str(leaf["salt"]), _("Name of the draw")),
        "from": entry(f"{path}:from", str(leaf["from"]), _("First number"), control="number", size=5),
        "to": entry(f"{path}:to", str(leaf["to"]), _("Last number"), control="number", size=5),
    }
    return compose(_("{subject} of the draw {salt} with numbers from {from} to {to} out of 0 to 9999"), parts)


def _read_bucket(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    salt = fields.get("salt", leaf["salt"])
    return {"kind": "bucket", "salt": salt, "from": fields.whole("from", 0), "to": fields.whole("to", 0)}


_Show = Callable[[Node, str, Labels, Part], list[Part]]
_SHOW: dict[str, _Show] = {
    "attribute": _show_value,
    "contact": _show_value,
    "address": _show_address,
    "segment": _show_segment,
    "anniversary": _show_anniversary,
    "bucket": _show_bucket,
    "everyone": lambda leaf, path, labels, subject: [subject],
    **behaviour.SHOW,
}
_READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {
    "attribute": _read_value,
    "contact": _read_value,
    "address": _read_address,
    "segment": lambda leaf, fields, labels: {"kind": "segment", "key": fields.get("key", leaf["key"])},
    "anniversary": _read_anniversary,
    "bucket": _read_bucket,
    "everyone": lambda leaf, fields, labels: leaf,
    **behaviour.READ,
}
_PLAIN: dict[str, Callable[[Node, Labels], bool]] = {
    "attribute": lambda leaf, labels: leaf["key"] in labels.attributes and is_plain_condition(leaf),
    "contact": lambda leaf, labels: leaf["field"] in CONTACT_FIELDS and is_plain_condition(leaf),
    "address": lambda leaf, labels: "prefix" not in leaf,
    "segment": lambda leaf, labels: bool(labels.segments),
    "anniversary": lambda leaf, labels: not {"leap", "years", "zone"} & leaf.keys(),
    "bucket": lambda leaf, labels: True,
    "everyone": lambda leaf, labels: True,
    **behaviour.PLAIN,
}
