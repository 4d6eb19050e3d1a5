"""A leaf as a sentence of words and tokens, and the leaf that the tokens say.

Sentences about what people did are in `events`, about messages and consent in `messages`, about lists and flows in
`records`, about random parts in `draws`; here are the rest and the way in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from segments.builder import draws, events, messages, records
from segments.builder.labels import Choices, Labels, channel_choices, flag_choices, status_choices
from segments.builder.operands import operator_token, read_condition, read_list, show_operand, write_list
from segments.builder.records import read_number_token, show_number
from segments.builder.spans import clock_choice, use_own_clocks
from segments.builder.subjects import carry_over, default_leaf, subject_groups, subject_of
from segments.builder.tokens import Fields, Part, adder, compose, entry, many, read_out, select, words
from segments.language.canonical import canonical_node
from segments.language.registry import Node, ValueType
from segments.language.text_printer import print_leaf
from segments.language.words import CONTACT_FIELDS, PHONE_CHANNELS

# What the names of the page's lists of an attribute's texts begin with.
TEXTS = "texts-"


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
            return carry_over(leaf, default_leaf(subject, labels))
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
    value = show_operand(f"{path}:", leaf, value_type, options, labels.registry.zone_info)
    if value_type.type == "text" and "key" in leaf and leaf["op"] in ("eq", "ne"):
        value = [replace(part, suggestions=f"{TEXTS}{leaf['key']}") for part in value]
    parts: dict[str, Any] = {
        "subject": subject,
        "operator": operator_token(f"{path}:op", leaf["op"], value_type),
        "value": value,
        "more": adder(path, clock_choice(leaf)),
    }
    return compose(_("{subject} {operator} {value} {more}"), parts)


def _read_value(leaf: Node, fields: Fields, labels: Labels) -> Node:
    value_type = _value_type(leaf, labels)
    currency = labels.usual.currency(leaf["key"]) if value_type.type == "money" else ""
    condition = read_condition(fields, "", leaf, value_type, labels.registry.zone_info, currency=currency)
    name = "field" if leaf["kind"] == "contact" else "key"
    read = {"kind": leaf["kind"], name: leaf[name], **condition}
    if fields.get("more") == "clock":
        use_own_clocks(read)
    return read


def _show_address(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    del labels
    parts: dict[str, Any] = {
        "subject": subject,
        "channel": select(f"{path}:channel", leaf["channel"], channel_choices(), _("Channel"), is_value=True),
        "more": adder(path, _address_details(leaf)),
    }
    if "primary" in leaf:
        ranks = [("primary", _("their main one")), ("secondary", _("not their main one")), ("", _("any of theirs"))]
        rank = "primary" if leaf["primary"] else "secondary"
        parts["rank"] = select(f"{path}:rank", rank, ranks, _("Which address"))
    if "status" in leaf:
        state = many(f"{path}:status", leaf["status"], status_choices(), _("State of the address"))
        parts["status"] = [words(_("in the state")), state]
    if "flag" in leaf:
        flag = many(f"{path}:flag", leaf["flag"], flag_choices(), _("What stands out"))
        parts["flag"] = [words(_("that is")), flag]
    if "domain" in leaf:
        label = _("Domains, with commas between; empty for any")
        parts["domain"] = [words(_("at")), entry(f"{path}:domain", write_list(leaf["domain"]), label, size=16)]
    if "prefix" in leaf:
        label = _("Beginnings of numbers, with commas between; empty for any")
        parts["prefix"] = [words(_("beginning with")), entry(f"{path}:prefix", write_list(leaf["prefix"]), label)]
    return compose(_("{subject} for {channel} {rank} {status} {flag} {domain} {prefix} {more}"), parts)


def _address_details(leaf: Node) -> Choices:
    offered = [("status", _("whether it works")), ("primary", _("main one or not"))]
    if leaf["channel"] == "email":
        offered += [("domain", _("the domain")), ("flag", _("what stands out"))]
    if leaf["channel"] in PHONE_CHANNELS:
        offered.append(("prefix", _("how the number begins")))
    return [(name, label) for name, label in offered if name not in leaf]


def _read_address(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    channel = fields.get("channel", leaf["channel"])
    read: Node = {"kind": "address", "channel": channel}
    status = fields.all("status") if fields.has("status") else leaf.get("status", [])
    if status:
        read["status"] = status
    rank = fields.get("rank", {True: "primary", False: "secondary", None: ""}[leaf.get("primary")])
    if rank:
        read["primary"] = rank == "primary"
    flags = fields.all("flag") if fields.has("flag") else leaf.get("flag", [])
    if flags and channel == "email":
        read["flag"] = flags
    for name, fits in (("domain", channel == "email"), ("prefix", channel in PHONE_CHANNELS)):
        values = read_list(fields.get(name)) if fields.has(name) else leaf.get(name, [])
        if values and fits:
            read[name] = values
    wanted = fields.get("more")
    if wanted in dict(_address_details(read)):
        starts: dict[str, Any] = {"status": ["valid"], "primary": True, "domain": [""], "flag": ["role"]}
        read[wanted] = starts.get(wanted, ["+"])
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
    shown = compose(_("{subject} comes {from} to {to} days from today"), parts)
    if "years" in leaf:
        shown += show_number(f"{path}:years", leaf["years"], _("and the number of years"))
    if "leap" in leaf:
        ways = [("mar1", _("29 February counts as 1 March")), ("feb28", _("29 February counts as 28 February"))]
        shown.append(select(f"{path}:leap", leaf["leap"], ways, _("Leap years")))
    if leaf.get("zone") == "contact":
        clocks = [("workspace", _("by your clock")), ("contact", _("by each person’s clock"))]
        shown.append(select(f"{path}:zone", "contact", clocks, _("Whose clock"), is_value=True))
    return [*shown, *adder(path, _anniversary_details(leaf))]


def _anniversary_details(leaf: Node) -> Choices:
    offered = [("years", _("how many years")), ("leap", _("29 February")), ("zone", _("by each person’s clock"))]
    return [(name, label) for name, label in offered if name not in leaf]


def _read_anniversary(leaf: Node, fields: Fields, labels: Labels) -> Node:
    del labels
    read: Node = {name: leaf[name] for name in ("kind", "key", "field") if name in leaf}
    for name in ("from", "to"):
        start = leaf[name]
        read[name] = fields.whole(name, start) if isinstance(start, int) else fields.whole(name, 0)
    years = read_number_token(fields, "years", leaf.get("years"))
    if years:
        read["years"] = years
    for name, usual in (("leap", "feb28"), ("zone", "workspace")):
        chosen = fields.get(name, leaf.get(name, usual))
        if chosen != usual:
            read[name] = chosen
    wanted = fields.get("more")
    if wanted in dict(_anniversary_details(read)):
        read[wanted] = {"years": {"op": "eq", "value": 18}, "leap": "mar1", "zone": "contact"}[wanted]
    return read


_Show = Callable[[Node, str, Labels, Part], list[Part]]
_SHOW: dict[str, _Show] = {
    "attribute": _show_value,
    "contact": _show_value,
    "address": _show_address,
    "segment": _show_segment,
    "anniversary": _show_anniversary,
    "bucket": draws.show,
    "everyone": lambda leaf, path, labels, subject: [subject],
    **events.SHOW,
    **messages.SHOW,
    **records.SHOW,
}
_READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {
    "attribute": _read_value,
    "contact": _read_value,
    "address": _read_address,
    "segment": lambda leaf, fields, labels: {"kind": "segment", "key": fields.get("key", leaf["key"])},
    "anniversary": _read_anniversary,
    "bucket": draws.read,
    "everyone": lambda leaf, fields, labels: leaf,
    **events.READ,
    **messages.READ,
    **records.READ,
}
_PLAIN: dict[str, Callable[[Node, Labels], bool]] = {
    "attribute": lambda leaf, labels: leaf["key"] in labels.attributes,
    "contact": lambda leaf, labels: leaf["field"] in CONTACT_FIELDS,
    "address": lambda leaf, labels: True,
    "segment": lambda leaf, labels: bool(labels.segments),
    "anniversary": lambda leaf, labels: "field" in leaf or leaf["key"] in labels.attributes,
    "bucket": lambda leaf, labels: True,
    "everyone": lambda leaf, labels: True,
    **events.PLAIN,
    **messages.PLAIN,
    **records.PLAIN,
}
