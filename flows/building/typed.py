"""From what a form sends to the value that belongs at a place of the document."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from flows.building.operations import BadChange
from flows.building.pointers import NoSuchPlace, found, parent_of, parts_of
from flows.building.shapes import Shape, resolved, schema, shape_at
from flows.checking.places import input_blocks
from flows.engine.dates import moment_text, read_moment, zone_of
from flows.engine.intake import choice_list

_NUMBER = re.compile(r"[+-]?\d{1,30}([.,]\d{1,30})?", re.ASCII)
_MANY = frozenset({"one_of", "none_of", "all_of", "between"})
_NO_RIGHT = frozenset({"is_set", "is_empty", "is_skipped", "is_submitted"})
_NUMERIC = frozenset({"number", "rating", "opinion_scale", "nps", "slider"})
_COUNTED = frozenset({"min_length", "max_length", "min_selected", "max_selected", "min", "max"})


def zone_of_flow(document: Any) -> ZoneInfo:
    """The zone in which a flow's moments are written and shown: its own, its contest's, else UTC."""
    settings, contest = document.get("settings") or {}, document.get("contest") or {}
    return zone_of(str(settings.get("timezone") or contest.get("timezone") or "UTC"))


def typed(document: Any, path: str, raw: str, language: str = "") -> Any:
    """The value of what was typed at a place; None for nothing. Raises BadChange, and NoSuchPlace."""
    shape, name = shape_at(path), parts_of(path)[-1]
    if is_text(shape):
        return _in_language(document, path, raw, language)
    raw = raw.strip()
    if not raw:
        return None
    if name in ("right", "value", "initial", "default"):
        return _meant(document, path, raw)
    if shape.get("type") == "boolean":
        return raw == "true"
    if shape.get("type") in ("number", "integer"):
        return number(raw, path)
    if shape.get("format") == "date-time":
        return _moment(document, raw, path)
    if shape.get("type") == "array":
        return words(raw)
    return raw


def is_text(shape: Shape) -> bool:
    """Whether a place holds words that people read, in one language or several."""
    return "anyOf" in shape and shape is resolved(schema()["$defs"]["text"])


def number(raw: str, path: str) -> Decimal | int:
    """A number as it is typed, with a point or a comma; a whole one as the schema knows it. Raises BadChange."""
    if not _NUMBER.fullmatch(raw):
        raise BadChange(_("Write a number here, such as 3 or 2.5."), path)
    value = Decimal(raw.replace(",", "."))
    return int(value) if value == value.to_integral_value() else value


def words(raw: str) -> list[str]:
    """A list as it is typed, with commas or line breaks between its members; each once."""
    return list(dict.fromkeys(one for part in re.split(r"[,\n]", raw) if (one := part.strip())))


def _in_language(document: Any, path: str, raw: str, language: str) -> Any:
    raw = raw.replace("\r\n", "\n")
    present, default = found(document, path), document["default_locale"]
    language = language or default
    if not isinstance(present, Mapping):
        if language == default:
            return raw or None
        present = {default: present} if present else {}
    changed = {**present, language: raw} if raw else {key: one for key, one in present.items() if key != language}
    if set(changed) <= {default}:
        return changed.get(default) or None
    return changed


def _moment(document: Any, raw: str, path: str) -> str:
    """A moment of a browser's field, which is in the flow's zone, in UTC."""
    try:
        at = dt.datetime.fromisoformat(raw)
    except ValueError:
        raise BadChange(_("Choose a day and a time."), path) from None
    at = at if at.tzinfo else at.replace(tzinfo=zone_of_flow(document))
    return moment_text(at.astimezone(dt.UTC))


def local_moment(document: Any, value: Any) -> str:
    """A moment of the document as a browser's field shows it, in the flow's zone."""
    at = read_moment(value)
    return at.astimezone(zone_of_flow(document)).strftime("%Y-%m-%dT%H:%M") if at else ""


def _meant(document: Any, path: str, raw: str) -> Any:
    """A value whose type depends on what it is compared with or stored in."""
    holder, name = found(document, parent_of(path)), parts_of(path)[-1]
    if not isinstance(holder, Mapping):
        raise NoSuchPlace(path)
    if name == "right":
        return _right(document, holder, raw, path)
    if "rule" in holder:
        return number(raw, path) if holder["rule"] in _COUNTED else raw
    variable = holder if name == "initial" else _variable(document, holder)
    if name == "default" and holder.get("type") in _NUMERIC:
        return number(raw, path)
    if variable is None:
        return number(raw, path) if _NUMBER.fullmatch(raw) else raw
    return _as_type(variable["type"], raw, path)


def _variable(document: Any, holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in document.get("variables") or () if one["key"] == holder.get("variable")), None)


def _as_type(kind: str, raw: str, path: str) -> Any:
    if kind in ("number", "money"):
        return number(raw, path)
    if kind == "boolean":
        return raw.lower() in ("true", "1", "yes")
    return words(raw) if kind == "list" else raw


def _right(document: Any, comparison: Mapping[str, Any], raw: str, path: str) -> Any:
    if comparison["op"] in _NO_RIGHT:
        return None
    if comparison["op"] in _MANY:
        return [_one_right(document, comparison, one, path) for one in words(raw)]
    return _one_right(document, comparison, raw, path)


def _one_right(document: Any, comparison: Mapping[str, Any], raw: str, path: str) -> Any:
    block = question_of(document, comparison["left"])
    if block is None:
        variable = next(
            (one for one in document.get("variables") or () if comparison["left"] == f"variables.{one['key']}"), None
        )
        if variable is not None and variable["type"] != "list":
            return _as_type(variable["type"], raw, path)
        is_number = comparison["left"].partition(".")[0] in ("score", "max_score", "correct", "asked", "points")
        is_number = is_number or comparison["left"].startswith(("calculations.", "contest."))
        return number(raw, path) if is_number and _NUMBER.fullmatch(raw) else raw
    if block["type"] in ("yes_no", "consent"):
        return raw.lower() in ("true", "1", "yes")
    if block["type"] in _NUMERIC:
        return number(raw, path)
    return raw


def question_of(document: Any, path: str) -> Any:
    """The block whose answer a path reads, if it reads one."""
    root, _dot, key = path.partition(".")
    if root != "answers":
        return None
    return next((place.value for place in input_blocks(document) if place.value["key"] == key), None)


def choices_of(document: Any, path: str) -> list[tuple[str, Any]]:
    """What the answer that a path reads can be: keys with labels; outcomes for `outcome`; nothing where it is free."""
    if path in ("outcome", "outcome.key"):
        return [(one["key"], one["title"]) for one in document.get("outcomes") or ()]
    block = question_of(document, path)
    return [(one["key"], one["label"]) for one in choice_list(block)] if block else []
