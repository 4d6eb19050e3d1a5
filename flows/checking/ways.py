"""Where each step can lead: dead ends, steps nobody reaches, circles that ask nothing, answers read too early."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flows.checking.names import Names
from flows.checking.places import Document, actions_of, blocks_of, targets_of
from flows.checking.problems import Problem, pointer
from flows.engine.flow import OTHER, is_input

END = ""
_LEAVING = frozenset({"redirect", "handoff", "end"})


class Ways:
    """The graph of a flow: for each step the steps it may lead to, END among them."""

    def __init__(self, flow: Document) -> None:
        self._steps = list(flow["steps"])
        self._places = {step["key"]: place for place, step in enumerate(self._steps)}
        self._is_film = "video" in flow
        self._asks = {
            step["key"]: any(is_input(place.value) for place in blocks_of(step, index))
            for index, step in enumerate(self._steps)
        }
        self.next: dict[str, set[str]] = {step["key"]: set() for step in self._steps}
        for step in self._steps:
            self.next[step["key"]] |= self._ways_on(step)
        for place in targets_of(flow):
            if place.step is not None:
                self.next[place.step] |= self._resolved(place.value, self._places[place.step])
        self._add_actions(flow)
        self.first = self._resolved(flow.get("start", "next"), -1)
        if self._is_film:
            self.first = {step["key"] for step in self._steps}

    def _add_actions(self, flow: Document) -> None:
        for action in actions_of(flow):
            found = {END} if action.value["do"] in _LEAVING and "to" not in action.value else set()
            if action.step is not None:
                self.next[action.step] |= found
            elif "to" in action.value:  # an event may come at any step
                for key in self.next:
                    self.next[key] |= self._resolved(action.value["to"], len(self._steps))

    def _ways_on(self, step: Mapping[str, Any]) -> set[str]:
        """Where a step leads by itself: its list order, unless `next` of the step or of all variants says otherwise."""
        variants = step.get("variants") or ()
        is_told = "next" in step or (bool(variants) and all("next" in one for one in variants))
        following = self._following(self._places[step["key"]])
        if not is_told:
            return following
        # An invisible step is passed over in the order of the list, whatever its `next` says.
        return following if "visible_if" in step else set()

    def _following(self, place: int) -> set[str]:
        """The next visible step: any up to the first that is always visible, else an ending."""
        found = set()
        for step in self._steps[place + 1 :]:
            found.add(str(step["key"]))
            if "visible_if" not in step:
                return found
        return found | {END}

    def _resolved(self, target: str, place: int) -> set[str]:
        kind, _colon, key = target.partition(":")
        if kind == "step":
            return {key} & self._places.keys()
        if kind in ("ending", "flow"):
            return {END}
        return self._following(place) if kind in ("next", "return") else set()

    def reached(self, start: Iterable[str]) -> set[str]:
        """Everything that can be reached from some steps, themselves included."""
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(self.next.get(key, ()))
        return found

    def circles_without_question(self) -> Iterator[str]:
        """Steps that lead back to themselves over steps that ask nothing."""
        silent = {key: targets for key, targets in self.next.items() if not self._asks[key]}
        for key, targets in silent.items():
            found: set[str] = set()
            waiting = [one for one in targets if one in silent]
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting.extend(other for other in silent[one] if other in silent)
            if key in found:
                yield key


def check_ways(flow: Document) -> Iterator[Problem]:
    """E04, E05, E07, E08."""
    ways = Ways(flow)
    places = {step["key"]: pointer("steps", index) for index, step in enumerate(flow["steps"])}
    reached = ways.reached(ways.first)
    for key, path in places.items():
        if key not in reached:
            yield Problem("E04", path, {"step": key})
        elif END not in ways.reached([key]) and "video" not in flow:
            yield Problem("E05", path, {"step": key})
    for key in ways.circles_without_question():
        yield Problem("E08", places[key], {"step": key})
    yield from _read_too_early(flow, ways, reached)


def _read_too_early(flow: Document, ways: Ways, reached: set[str]) -> Iterator[Problem]:
    """An answer that on no way can have been given when it is read."""
    step_of = {
        place.value["key"]: step["key"]
        for index, step in enumerate(flow["steps"])
        for place in blocks_of(step, index)
        if is_input(place.value)
    }
    after = {key: ways.reached(ways.next[key]) for key in ways.next}
    for place, path in Names(flow).references():
        asked = step_of.get(path[1].removesuffix(OTHER)) if path[0] == "answers" and len(path) > 1 else None
        if asked is None or place.step is None or place.step not in reached or asked == place.step:
            continue
        if place.step not in after[asked]:
            yield Problem("E07", place.path, {"name": path[1]})
