"""Why somebody is in or not, in words: what each deciding sentence found about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.places import country_name, language_name
from core.formatting import day, listed, number
from events.catalogue import words_for
from segments.builder.labels import Labels, action_labels, channel_choices, field_labels, state_choices
from segments.builder.sentences import words_of
from segments.builder.spans import show_window
from segments.builder.tokens import read_out
from segments.explain import Reason
from segments.language.registry import Node

Found = dict[str, Any]
_PLACES: dict[str, Callable[[str], str]] = {"country": country_name, "language": language_name}


def reasons_of(reason: Reason, labels: Labels, limit: int = 3) -> list[str]:
    """Return what settled the result, in words; each thing once, `limit` at most."""
    told: list[str] = []
    for leaf in reason.leaves():
        if leaf.node["kind"] == "everyone":
            continue
        text = reason_text(leaf, labels)
        if text not in told:
            told.append(text)
        if len(told) == limit:
            break
    return told


def reason_text(reason: Reason, labels: Labels) -> str:
    """Return what a leaf found about somebody, in words."""
    teller = _TELLERS.get(reason.node["kind"], _tell_sentence)
    return teller(reason, reason.found or {}, labels)


def _tell_sentence(reason: Reason, found: Found, labels: Labels) -> str:
    del found
    said = words_of(reason.node, labels)
    return said if reason.result else _("Not: %(sentence)s") % {"sentence": said}


def _tell_value(reason: Reason, found: Found, labels: Labels) -> str:
    leaf, value = reason.node, found.get("value")
    known = labels.attributes if "key" in leaf else field_labels()
    key = str(leaf["key"] if "key" in leaf else leaf["field"])
    name = known.get(key, key)
    if value in (None, "", []):
        return _("%(name)s is not known") % {"name": name}
    if isinstance(value, str) and (spoken := spoken_day(value, labels.registry.zone_info)):
        return _("%(name)s: %(day)s") % {"name": name, "day": spoken}
    return _("%(name)s is %(value)s") % {
        "name": name,
        "value": _spoken(value, leaf.get("key", ""), labels, leaf.get("field", "")),
    }


def _spoken(value: Any, attribute: str, labels: Labels, field: str = "") -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(labels.option(attribute, str(one)) for one in value)
    if isinstance(value, dict):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if isinstance(value, str):
        return labels.option(attribute, value) if attribute else _PLACES.get(field, str)(value)
    return number(value, 0 if value == int(value) else 2)


def spoken_day(text: str, zone: ZoneInfo) -> str:
    """Return a date or an instant as a day; empty for any other text."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    return day(local, dt.datetime.now(zone))


def _window_words(leaf: Node, labels: Labels, name: str = "window") -> str:
    window = leaf.get(name)
    return read_out(show_window("", window, labels.registry.zone_info, optional=True)) if window else ""


def _tell_event(reason: Reason, found: Found, labels: Labels) -> str:
    leaf = reason.node
    what = {"what": words_for(leaf["event"])}
    if not found.get("matched") or not found.get("last_at"):
        return _("%(what)s: never") % what
    last = {**what, "day": spoken_day(found["last_at"], labels.registry.zone_info)}
    window = _window_words(leaf, labels)
    if leaf.get("pick") == "last":
        return _told_last(reason, last, window)
    if window and "pick" not in leaf:
        return _told_in_window(found.get("in_window", 0), last, window)
    return _told_count(found["matched"], last)


def _told_last(reason: Reason, last: dict[str, str], window: str) -> str:
    if not window or "having" in reason.node:
        return _("%(what)s: last %(day)s") % last
    told = {**last, "window": window}
    if reason.result:
        return _("%(what)s: last %(day)s, %(window)s") % told
    return _("%(what)s: last %(day)s, not %(window)s") % told


def _told_in_window(count: int, last: dict[str, str], window: str) -> str:
    told = {**last, "count": number(count), "window": window}
    if not count:
        return _("%(what)s: not %(window)s, last %(day)s") % told
    return ngettext("%(what)s: once %(window)s", "%(what)s: %(count)s times %(window)s", count) % told


def _told_count(count: int, last: dict[str, str]) -> str:
    return ngettext("%(what)s: once, %(day)s", "%(what)s: %(count)s times, last %(day)s", count) % {
        **last,
        "count": number(count),
    }


def _tell_engagement(reason: Reason, found: Found, labels: Labels) -> str:
    leaf = reason.node
    what = {"what": action_labels()[leaf["action"]]}
    count = found.get("all_time", 0)
    if not count or not found.get("last_at"):
        return _("%(what)s: never") % what
    last = {**what, "day": spoken_day(found["last_at"], labels.registry.zone_info)}
    # Only of a span that reaches to the present does the latest one decide.
    is_simple = "last" in leaf.get("window", {}) and "times" not in leaf
    if is_simple:
        return _told_last(reason, last, _window_words(leaf, labels))
    return _told_count(count, last)


def _tell_consent(reason: Reason, found: Found, labels: Labels) -> str:
    topic = labels.topics.get(reason.node.get("topic") or "", _("no topic in particular"))
    state = dict(state_choices()).get(found.get("state", "none"), "")
    if not found.get("changed_at"):
        return _("%(topic)s: %(state)s") % {"topic": topic, "state": state}
    since = spoken_day(found["changed_at"], labels.registry.zone_info)
    return _("%(topic)s: %(state)s, %(day)s") % {"topic": topic, "state": state, "day": since}


def _tell_address(reason: Reason, found: Found, labels: Labels) -> str:
    leaf = reason.node
    channel = {"channel": dict(channel_choices())[leaf["channel"]]}
    count = found.get("addresses", 0)
    if not count:
        return _("%(channel)s: no address") % channel
    if reason.result and leaf.keys() - {"kind", "channel"}:
        return words_of(leaf, labels)
    told = {**channel, "count": number(count)}
    if reason.result:
        return ngettext("%(channel)s: %(count)s address", "%(channel)s: %(count)s addresses", count) % told
    return (
        ngettext(
            "%(channel)s: %(count)s address, which does not fit",
            "%(channel)s: %(count)s addresses, none of which fits",
            count,
        )
        % told
    )


def _tell_list(reason: Reason, found: Found, labels: Labels) -> str:
    name = {"name": labels.lists.get(reason.node["key"], reason.node["key"])}
    if not found.get("added_at"):
        return _("Not on the list “%(name)s”") % name
    since = spoken_day(str(found["added_at"]), labels.registry.zone_info)
    return _("On the list “%(name)s” since %(day)s") % {**name, "day": since}


def _tell_tags(reason: Reason, found: Found, labels: Labels) -> str:
    del reason, labels
    tags = found.get("value")
    return _("Tags: %(tags)s") % {"tags": listed(tags)} if tags else _("No tags")


def _tell_flow(reason: Reason, found: Found, labels: Labels) -> str:
    leaf = reason.node
    name = {"name": labels.flows.get(leaf["flow"], leaf["flow"])}
    count = found.get("submissions", 0)
    if not count:
        return _("Took no part in “%(name)s”") % name
    if leaf.keys() & {"outcome", "where", "score"}:
        return _tell_sentence(reason, found, labels)
    told = {**name, "count": number(count)}
    return ngettext("Took part in “%(name)s” once", "Took part in “%(name)s” %(count)s times", count) % told


def _tell_bucket(reason: Reason, found: Found, labels: Labels) -> str:
    del labels
    place = number(found["bucket"] / 100, 2) if "bucket" in found else ""
    return _("At %(place)s percent of the draw “%(draw)s”") % {"place": place, "draw": reason.node["salt"]}


_TELLERS: dict[str, Callable[[Reason, Found, Labels], str]] = {
    "attribute": _tell_value,
    "contact": _tell_value,
    "anniversary": _tell_value,
    "event": _tell_event,
    "engagement": _tell_engagement,
    "consent": _tell_consent,
    "address": _tell_address,
    "list": _tell_list,
    "tags": _tell_tags,
    "flow": _tell_flow,
    "bucket": _tell_bucket,
}
