"""Time windows as tokens."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from segments.builder.labels import Choices, calendar_choices, unit_choices
from segments.builder.tokens import Fields, Part, compose, entry, quiet, select
from segments.language.windows import Window
from segments.language.words import ROLLING_UNITS

_DEFAULT_COUNT = 30


def is_plain_window(window: Window | None) -> bool:
    """Say whether the tokens can show a window; instants to the second cannot be typed here."""
    return not window or not any("T" in str(window.get(end, "")) for end in ("from", "to"))


def show_window(prefix: str, window: Window | None, *, optional: bool, dates_only: bool = False) -> list[Part]:
    """Return the tokens of a window; `optional` ones can be "at any time"."""
    form = _form_of(window)
    label = _("When")
    choices: Choices = [("", _("at any time"))] if optional else []
    choices += [
        ("last", _("in the last")),
        ("next", _("in the next")),
        ("over", _("longer ago than")),
        ("ago", _("ago, between")),
        ("between", _("on the days from")),
    ]
    choices += [(f"calendar:{name}", text) for name, text in calendar_choices()]
    parts: dict[str, Any] = {"form": select(f"{prefix}form", form, choices, label)}
    pattern = "{form}"
    if window and form in ("last", "next", "over", "ago"):
        pattern = _("{form} {n} and {m} {unit}") if form == "ago" else _("{form} {n} {unit}")
        ends = window["ago"] if form == "ago" else [window[form]]
        parts["n"] = entry(f"{prefix}n", str(ends[0]), _("How many"), control="number", size=4)
        parts["m"] = entry(f"{prefix}m", str(ends[-1]), _("How many at most"), control="number", size=4)
        units = unit_choices(rolling=not dates_only)
        parts["unit"] = select(f"{prefix}unit", str(window.get("unit")), units, _("Unit"), is_value=True)
    elif window and form == "between":
        pattern = _("{form} {from} to {to}")
        parts["from"] = entry(f"{prefix}from", str(window.get("from", "")), _("First day"), control="date")
        parts["to"] = entry(f"{prefix}to", str(window.get("to", "")), _("Last day"), control="date")
    shown = compose(pattern, parts) if form else quiet([parts["form"]])
    if window and form and window.get("unit") not in ROLLING_UNITS:
        zone = str(window.get("zone", "workspace"))
        if zone == "contact":
            choices = [("workspace", _("by your clock")), ("contact", _("by each person’s clock"))]
            shown.append(select(f"{prefix}zone", zone, choices, _("Whose clock"), is_value=True))
    return shown


def _form_of(window: Window | None) -> str:
    if not window:
        return ""
    if "calendar" in window:
        return f"calendar:{window['calendar']}"
    return next((form for form in ("last", "next", "over", "ago") if form in window), "between")


def read_window(fields: Fields, prefix: str, previous: Window | None) -> Window | None:
    """Return the window the tokens say, or None for any time; without tokens the one there was."""
    if not fields.has(f"{prefix}form"):
        return previous
    form = fields.get(f"{prefix}form")
    window: Window
    if not form:
        return None
    if form.startswith("calendar:"):
        window = {"calendar": form.partition(":")[2]}
    elif form == "between":
        ends = {"from": fields.get(f"{prefix}from").strip(), "to": fields.get(f"{prefix}to").strip()}
        # Both ends empty: the form was only just chosen; an empty date is then asked for.
        window = {name: value for name, value in ends.items() if value} or {"from": ""}
    else:
        window = _read_counted(fields, prefix, form)
    zone = fields.get(f"{prefix}zone", str((previous or {}).get("zone", "workspace")))
    if zone == "contact" and window.get("unit") not in ROLLING_UNITS:
        window["zone"] = "contact"
    return window


def _read_counted(fields: Fields, prefix: str, form: str) -> Window:
    count = fields.whole(f"{prefix}n", _DEFAULT_COUNT)
    unit = fields.get(f"{prefix}unit", "days")
    if form != "ago":
        return {form: count, "unit": unit}
    beyond = count * 2 if isinstance(count, int) else _DEFAULT_COUNT
    return {"ago": [count, fields.whole(f"{prefix}m", beyond)], "unit": unit}
