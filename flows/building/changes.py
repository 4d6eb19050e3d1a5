"""One change of the builder: what was typed in the controls, then what a button asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from flows.building.contest_changes import Host, begin_contest, completed
from flows.building.fresh import Document
from flows.building.operations import (
    BadChange,
    add_block,
    add_member,
    add_step,
    change_action,
    duplicate,
    join_conditions,
    move,
    move_by,
    remove,
    retype,
    set_value,
)
from flows.building.pointers import NoSuchPlace, at, found, parts_of, place_in_list
from flows.building.typed import number, typed
from flows.building.variants import add_version, keep_version, remove_version

PREFIX = "v:"
MOST_VALUES = 2_000
_USUALLY_ON = frozenset({"back", "count_only_verified", "block_self"})
_DECIDING = frozenset({"do", "type", "left", "op", "rule", "outcome_mode"})
_KINDS: Mapping[tuple[str, str], Callable[[Document, str, str], Document]] = {
    ("do", "actions"): change_action,
    ("type", "blocks"): retype,
}


@dataclass
class Change:
    """What came of it: the document, sentences about refused values by place, what to say, and where to go on.

    `panel` is the part of the builder to show now, "" for the same; `focus` the pointer to put the cursor at. `host`
    would run a contest that is begun.
    """

    document: Document
    refused: dict[str, str] = field(default_factory=dict)
    said: str = ""
    panel: str = ""
    focus: str = ""
    host: Host | None = None


def apply_values(document: Document, sent: Mapping[str, str], boxes: list[str], language: str) -> Change:
    """Take over what was typed. A value that cannot be taken is refused alone; the others are kept."""
    change = Change(document)
    values = [(name.removeprefix(PREFIX), raw) for name, raw in sent.items() if name.startswith(PREFIX)]
    values += [(path, "") for path in boxes if f"{PREFIX}{path}" not in sent]
    for path, raw in sorted(values[:MOST_VALUES], key=lambda one: _rank(one[0])):
        try:
            change.document = _put(change.document, path, raw, language, is_box=path in boxes)
        except BadChange as error:
            change.refused[error.path or path] = error.sentence
        except NoSuchPlace:
            continue  # what held it was changed by this very form, such as to another type
    change.document = completed(document, change.document)
    return change


def joined_choices(document: Document, many: Mapping[str, list[str]]) -> dict[str, str]:
    """What was ticked in lists of boxes, by place, as values for `apply_values`. What was there keeps its order."""
    made = {}
    for path, ticked in many.items():
        present = found(document, path)
        kept = [one for one in present if one in ticked] if isinstance(present, list) else []
        members = [*kept, *(one for one in ticked if one not in kept)]
        made[f"{PREFIX}{path}"] = ",".join(str(one) for one in members if one)
    return made


def _rank(path: str) -> int:
    """Values first; then what decides which values there are; then keys and what moves conditions about."""
    last = path.rpartition("/")[2]
    return {"key": 2, "how": 3}.get(last, int(last in _DECIDING))


def _put(document: Document, path: str, raw: str, language: str, *, is_box: bool) -> Document:
    parts = parts_of(path)
    last, list_name = parts[-1], parts[-3] if len(parts) > 2 else ""
    if last == "how":
        return _joined(document, path.removesuffix("/how"), raw)
    if (last, list_name) in _KINDS:
        holder = path.removesuffix(f"/{last}")
        return document if found(document, path) == raw else _KINDS[last, list_name](document, holder, raw)
    if is_box:
        return _ticked(document, path, is_on=raw == "true")
    value, present = typed(document, path, raw, language), found(document, path)
    if present == value and isinstance(present, bool) == isinstance(value, bool):
        return document
    if value is not None:
        return _fitted(set_value(document, path, value), path)
    try:
        return set_value(document, path, None)
    except BadChange:
        return set_value(document, path, "")


def _joined(document: Document, path: str, how: str) -> Document:
    condition = found(document, path)
    present = "always" if condition is None else _how(condition)
    return document if how in (present, "") else join_conditions(document, path, how)


def _how(condition: Any) -> str:
    """How the parts of a condition are joined; a comparison alone is all there is."""
    if "op" in condition:
        return "all"
    return next((one for one in ("all", "any") if one in condition), "")


def _ticked(document: Document, path: str, *, is_on: bool) -> Document:
    """Tick a box; nothing is written where it says what is so anyway."""
    present = found(document, path)
    usual = _usual(document, path) if present is None else present
    return document if usual == is_on else set_value(document, path, is_on)


def _usual(document: Document, path: str) -> bool:
    """What a box means while the document says nothing of it."""
    holder, _slash, name = path.rpartition("/")
    return name in _USUALLY_ON or (name == "disposable_email" and found(document, holder) is not None)


def _fitted(document: Document, path: str) -> Document:
    """After another question or operator is chosen, an old value that no longer fits is let go."""
    holder, name = path.rpartition("/")[0], path.rpartition("/")[2]
    if name not in ("left", "op") or found(document, f"{holder}/right") is None:
        return document
    old = found(document, f"{holder}/right")
    many = found(document, f"{holder}/op") in ("one_of", "none_of", "all_of", "between")
    if name == "op" and isinstance(old, list) == many:
        return document
    return set_value(document, f"{holder}/right", None)


def operate(change: Change, words: str) -> Change:
    """Do what a button says, such as `move /steps/2 up`. Raises BadChange and NoSuchPlace."""
    verb, *rest = words.split(" ")
    operation, count = _OPERATIONS.get(verb, (None, 0))
    if operation is None or len(rest) != count:
        raise NoSuchPlace(words)
    before = change.document
    change = operation(change, *rest)
    change.document = completed(before, change.document)
    return change


def _add_step(change: Change, kind: str, after: str) -> Change:
    document, path = add_step(change.document, kind, int(after) if after == "-1" else place_in_list(after))
    change.document, change.panel = document, f"step:{at(document, path)['key']}"
    change.focus, change.said = f"{path}/title", _("There is a new step.")
    return change


def _add_block(change: Change, kind: str, path: str) -> Change:
    change.document, made = add_block(change.document, path, kind)
    change.focus = f"{made}/label" if found(change.document, f"{made}/label") is not None else made
    change.said = _("It is added at the end.")
    return change


def _add(change: Change, path: str) -> Change:
    holder, how = path.rpartition("/")[0], path.rpartition("/")[2]
    if how in ("all", "any") and "op" in (found(change.document, holder) or {}):
        change.document = join_conditions(change.document, holder, how)
    change.document, made = add_member(change.document, path)
    change.focus = made
    if path == "/endings":
        change.panel = f"ending:{at(change.document, made)['key']}"
    return change


def _move(change: Change, path: str, to: str) -> Change:
    if to in ("up", "down"):
        change.document, made = move_by(change.document, path, -1 if to == "up" else 1)
    else:
        change.document, made = move(change.document, path, place_in_list(to))
    change.focus = made
    change.said = _("Moved to place %(place)d.") % {"place": place_in_list(parts_of(made)[-1]) + 1}
    return change


def _remove(change: Change, path: str) -> Change:
    change.document, count = remove(change.document, path)
    change.said = _("Taken away. Undo brings it back.")
    if count:
        change.said = _("Taken away, with %(count)d places that referred to it. Undo brings all back.") % {
            "count": count
        }
    return change


def _add_version(change: Change, path: str) -> Change:
    change.document, made = add_version(change.document, path)
    step, version = at(change.document, path), at(change.document, made)
    change.panel, change.focus = f"step:{step['key']}/{version['key']}", f"{path}/variants"
    change.said = _("There is another version, a copy to change. Both are shown equally often.")
    return change


def _remove_version(change: Change, path: str) -> Change:
    change.document, count = remove_version(change.document, path)
    return _ended(change, path, count, _("Taken away. Undo brings it back."))


def _keep_version(change: Change, path: str) -> Change:
    change.document, count = keep_version(change.document, path)
    return _ended(change, path, count, _("Everybody gets this version now. Undo brings the others back."))


def _ended(change: Change, path: str, count: int, said: str) -> Change:
    place = place_in_list(parts_of(path)[1])
    change.panel, change.said = f"step:{change.document['steps'][place]['key']}", said
    if count:
        change.said = _("Taken away, with %(count)d places that referred to it. Undo brings all back.") % {
            "count": count
        }
    return change


def _begin_contest(change: Change) -> Change:
    if change.host is None:
        raise NoSuchPlace("/contest")
    change.document = begin_contest(change.document, change.host)
    change.panel, change.focus, change.said = "contest", "/contest/prizes/0/name", _("This is a contest now.")
    return change


def _draw(change: Change, path: str, *sides: str) -> Change:
    """A new place of a picture, where somebody drew it."""
    change.document, made = add_member(change.document, path)
    if "width" not in at(change.document, made):
        raise NoSuchPlace(path)
    for name, raw in zip(("x", "y", "width", "height"), sides, strict=True):
        change.document = set_value(change.document, f"{made}/{name}", number(raw, f"{made}/{name}"))
    change.focus = f"{made}/label"
    return change


def _duplicate(change: Change, path: str) -> Change:
    change.document, made = duplicate(change.document, path)
    change.focus, change.said = made, _("There is a copy below.")
    if path.startswith(("/steps/", "/endings/")) and path.count("/") == 2:
        kind = "step" if path.startswith("/steps/") else "ending"
        change.panel = f"{kind}:{at(change.document, made)['key']}"
    return change


_OPERATIONS: Mapping[str, tuple[Callable[..., Change] | None, int]] = {
    "add-step": (_add_step, 2),
    "add-block": (_add_block, 2),
    "add": (_add, 1),
    "move": (_move, 2),
    "remove": (_remove, 1),
    "copy": (_duplicate, 1),
    "draw": (_draw, 5),
    "begin-contest": (_begin_contest, 0),
    "add-version": (_add_version, 1),
    "remove-version": (_remove_version, 1),
    "keep-version": (_keep_version, 1),
}
