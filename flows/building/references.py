"""What refers to something by its key: following a new key, and letting go of what is removed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# The root below which the keys of each kind are read, and the properties that name such a key outright.
ROOTS = {
    "answer": "answers",
    "variables": "variables",
    "calculations": "calculations",
    "hidden_fields": "hidden",
    "outcomes": "points",
}
_NAMING = {"variables": ("variable", "save_to"), "answer": ("of",), "endings": ("ending",)}
_TARGETS = {"steps": "step:", "endings": "ending:"}
_LEADING = ("next", "to", "start")
_PATHS = ("left", "right_ref")
_LITERALS = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
_PIPES = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True)
class Thing:
    """Something with a key: its kind (a list of the document, `answer`, or `choice` with its block), and the key."""

    kind: str
    key: str
    block: str = ""


def renamed(value: Any, thing: Thing, new: str) -> Any:
    """The same document, every reference to a thing by its new key."""
    return _Renaming(thing, new).walk(value, "")


class _Renaming:
    def __init__(self, thing: Thing, new: str) -> None:
        self.thing, self.new = thing, new
        root = ROOTS.get(thing.kind)
        ends = r"(?:_other)?" if thing.kind == "answer" else ""
        key = re.escape(thing.key)
        self.pattern = re.compile(rf"(?<![\w.])({root}\.){key}({ends})(?![\w])", re.ASCII) if root else None

    def walk(self, value: Any, name: str) -> Any:
        if isinstance(value, list):
            return [self.walk(one, name) for one in value]
        if isinstance(value, dict):
            return self._object(value, name)
        return self._text(value, name) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any], name: str) -> dict[str, Any]:
        thing, same = self.thing, {key: self.walk(one, key) for key, one in value.items()}
        if thing.kind == "outcomes" and name == "outcome_points":
            return {self.new if key == thing.key else key: one for key, one in same.items()}
        if thing.kind == "answer" and value.get("do") == "require" and value.get("target") == thing.key:
            same["target"] = self.new
        if value.get("rule") == "expr" and isinstance(value.get("value"), str):
            same["value"] = self._expression(value["value"])
        if compares_with(value, thing):
            same["right"] = _swapped(value["right"], thing.key, self.new)
        return same

    def _text(self, value: str, name: str) -> str:
        kind, key = self.thing.kind, self.thing.key
        if name in _NAMING.get(kind, ()) and value == key:
            return self.new
        if name in _LEADING and kind in _TARGETS and value == _TARGETS[kind] + key:
            return _TARGETS[kind] + self.new
        if name == "expr":
            return self._expression(value)
        if name in _PATHS:
            return self._paths(value)
        return _PIPES.sub(lambda match: self._paths(match[0]), value)

    def _paths(self, source: str) -> str:
        if self.pattern is None:
            return source
        return self.pattern.sub(lambda match: f"{match[1]}{self.new}{match[2]}", source)

    def _expression(self, source: str) -> str:
        """A formula with the paths outside of its quoted texts changed."""
        pieces = _LITERALS.split(source)
        return "".join(piece if number % 2 else self._paths(piece) for number, piece in enumerate(pieces))


def compares_with(value: dict[str, Any], thing: Thing) -> bool:
    """Whether a comparison asks for this choice or outcome."""
    if "right" not in value or "op" not in value:
        return False
    if thing.kind == "choice":
        wanted = {f"answers.{thing.block}"}
    elif thing.kind == "outcomes":
        wanted = {"outcome", "outcome.key"}
    else:
        return False
    right = value["right"]
    return value.get("left") in wanted and (right == thing.key or (isinstance(right, list) and thing.key in right))


def _swapped(right: Any, key: str, new: str) -> Any:
    return [new if one == key else one for one in right] if isinstance(right, list) else new


class Forgetting:
    """Lets go of what refers to removed things. `count` says of how much.

    Conditions lose the comparisons with them. A rule that was only about them goes: without its condition it would
    do for everybody what it did for some. Formulas and texts stay as they are, and the checks point at them.
    """

    def __init__(self, things: list[Thing]) -> None:
        self.things = things
        self.count = 0
        self._targets = {_TARGETS[one.kind] + one.key for one in things if one.kind in _TARGETS}
        self._paths = [re.compile(path) for one in things if (path := _path_of(one))]

    def walk(self, value: Any) -> Any:
        """The document without those references."""
        if isinstance(value, list):
            return [kept for one in value if (kept := self._member(one)) is not None]
        if not isinstance(value, dict):
            return value
        same: dict[str, Any] = {}
        for name, one in value.items():
            if self._is_gone(name, one):
                self.count += 1
            elif name in ("visible_if", "required_if", "when", "custom"):
                condition = self._condition(one)
                if condition is not None:
                    same[name] = condition
            elif name == "outcome_points":
                same[name] = self._points(one)
            else:
                same[name] = self.walk(one)
        return same

    def _points(self, points: dict[str, Any]) -> dict[str, Any]:
        gone = {one.key for one in self.things if one.kind == "outcomes"} & points.keys()
        self.count += len(gone)
        return {key: one for key, one in points.items() if key not in gone}

    def _is_gone(self, name: str, value: Any) -> bool:
        if name in ("next", "start"):
            return value in self._targets
        return any(name in _NAMING.get(one.kind, ()) and value == one.key for one in self.things) and name != "of"

    def _member(self, value: Any) -> Any:
        """A member of a list, or None: actions and rules go when what they were about is gone."""
        if isinstance(value, dict):
            if "do" in value and self._acts_on(value):
                self.count += 1
                return None
            if "actions" in value:
                return self._rule(value)
            if value.get("type") == "poll_results" and Thing("answer", value.get("of", "")) in self.things:
                self.count += 1
                return None
        return self.walk(value)

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any] | None:
        condition = self._condition(rule["when"]) if "when" in rule else None
        actions = self.walk(rule["actions"])
        if ("when" in rule and condition is None) or not actions:
            return None
        return {**rule, **({"when": condition} if "when" in rule else {}), "actions": actions}

    def _acts_on(self, action: dict[str, Any]) -> bool:
        named = {("variables", action.get("variable"))}
        if action["do"] == "require":
            named.add(("answer", action.get("target")))
        return action.get("to") in self._targets or any((one.kind, one.key) in named for one in self.things)

    def _condition(self, condition: dict[str, Any]) -> dict[str, Any] | None:
        """What is left of a condition; None when all of it was about what is gone."""
        for name in ("all", "any"):
            if name in condition:
                kept = [one for one in map(self._condition, condition[name]) if one is not None]
                return {name: kept} if kept else None
        if "not" in condition:
            inner = self._condition(condition["not"])
            return {"not": inner} if inner is not None else None
        reads = [condition.get(name, "") for name in _PATHS]
        is_about = any(path.fullmatch(read) for path in self._paths for read in reads)
        if is_about or any(compares_with(condition, one) for one in self.things):
            self.count += 1
            return None
        return condition


def _path_of(thing: Thing) -> str:
    root = ROOTS.get(thing.kind)
    ends = "(?:_other)?" if thing.kind == "answer" else ""
    return rf"{root}\.{re.escape(thing.key)}{ends}(?:\..*)?" if root else ""


def keyed_things(value: Any, kind: str, test: Callable[[dict[str, Any]], bool]) -> list[Thing]:
    """What is lost with a removed part of the document: itself, and the questions in it."""
    things: list[Thing] = []
    if isinstance(value, dict):
        if test(value):
            things.append(Thing("answer", value["key"]))
        elif kind and "key" in value:
            things.append(Thing(kind, value["key"]))
        for name in ("blocks", "variants"):
            for one in value.get(name) or ():
                things += keyed_things(one, "", test)
    return things
