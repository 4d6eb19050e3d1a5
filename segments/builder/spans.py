"""Time windows as tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from segments.builder.labels import Choices, calendar_choices, unit_choices
from segments.builder.tokens import Fields, Part, compose, entry, quiet, select
from segments.language.registry import Node
from segments.language.scope import stamp
from segments.language.values import to_instant
from segments.language.windows import Window
from segments.language.words import ROLLING_UNITS

_DEFAULT_COUNT = 30
_COUNTED = ("last", "next", "over", "ago")
_ENDS = ("from", "to")
# The members of a leaf that hold a window.
WINDOWS = ("window", "changed", "expires", "added")


def show_window(
    prefix: str, window: Window | None, zone: ZoneInfo, *, optional: bool, dates_only: bool = False
) -> list[Part]:
    """Return the tokens of a window; `optional` ones can be "at any time". Moments are shown in `zone`."""
    form = _form_of(window)
    choices: Choices = [("", _("at any time"))] if optional else []
    choices += [
        ("last", _("in the last")),
        ("next", _("in the next")),
        ("over", _("longer ago than")),
        ("ago", _("ago, between")),
        ("between", _("on the days from")),
    ]
    if not dates_only:
        choices.append(("instants", _("between the moments")))
    choices += [(f"calendar:{name}", text) for name, text in calendar_choices()]
    parts: dict[str, Any] = {"form": select(f"{prefix}form", form, choices, _("When"))}
    if not window or not form:
        return quiet([parts["form"]])
    pattern = "{form}"
    if form in _COUNTED:
        pattern = _("{form} {n} and {m} {unit}") if form == "ago" else _("{form} {n} {unit}")
        parts |= _counted_parts(prefix, window, form, rolling=not dates_only)
    elif form in ("between", "instants"):
        pattern = _("{form} {from} to {to}")
        parts["from"] = _end(f"{prefix}from", window.get("from", ""), form, zone, _("From"))
        parts["to"] = _end(f"{prefix}to", window.get("to", ""), form, zone, _("Until"))
    return [*compose(pattern, parts), *_clock(prefix, window)]


def _counted_parts(prefix: str, window: Window, form: str, *, rolling: bool) -> dict[str, Part]:
    ends = window["ago"] if form == "ago" else [window[form]]
    units = unit_choices(rolling=rolling)
    return {
        "n": entry(f"{prefix}n", str(ends[0]), _("How many"), control="number", size=4),
        "m": entry(f"{prefix}m", str(ends[-1]), _("How many at most"), control="number", size=4),
        "unit": select(f"{prefix}unit", str(window.get("unit")), units, _("Unit"), is_value=True),
    }


def _end(name: str, value: Any, form: str, zone: ZoneInfo, label: str) -> Part:
    text = str(value)
    if form == "between" or (text and "T" not in text):
        return entry(name, text, label, control="date")
    return entry(name, local_text(text, zone), label, control="datetime-local")


def _clock(prefix: str, window: Window) -> list[Part]:
    if window.get("zone") != "contact" or window.get("unit") in ROLLING_UNITS:
        return []
    choices = [("workspace", _("by your clock")), ("contact", _("by each person’s clock"))]
    return [select(f"{prefix}zone", "contact", choices, _("Whose clock"), is_value=True)]


def _form_of(window: Window | None) -> str:
    if not window:
        return ""
    if "calendar" in window:
        return f"calendar:{window['calendar']}"
    form = next((form for form in _COUNTED if form in window), "")
    if form:
        return form
    return "instants" if any("T" in str(window.get(end, "")) for end in _ENDS) else "between"


def read_window(fields: Fields, prefix: str, previous: Window | None, zone: ZoneInfo) -> Window | None:
    """Return the window the tokens say, or None for any time; without tokens the one there was."""
    if not fields.has(f"{prefix}form"):
        return previous
    form = fields.get(f"{prefix}form")
    if not form:
        return None
    if form.startswith("calendar:"):
        window: Window = {"calendar": form.partition(":")[2]}
    elif form in ("between", "instants"):
        window = _read_ends(fields, prefix, form, previous or {}, zone)
    else:
        window = _read_counted(fields, prefix, form)
    clock = fields.get(f"{prefix}zone", str((previous or {}).get("zone", "workspace")))
    if clock == "contact" and window.get("unit") not in ROLLING_UNITS:
        window["zone"] = "contact"
    return window


def _read_counted(fields: Fields, prefix: str, form: str) -> Window:
    count = fields.whole(f"{prefix}n", _DEFAULT_COUNT)
    unit = fields.get(f"{prefix}unit", "days")
    if form != "ago":
        return {form: count, "unit": unit}
    beyond = count * 2 if isinstance(count, int) else _DEFAULT_COUNT
    return {"ago": [count, fields.whole(f"{prefix}m", beyond)], "unit": unit}


def _read_ends(fields: Fields, prefix: str, form: str, previous: Window, zone: ZoneInfo) -> Window:
    """Days or moments. A form only just chosen turns the ends that were there into ends of its own kind."""
    is_new = _form_of(previous) != form
    window: Window = {}
    for end in _ENDS:
        before = str(previous.get(end, ""))
        typed = fields.get(f"{prefix}{end}", before).strip()
        # The same moment may have been written with another offset; it stays as it was.
        if typed and typed in (before, local_text(before, zone)):
            typed = before
        if is_new and typed:
            typed = _turned(typed, form, zone)
        if typed:
            window[end] = read_moment(typed, zone) if "T" in typed else typed
    # Both ends empty: the form was only just chosen; an empty date is then asked for.
    return window or {"from": _today(zone) + "T00:00:00Z" if form == "instants" else ""}


def _turned(text: str, form: str, zone: ZoneInfo) -> str:
    if form == "instants":
        return text if "T" in text else f"{text}T00:00:00"
    return (local_text(text, zone) or text)[:10] if "T" in text else text


def _today(zone: ZoneInfo) -> str:
    return dt.datetime.now(zone).date().isoformat()


def local_text(value: str, zone: ZoneInfo) -> str:
    """Return a moment as a control for local times shows it; empty for what is none."""
    try:
        return to_instant(value).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError):
        return ""


def read_moment(text: str, zone: ZoneInfo) -> str:
    """Return what was typed, in `zone`, as a moment of the language; what is none stays for the check to refuse."""
    try:
        local = dt.datetime.fromisoformat(text)
        moment = local if local.tzinfo else local.replace(tzinfo=zone)
        return stamp(moment.astimezone(dt.UTC))
    except (ValueError, OverflowError):
        return text


def windows_of(leaf: Node) -> list[Window]:
    """Return the windows of a leaf, those of its conditions too."""
    found = [leaf[name] for name in WINDOWS if isinstance(leaf.get(name), dict)]
    steps = [step for step in leaf.get("steps", ()) if isinstance(step, dict)]
    holders = [leaf, *steps]
    conditions = [leaf, *(one for holder in holders for name in ("where", "having") for one in holder.get(name, ()))]
    return found + [one["value"] for one in conditions if one.get("op") == "within" and isinstance(one["value"], dict)]


def clock_choice(leaf: Node) -> Choices:
    """Offer to count the days of a sentence by each person's own clock, where it does not yet."""
    open_ones = [one for one in windows_of(leaf) if one.get("unit") not in ROLLING_UNITS and "zone" not in one]
    return [("clock", _("by each person’s clock"))] if open_ones else []


def use_own_clocks(leaf: Node) -> None:
    """Count the days of a sentence by each person's own clock."""
    for window in windows_of(leaf):
        if window.get("unit") not in ROLLING_UNITS:
            window["zone"] = "contact"
