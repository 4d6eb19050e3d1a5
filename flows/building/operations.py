"""Operations on a document. Each gives a new document and leaves the old one as it was.

A document with the shape of a flow (flow.schema.json) keeps that shape. What cannot be done raises BadChange with a
sentence, or NoSuchPlace when the document is not what the caller believed.
"""

import copy
from typing import Any

from django.utils.translation import gettext as _

from flows.building.catalogue import BY_TYPE, READY_MADE, WITH_CHOICES, fresh_block
from flows.building.fresh import ADDABLE, Document, answer_keys, free_key, fresh_action, fresh_member, keys_in
from flows.building.pointers import NoSuchPlace, at, found, holder_of, joined, parent_of, parts_of, place_in_list
from flows.building.references import Forgetting, Thing, keyed_things, renamed
from flows.building.shapes import is_valid
from flows.engine.flow import INPUT_TYPES, is_input

MOST_STEPS = 200
MOST_MEMBERS = 200
_KEPT_ON_RETYPE = ("key", "label", "help", "required", "visible_if", "contact_field", "save_to")


class BadChange(ValueError):
    """The change cannot be made; the sentence says why. `path` is the place of the value that was refused."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.path = sentence, path


def set_value(document: Document, path: str, value: Any) -> Document:
    """Put a value at a place; None takes an optional one away. A new key is followed by whatever refers to it."""
    if path.endswith("/key") and isinstance(value, str):
        return rename(document, parent_of(path), value)
    if value is not None and not is_valid(path, value):
        raise BadChange(_("This cannot be taken here."), path)
    made = copy.deepcopy(document)
    parts = parts_of(path)
    for count in range(1, len(parts)):
        _ensure(made, parts[:count])
    holder, last = holder_of(made, path)
    if isinstance(holder, list):
        number = place_in_list(last)
        if number >= len(holder) or value is None:
            raise NoSuchPlace(path)
        holder[number] = value
    elif isinstance(holder, dict):
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    else:
        raise NoSuchPlace(path)
    top = joined(parts[:-1])
    if not is_valid(top, at(made, top)):
        raise BadChange(_("This cannot be empty."), path)
    return made


def _ensure(document: Document, parts: list[str]) -> None:
    """Optional objects such as the settings come into being when something is put into them."""
    holder = at(document, joined(parts[:-1]))
    if isinstance(holder, dict) and parts[-1] not in holder:
        holder[parts[-1]] = {}


def rename(document: Document, path: str, key: str) -> Document:
    """Give something a new key, and follow it in everything that refers to it."""
    member = at(document, path)
    if not isinstance(member, dict) or "key" not in member:
        raise NoSuchPlace(path)
    if member["key"] == key:
        return document
    if not is_valid(f"{path}/key", key):
        raise BadChange(_("A key has letters from a to z, digits and “_”, and begins with a letter."), f"{path}/key")
    thing = _thing(document, path, member)
    if key in _taken(document, path, thing):
        raise BadChange(_("Something else has this key already."), f"{path}/key")
    made = renamed(document, thing, key)
    at(made, path)["key"] = key
    if thing.kind == "answer":
        _rename_twins(made, path, thing.key, key)
    return dict(made)


def _rename_twins(document: Document, path: str, old: str, new: str) -> None:
    """The variants of a step ask the same thing in other words: their questions keep one key."""
    step = at(document, joined(parts_of(path)[:2]))
    groups = [step.get("blocks") or (), *(one.get("blocks") or () for one in step.get("variants") or ())]
    for block in (block for group in groups for block in group):
        if is_input(block) and block["key"] == old:
            block["key"] = new


def _thing(document: Document, path: str, member: Document) -> Thing:
    parts = parts_of(path)
    name = parts[-2] if len(parts) > 1 else ""
    if name == "blocks":
        return Thing("answer" if is_input(member) else "shown", member["key"])
    if name in ("choices", "regions"):
        return Thing("choice", member["key"], str(at(document, joined(parts[:-2])).get("key", "")))
    return Thing(name, member["key"])


def _taken(document: Document, path: str, thing: Thing) -> set[str]:
    if thing.kind == "answer":
        return answer_keys(document) - {thing.key, f"{thing.key}_other"}
    return keys_in(at(document, parent_of(path))) - {thing.key}


def add_step(document: Document, kind: str, after: int) -> tuple[Document, str]:
    """A new step with one block, behind the step with that number (-1: first). Returns it with its pointer."""
    if len(document["steps"]) >= MOST_STEPS:
        raise BadChange(_("A flow has 200 steps at most. Split it into two."))
    made = copy.deepcopy(document)
    block = fresh_block(kind, free_key(kind, answer_keys(document)))
    place = min(max(after + 1, 0), len(made["steps"]))
    made["steps"].insert(place, {"key": free_key(kind, keys_in(document["steps"])), "blocks": [block]})
    return made, joined(["steps", str(place)])


def add_block(document: Document, path: str, kind: str) -> tuple[Document, str]:
    """A new block at the end of a step or an ending. Returns it with its pointer."""
    made = copy.deepcopy(document)
    holder = at(made, path)
    if not isinstance(holder, dict) or not is_valid(f"{path}/blocks", []):
        raise NoSuchPlace(path)
    if parts_of(path)[0] == "endings" and kind in INPUT_TYPES | READY_MADE:
        raise BadChange(_("An ending asks nothing. Put the question on a step."))
    blocks = holder.setdefault("blocks", [])
    _room(blocks)
    blocks.append(fresh_block(kind, free_key(kind, answer_keys(document))))
    return made, f"{path}/blocks/{len(blocks) - 1}"


def add_member(document: Document, path: str) -> tuple[Document, str]:
    """A new member of the list at a place: a choice, a result, a rule, a condition … Returns it with its pointer."""
    made = copy.deepcopy(document)
    parts = parts_of(path)
    name = parts[-1] if parts else ""
    if name not in ADDABLE:
        raise NoSuchPlace(path)
    for count in range(1, len(parts)):
        _ensure(made, parts[:count])
    holder, last = holder_of(made, path)
    members = holder.setdefault(last, []) if isinstance(holder, dict) else None
    if not isinstance(members, list):
        raise NoSuchPlace(path)
    _room(members)
    members.append(fresh_member(document, name, members))
    if not is_valid(path, members):
        raise BadChange(_("There is no room for another one."))
    return made, f"{path}/{len(members) - 1}"


def _room(members: list[Any]) -> None:
    if len(members) >= MOST_MEMBERS:
        raise BadChange(_("There is no room for another one."))


def move(document: Document, path: str, to: int) -> tuple[Document, str]:
    """Put a member of a list at another place of it; too far is the end. Returns it with its new pointer."""
    made = copy.deepcopy(document)
    members, last = holder_of(made, path)
    at(made, path)
    if not isinstance(members, list):
        raise NoSuchPlace(path)
    place = min(max(to, 0), len(members) - 1)
    members.insert(place, members.pop(place_in_list(last)))
    return made, f"{parent_of(path)}/{place}"


def move_by(document: Document, path: str, by: int) -> tuple[Document, str]:
    """Move a member of a list up (-1) or down (1)."""
    return move(document, path, place_in_list(parts_of(path)[-1]) + by)


def remove(document: Document, path: str) -> tuple[Document, int]:
    """Take something away, and let go of what refers to it. Returns how many such references went."""
    made = copy.deepcopy(document)
    member = at(made, path)
    holder, last = holder_of(made, path)
    if isinstance(holder, list):
        holder.pop(place_in_list(last))
    else:
        holder.pop(last)
    parent = parent_of(path)
    if not is_valid(parent, at(made, parent)):
        raise BadChange(_("The last one cannot be taken away."), path)
    return forgotten(made, _lost(document, path, member))


def forgotten(document: Document, things: list[Thing]) -> tuple[Document, int]:
    """The document without what refers to things that are gone, and how much that was."""
    forgetting = Forgetting(things)
    if not things:
        return document, 0
    kept = {name: one for name, one in document.items() if name in ("theme", "source")}
    return {**forgetting.walk(document), **kept}, forgetting.count


def _lost(document: Document, path: str, member: Any) -> list[Thing]:
    """What nobody can refer to any more. A question that a variant still asks is not lost."""
    parts = parts_of(path)
    name = parts[-2] if len(parts) > 1 else ""
    if name in ("choices", "regions"):
        return [_thing(document, path, member)]
    kind = name if name in ("steps", "endings", "variables", "calculations", "hidden_fields", "outcomes") else ""
    things = keyed_things(member, kind, lambda one: "type" in one and is_input(one) and "key" in one)
    still: dict[str, int] = {}
    if name == "blocks" and parts[0] == "steps":
        step = at(document, joined(parts[:2]))
        for group in [step["blocks"], *(one.get("blocks") or () for one in step.get("variants") or ())]:
            for key in keys_in(one for one in group if is_input(one)):
                still[key] = still.get(key, 0) + 1
    return [thing for thing in things if thing.kind != "answer" or still.get(thing.key, 1) == 1]


def duplicate(document: Document, path: str) -> tuple[Document, str]:
    """A copy behind a member of a list, with keys of its own. Returns it with its pointer."""
    member = at(document, path)
    return insert_copy(document, parent_of(path), member, place_in_list(parts_of(path)[-1]) + 1)


def insert_copy(document: Document, path: str, member: Any, place: int) -> tuple[Document, str]:
    """Put a copy, also from another flow, into a list. What it refers to and is not here, the checks will name."""
    made, copied = copy.deepcopy(document), copy.deepcopy(member)
    members = at(made, path)
    if not isinstance(members, list):
        raise NoSuchPlace(path)
    _room(members)
    is_block = parts_of(path)[-1] == "blocks"
    if isinstance(copied, dict) and "key" in copied and not is_block:
        copied["key"] = free_key(copied["key"], keys_in(members))
    copied = _with_new_answers(copied, answer_keys(document))
    place = min(place, len(members))
    members.insert(place, copied)
    if not is_valid(path, members):
        raise BadChange(_("This cannot be copied here."))
    return made, f"{path}/{place}"


def _with_new_answers(member: Any, taken: set[str]) -> Any:
    """Questions get keys that are free; what the copied part itself says of them follows."""
    keys: dict[str, str] = {}
    for thing in keyed_things(member, "", lambda one: "type" in one and is_input(one) and "key" in one):
        if thing.key not in keys:
            keys[thing.key] = free_key(thing.key, taken)
            taken = taken | {keys[thing.key], f"{keys[thing.key]}_other"}
    for old, new in keys.items():
        if old != new:
            member = renamed(member, Thing("answer", old), new)
            _put_key(member, old, new)
    return member


def _put_key(member: dict[str, Any], old: str, new: str) -> None:
    if member.get("key") == old and "type" in member and is_input(member):
        member["key"] = new
    for name in ("blocks", "variants"):
        for one in member.get(name) or ():
            _put_key(one, old, new)


def retype(document: Document, path: str, kind: str) -> Document:
    """Make a block one of another type; what both can have is kept."""
    block = at(document, path)
    if kind not in BY_TYPE or not isinstance(block, dict) or "type" not in block:
        raise NoSuchPlace(path)
    if is_input(block) != (kind in INPUT_TYPES):
        raise BadChange(_("A question cannot become something that only shows. Add a new one instead."))
    made = copy.deepcopy(document)
    fresh = fresh_block(kind, block.get("key", ""))
    kept = _KEPT_ON_RETYPE + (("choices",) if kind in WITH_CHOICES else ())
    kept += ("body", "src", "alt") if kind not in INPUT_TYPES else ()
    changed = {**fresh, **{name: block[name] for name in kept if name in block}}
    holder, last = holder_of(made, path)
    holder[place_in_list(last) if isinstance(holder, list) else last] = changed
    return made


def change_action(document: Document, path: str, do: str) -> Document:
    """Make an action do something else."""
    made = copy.deepcopy(document)
    holder, last = holder_of(made, path)
    if not isinstance(holder, list) or not is_valid(f"{path}/do", do):
        raise NoSuchPlace(path)
    at(made, path)
    holder[place_in_list(last)] = fresh_action(document, do)
    return made


def join_conditions(document: Document, path: str, how: str) -> Document:
    """Say of a condition whether `all` or `any` of its comparisons must hold, or `always`: no condition at all."""
    made = copy.deepcopy(document)
    holder, last = holder_of(made, path)
    if not isinstance(holder, dict) or how not in ("all", "any", "always"):
        raise NoSuchPlace(path)
    condition = found(made, path)
    if how == "always":
        holder.pop(last, None)
        return made
    members = [condition] if condition and not ({"all", "any"} & condition.keys()) else None
    holder[last] = {how: members or (condition or {}).get("all") or (condition or {}).get("any")
                    or [fresh_member(document, "all", [])]}  # fmt: skip
    if not is_valid(path, holder[last]):
        raise NoSuchPlace(path)
    return made
