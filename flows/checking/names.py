"""Names: each once among its kind, none taken, and every reference to something that is there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from flows.checking.places import (
    Document,
    Place,
    actions_of,
    addresses_of,
    all_blocks,
    comparisons_of,
    expressions_of,
    input_blocks,
    targets_of,
    texts_of,
)
from flows.checking.problems import Problem, pointer
from flows.engine.errors import FlowError
from flows.engine.expressions import known_path, paths_of
from flows.engine.flow import OTHER
from flows.engine.intake import choice_list
from flows.engine.piping import pipes_of
from flows.engine.syntax import LONE_ROOTS, ROOTS
from flows.engine.values import fold

_KEYED = ("endings", "variables", "calculations", "outcomes", "hidden_fields")


class Names:
    """What a flow defines, by kind."""

    def __init__(self, flow: Document) -> None:
        self.flow = flow

    def _keys(self, kind: str) -> set[str]:
        return {one["key"] for one in self.flow.get(kind) or ()}

    @cached_property
    def known(self) -> Mapping[str, set[str]]:
        """The keys below each root that can be checked."""
        answers = {place.value["key"] for place in input_blocks(self.flow)}
        return {
            "answers": answers | {key + OTHER for key in answers},
            "variables": self._keys("variables"),
            "calculations": self._keys("calculations"),
            "hidden": self._keys("hidden_fields"),
            "points": self._keys("outcomes"),
        }

    def references(self) -> Iterator[tuple[Place, tuple[str, ...]]]:
        """Every path that is read, with the place where it is."""
        for comparison in comparisons_of(self.flow):
            for name in ("left", "right_ref"):
                if name in comparison.value:
                    place = Place(comparison.value[name], f"{comparison.path}/{name}", comparison.step)
                    yield place, tuple(comparison.value[name].split("."))
        for expression in expressions_of(self.flow):
            for names in readable_paths(expression.value):
                yield expression, names
        for text in [*texts_of(self.flow), *addresses_of(self.flow)]:
            for words in wordings(text.value):
                for names in pipes_of(words):
                    yield text, names


def wordings(text: Any) -> Iterable[str]:
    """A text in all its languages."""
    return text.values() if isinstance(text, Mapping) else [text]


def readable_paths(source: str) -> list[tuple[str, ...]]:
    """The paths of an expression; none where it does not compile, which is a problem of its own."""
    try:
        return paths_of(source)
    except FlowError:
        return []


def check_names(flow: Document) -> Iterator[Problem]:
    """E02, E03, E06, E12, E13."""
    names = Names(flow)
    yield from _duplicates(flow)
    yield from _choices(flow)
    for index, variable in enumerate(flow.get("variables") or ()):
        if variable["key"] in LONE_ROOTS | ROOTS:
            yield Problem("E12", pointer("variables", index, "key"), {"key": variable["key"]})
    yield from _targets(flow)
    for place, path in names.references():
        is_known = known_path(path) and (path[0] not in names.known or path[1] in names.known[path[0]])
        if not is_known:
            yield Problem("E06", place.path, {"name": ".".join(path)})
    yield from _named_things(flow, names)


def _duplicates(flow: Document) -> Iterator[Problem]:
    steps_of_key: dict[str, set[str]] = {}
    seen: dict[tuple[str, str], str] = {}
    for place in input_blocks(flow):
        key, step = place.value["key"], place.step or ""
        where = seen.get((step, key))
        # The variants of one step may ask the same thing in other words.
        group = place.path.rsplit("/blocks/", 1)[0]
        if where == group or steps_of_key.setdefault(key, {step}) != {step}:
            yield Problem("E02", f"{place.path}/key", {"key": key})
        seen.setdefault((step, key), group)
    for place in input_blocks(flow):
        if place.value["key"].endswith(OTHER) and place.value["key"].removesuffix(OTHER) in steps_of_key:
            yield Problem("E02", f"{place.path}/key", {"key": place.value["key"]})
    for kind in ("steps", *_KEYED):
        counts = Counter(one["key"] for one in flow.get(kind) or ())
        for index, one in enumerate(flow.get(kind) or ()):
            if counts[one["key"]] > 1:
                yield Problem("E02", pointer(kind, index, "key"), {"key": one["key"]})


def _choices(flow: Document) -> Iterator[Problem]:
    for place in all_blocks(flow):
        seen: set[str] = set()
        for number, choice in enumerate(choice_list(place.value)):
            if fold(choice["key"]) in seen:
                yield Problem("E13", f"{place.path}/choices/{number}/key", {"key": choice["key"]})
            seen.add(fold(choice["key"]))


def _targets(flow: Document) -> Iterator[Problem]:
    steps = {step["key"] for step in flow["steps"]}
    endings = {ending["key"] for ending in flow["endings"]}
    for place in targets_of(flow):
        kind, _colon, key = place.value.partition(":")
        if (kind == "step" and key not in steps) or (kind == "ending" and key not in endings):
            yield Problem("E03", place.path, {"target": place.value})
    for index, outcome in enumerate(flow.get("outcomes") or ()):
        if outcome.get("ending", next(iter(endings))) not in endings:
            yield Problem("E03", pointer("outcomes", index, "ending"), {"target": outcome["ending"]})


def _named_things(flow: Document, names: Names) -> Iterator[Problem]:
    """Variables that are stored into, blocks that are required or charted, outcomes that get points."""
    for action in actions_of(flow):
        for name, kind in (("variable", "variables"), ("target", "answers")):
            wanted = action.value.get(name)
            is_method = name == "target" and action.value["do"] != "require"
            if wanted is not None and not is_method and wanted not in names.known[kind]:
                yield Problem("E06", f"{action.path}/{name}", {"name": wanted})
    for place in all_blocks(flow):
        for name, kind in (("save_to", "variables"), ("of", "answers")):
            wanted = place.value.get(name)
            if wanted is not None and wanted not in names.known[kind]:
                yield Problem("E06", f"{place.path}/{name}", {"name": wanted})
        for number, choice in enumerate(choice_list(place.value)):
            for outcome in choice.get("outcome_points") or ():
                if outcome not in names.known["points"]:
                    path = f"{place.path}/choices/{number}/outcome_points/{outcome}"
                    yield Problem("E06", path, {"name": outcome})
