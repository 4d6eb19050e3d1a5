"""Sentences about the messages people got, and about what they agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from segments.builder.amounts import read_times, show_how, times_choices
from segments.builder.labels import Choices, Labels, basis_choices, channel_choices, purpose_choices, state_choices
from segments.builder.spans import clock_choice, read_window, show_window, use_own_clocks
from segments.builder.tokens import Fields, Part, adder, compose, many, quiet, select, words
from segments.language.registry import Node
from segments.language.words import VERDICT_ACTIONS

_MONTH = {"last": 30, "unit": "days"}
_SOON = {"next": 60, "unit": "days"}


def _show_engagement(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    parts: dict[str, Any] = {
        "subject": subject,
        "verdict": _show_verdict(leaf, path),
        "campaign": _show_campaign(leaf, path, labels),
        "channel": _show_channel(leaf, path),
        "how": show_how(leaf, path, times_choices()),
        "window": show_window(f"{path}:w_", leaf.get("window"), labels.registry.zone_info, optional=True),
        "more": adder(path, _engagement_details(leaf, labels)),
    }
    return compose(_("{subject} {verdict} {campaign} {channel} {how} {window} {more}"), parts)


def _show_verdict(leaf: Node, path: str) -> list[Part]:
    if leaf["action"] not in VERDICT_ACTIONS:
        return []
    verdict = leaf.get("verdict", "human")
    choices = [("human", _("themselves")), ("any", _("or a machine did"))]
    token = select(f"{path}:verdict", verdict, choices, _("Who did it"))
    return quiet([token]) if verdict == "human" else [token]


def _show_campaign(leaf: Node, path: str, labels: Labels) -> list[Part]:
    if "campaign" not in leaf:
        return []
    choices = [*((name, name) for name in labels.registry.campaigns), ("", _("any campaign"))]
    return [
        words(_("of the campaign")),
        select(f"{path}:campaign", leaf["campaign"], choices, _("Campaign"), is_value=True),
    ]


def _show_channel(leaf: Node, path: str) -> list[Part]:
    if "channel" not in leaf:
        return []
    choices = [*channel_choices(), ("", _("any channel"))]
    return [words(_("by")), select(f"{path}:channel", leaf["channel"], choices, _("Channel"), is_value=True)]


def _engagement_details(leaf: Node, labels: Labels) -> Choices:
    details: Choices = []
    if "campaign" not in leaf and labels.registry.campaigns:
        details.append(("campaign", _("which campaign")))
    if "channel" not in leaf:
        details.append(("channel", _("which channel")))
    return [*details, *clock_choice(leaf)]


def _read_engagement(leaf: Node, fields: Fields, labels: Labels) -> Node:
    read: Node = {"kind": "engagement", "action": leaf["action"]}
    if fields.get("verdict", leaf.get("verdict", "")) == "any" and leaf["action"] in VERDICT_ACTIONS:
        read["verdict"] = "any"
    for name in ("campaign", "channel"):
        chosen = fields.get(name, leaf.get(name, ""))
        if chosen:
            read[name] = chosen
    times = read_times(fields, leaf)
    if times:
        read["times"] = times
    window = read_window(fields, "w_", leaf.get("window"), labels.registry.zone_info)
    if window:
        read["window"] = window
    wanted = fields.get("more")
    if wanted == "clock":
        use_own_clocks(read)
    elif wanted in dict(_engagement_details(read, labels)):
        read[wanted] = next(iter(labels.registry.campaigns)) if wanted == "campaign" else "email"
    return read


def _show_consent(leaf: Node, path: str, labels: Labels, subject: Part) -> list[Part]:
    topics = [*labels.topics.items(), ("", _("no topic in particular"))]
    zone = labels.registry.zone_info
    parts: dict[str, Any] = {
        "subject": subject,
        "topic": select(f"{path}:topic", leaf.get("topic") or "", topics, _("Topic"), is_value=True),
        "channel": select(f"{path}:channel", leaf["channel"], channel_choices(), _("Channel"), is_value=True),
        "purpose": select(f"{path}:purpose", leaf["purpose"], purpose_choices(), _("Purpose")),
        "state": many(f"{path}:state", leaf["state"], state_choices(), _("State")),
    }
    shown = compose(_("{subject} to {topic} by {channel} for {purpose} is {state}"), parts)
    if "basis" in leaf:
        shown += [words(_("because")), many(f"{path}:basis", leaf["basis"], basis_choices(), _("Reason"))]
    for name, verb in (("changed", _("since a change")), ("expires", _("running out"))):
        if name in leaf:
            shown += [words(verb), *show_window(f"{path}:{name}_", leaf[name], zone, optional=True)]
    return [*shown, *adder(path, _consent_details(leaf))]


def _consent_details(leaf: Node) -> Choices:
    offered = [("basis", _("the reason")), ("changed", _("when it changed")), ("expires", _("when it runs out"))]
    return [*((name, label) for name, label in offered if name not in leaf), *clock_choice(leaf)]


def _read_consent(leaf: Node, fields: Fields, labels: Labels) -> Node:
    state = fields.all("state") if fields.has("state") else leaf["state"]
    read: Node = {
        "kind": "consent",
        "channel": fields.get("channel", leaf["channel"]),
        "purpose": fields.get("purpose", leaf["purpose"]),
        "state": state,
    }
    topic = fields.get("topic", leaf.get("topic") or "")
    if topic:
        read["topic"] = topic
    basis = fields.all("basis") if fields.has("basis") else leaf.get("basis", [])
    if basis:
        read["basis"] = basis
    for name in ("changed", "expires"):
        window = read_window(fields, f"{name}_", leaf.get(name), labels.registry.zone_info)
        if window:
            read[name] = window
    wanted = fields.get("more")
    if wanted == "clock":
        use_own_clocks(read)
    elif wanted in dict(_consent_details(read)):
        starts: dict[str, Any] = {"basis": ["express"], "changed": dict(_MONTH), "expires": dict(_SOON)}
        read[wanted] = starts[wanted]
    return read


SHOW: dict[str, Callable[[Node, str, Labels, Part], list[Part]]] = {
    "engagement": _show_engagement,
    "consent": _show_consent,
}
READ: dict[str, Callable[[Node, Fields, Labels], Node]] = {
    "engagement": _read_engagement,
    "consent": _read_consent,
}
PLAIN: dict[str, Callable[[Node, Labels], bool]] = {
    "engagement": lambda leaf, labels: True,
    "consent": lambda leaf, labels: True,
}
