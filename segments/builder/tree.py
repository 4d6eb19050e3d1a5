"""Editing the shape of a rule: adding, removing, moving, grouping and turning sentences round.

The builder works on an open rule, whose root is always a group; paths are JSON Pointers into it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from segments.language.problems import pointer
from segments.language.registry import Node, Rule
from segments.language.words import VERSION

ROOT = "/where"
GROUPS = ("all", "any")
# How a group joins its sentences, said in one word: the group and whether it is denied.
JOINS = {"all": ("all", False), "any": ("any", False), "none": ("any", True), "not_all": ("all", True)}


class BadOperation(ValueError):
    """An operation that does not fit the rule it came with, such as a path that leads nowhere."""


def open_rule(rule: Rule) -> Node:
    """Return the root group of a rule for editing; everyone is a group without sentences."""
    where = _without_double_nots(rule["where"])
    if where == {"kind": "everyone"}:
        return {"all": []}
    return where if group_of(where) else {"all": [where]}


def _without_double_nots(node: Node) -> Node:
    """Return a copy in which "not not" is gone; it means nothing."""
    if "not" in node:
        inner = node["not"]
        return _without_double_nots(inner["not"]) if "not" in inner else {"not": _without_double_nots(inner)}
    group = group_of(node)
    return {group: [_without_double_nots(child) for child in node[group]]} if group else copy.deepcopy(node)


def close_rule(root: Node) -> Rule:
    """Return the rule of a root group; a group of one is that one, an empty root is everyone."""
    group = group_of(root)
    children = root[group] if group else []
    if not children:
        return {"version": VERSION, "where": {"kind": "everyone"}}
    return {"version": VERSION, "where": copy.deepcopy(children[0] if len(children) == 1 else root)}


def group_of(node: Node) -> str:
    """Return "all" or "any" for a group, else nothing."""
    return next((group for group in GROUPS if group in node), "")


def inner_path(node: Node, path: str) -> str:
    """Return the path of what stands below the "not" in front of a node, if there is one."""
    return f"{path}/not" if "not" in node else path


def find(root: Node, path: str) -> Any:
    """Return what a path leads to; raises BadOperation."""
    if path != ROOT and not path.startswith(f"{ROOT}/"):
        raise BadOperation(path)
    found: Any = root
    for step in path[len(ROOT) :].split("/")[1:]:
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise BadOperation(path) from error
    return found


def _place(root: Node, path: str) -> tuple[list[Node], int]:
    """Return the list a child stands in, and where."""
    above, _slash, position = path.rpartition("/")
    children = find(root, above) if above else None
    if not isinstance(children, list) or not position.isdecimal() or int(position) >= len(children):
        raise BadOperation(path)
    return children, int(position)


def _children(root: Node, path: str) -> list[Node]:
    """Return the children of the group at a path, looking through its "not"."""
    node = find(root, path)
    inner = node.get("not", node) if isinstance(node, dict) else {}
    group = group_of(inner) if isinstance(inner, dict) else ""
    if not group:
        raise BadOperation(path)
    children: list[Node] = inner[group]
    return children


def add(root: Node, path: str, child: Node) -> None:
    """Add a child at the end of the group at a path."""
    _children(root, path).append(child)


def remove(root: Node, path: str, _argument: str = "") -> None:
    """Remove a child; a group inside the root goes with its last sentence."""
    children, position = _place(root, path)
    del children[position]
    above = path.rpartition("/")[0].rpartition("/")[0].removesuffix("/not")
    if not children and above != ROOT:
        remove(root, above)


def move_up(root: Node, path: str, _argument: str = "") -> None:
    """Move a child before the one above it."""
    children, position = _place(root, path)
    if position:
        children.insert(position - 1, children.pop(position))


def move_down(root: Node, path: str, _argument: str = "") -> None:
    """Move a child behind the one below it."""
    children, position = _place(root, path)
    children.insert(position + 1, children.pop(position))


def duplicate(root: Node, path: str, _argument: str = "") -> None:
    """Repeat a child below itself."""
    children, position = _place(root, path)
    children.insert(position + 1, copy.deepcopy(children[position]))


def wrap(root: Node, path: str, _argument: str = "") -> None:
    """Put a child into a group of its own, joined the other way than the group around it."""
    children, position = _place(root, path)
    around = path.rpartition("/")[0].rpartition("/")[2]
    children[position] = {"any" if around == "all" else "all": [children[position]]}


def unwrap(root: Node, path: str, _argument: str = "") -> None:
    """Put the sentences of a group in its place; one that is denied keeps its brackets."""
    children, position = _place(root, path)
    group = group_of(children[position])
    if group:
        children[position : position + 1] = children[position][group]


def turn_round(root: Node, path: str, _argument: str = "") -> None:
    """Deny a child, or take its "not" away."""
    children, position = _place(root, path)
    child = children[position]
    children[position] = child.get("not", {"not": child})


def move_to(root: Node, path: str, argument: str) -> None:
    """Move a child to `target group path,position`, counted before it is taken away."""
    target, _comma, index = argument.rpartition(",")
    children, position = _place(root, path)
    new_home = _children(root, target)
    if not index.isdecimal() or int(index) > len(new_home) or target == path or target.startswith(f"{path}/"):
        raise BadOperation(argument)
    child = children[position]
    # A mark keeps the place while positions shift.
    mark: Node = {}
    new_home.insert(int(index), mark)
    _remove_same(children, child)
    _replace_same(new_home, mark, child)


def group_above(path: str) -> str:
    """Return the path of the group a child stands in."""
    return path.rpartition("/")[0].rpartition("/")[0].removesuffix("/not")


def neighbour_group(root: Node, path: str) -> str:
    """Return the path of the group a child can be moved into: the one above it, else the one below it, else none."""
    children, position = _place(root, path)
    stem = path.rpartition("/")[0]
    for place in (position - 1, position + 1):
        if 0 <= place < len(children):
            inner = children[place].get("not", children[place])
            if group_of(inner):
                return pointer(stem, place)
    return ""


def move_in(root: Node, path: str, _argument: str = "") -> None:
    """Move a child into the group beside it: to the end of one above, to the beginning of one below."""
    target = neighbour_group(root, path)
    if not target:
        return
    is_above = int(target.rpartition("/")[2]) < int(path.rpartition("/")[2])
    children, position = _place(root, path)
    home = _children(root, target)
    home.insert(len(home) if is_above else 0, children.pop(position))


def move_out(root: Node, path: str, _argument: str = "") -> None:
    """Move a child out of its group to the place below it; a group goes with its last sentence."""
    above = group_above(path)
    if above in ("", ROOT):
        return
    children, position = _place(root, path)
    outer, place = _place(root, above)
    outer.insert(place + 1, children.pop(position))
    if not children:
        del outer[place]


def path_of(root: Node, child: Node, path: str = ROOT) -> str:
    """Return the path of this very child; empty when it is not there."""
    for own_path, one in rows_of(root, path):
        if one is child:
            return own_path
        inner = one.get("not", one)
        found = path_of(root, child, own_path) if group_of(inner) else ""
        if found:
            return found
    return ""


def _remove_same(children: list[Node], child: Node) -> None:
    for position, one in enumerate(children):
        if one is child:
            del children[position]
            return


def _replace_same(children: list[Node], mark: Node, child: Node) -> None:
    for position, one in enumerate(children):
        if one is mark:
            children[position] = child
            return


def set_join(root: Node, path: str, join: str) -> Node:
    """Join the sentences of the group at a path in another way; returns the root, which may be a new one."""
    if join not in JOINS:
        raise BadOperation(join)
    group, is_denied = JOINS[join]
    children = _children(root, path)
    joined: Node = {"not": {group: children}} if is_denied else {group: children}
    if path == ROOT:
        return {"all": [joined]} if is_denied else joined
    home, position = _place(root, path)
    home[position] = joined
    return root


def join_of(node: Node) -> str:
    """Return the word for how a group joins its sentences."""
    inner = node.get("not", node)
    group = group_of(inner)
    return next(word for word, meaning in JOINS.items() if meaning == (group, "not" in node))


OPERATIONS: dict[str, Callable[[Node, str, str], None]] = {
    "remove": remove,
    "up": move_up,
    "down": move_down,
    "duplicate": duplicate,
    "wrap": wrap,
    "in": move_in,
    "out": move_out,
    "unwrap": unwrap,
    "turn": turn_round,
    "move": move_to,
}


def edit_rule(root: Node, operation: str, path: str, argument: str = "") -> Node:
    """Return the root after one operation; the one given stays as it is. Raises BadOperation."""
    return edit_and_follow(root, operation, path, argument)[0]


def edit_and_follow(root: Node, operation: str, path: str, argument: str = "") -> tuple[Node, str]:
    """Return the root after one operation, and the path of the row it left behind for the next one.

    That is where the row is now; after a removal its neighbour, or else the group it was in. Raises BadOperation.
    """
    edited = copy.deepcopy(root)
    if operation == "join":
        return set_join(edited, path, argument), path
    if operation not in OPERATIONS:
        raise BadOperation(operation)
    child = find(edited, path)
    OPERATIONS[operation](edited, path, argument)
    if operation in ("remove", "duplicate"):
        return edited, _left_behind(edited, path, 1 if operation == "duplicate" else 0)
    # Turned round or taken apart it is another node in the same place.
    return edited, path_of(edited, child) or path


def _left_behind(root: Node, path: str, step: int) -> str:
    stem, _slash, position = path.rpartition("/")
    for place in (int(position) + step, int(position) - 1):
        try:
            find(root, pointer(stem, place) if place >= 0 else "")
        except BadOperation:
            continue
        return pointer(stem, place)
    return group_above(path)


def rows_of(root: Node, path: str = ROOT) -> list[tuple[str, Node]]:
    """Return path and node of every child of the group at a path."""
    node = find(root, path)
    inner_at = inner_path(node, path)
    inner = node.get("not", node)
    group = group_of(inner)
    return [(pointer(f"{inner_at}/{group}", position), child) for position, child in enumerate(inner[group])]
