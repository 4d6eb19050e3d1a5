"""A picture of the branches, derived from the document: who leads where, laid out in rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from flows.building.sentences import condition_words, ending_title, plain, step_title
from flows.engine.flow import is_input
from flows.engine.intake import choice_list

WIDTH, HEIGHT = 190, 46
GAP_X, GAP_Y = 24, 58
EDGE = 16
LONGEST, LONGEST_LABEL = 25, 22
MOST_NODES = 120


@dataclass(frozen=True)
class Node:
    """A box: which panel it opens, its words, and where it is. `kind` is step, question or ending."""

    panel: str
    title: str
    note: str
    kind: str
    x: int
    y: int

    @property
    def middle(self) -> int:
        """The middle of the box."""
        return self.x + WIDTH // 2

    @property
    def short(self) -> str:
        """As much of the words as fits."""
        return _cut(self.title, LONGEST)


@dataclass(frozen=True)
class Edge:
    """A way from one box to another; `label` says when it is taken, "" for straight on."""

    path: str
    label: str
    x: int
    y: int
    is_back: bool

    @property
    def short(self) -> str:
        """As much of the label as fits."""
        return _cut(self.label, LONGEST_LABEL)

    @property
    def label_width(self) -> int:
        """How wide the label's field is."""
        return 16 + 6 * len(self.short)

    @property
    def label_x(self) -> int:
        """Where that field begins."""
        return self.x - self.label_width // 2


@dataclass(frozen=True)
class Picture:
    """The boxes, the ways, and how large it all is; `ways` says the same in words."""

    nodes: list[Node]
    edges: list[Edge]
    width: int
    height: int
    ways: list[tuple[str, str, str]]


Way = tuple[str, str, str]


def ways_of(document: Any) -> list[Way]:
    """Every way as (from, to, when): keys like `step:a` and `ending:b`, and the condition in words."""
    ways = [way for place, step in enumerate(document["steps"]) for way in _of_step(document, place, step)]
    return list(dict.fromkeys(ways))


def _of_step(document: Any, place: int, step: Mapping[str, Any]) -> Iterator[Way]:
    here, straight = f"step:{step['key']}", _following(document, place)
    choices = [choice for block in _blocks(step) for choice in choice_list(block)]
    for choice in choices:
        if "next" in choice:
            yield here, _resolved(document, choice["next"], place), plain(document, choice["label"])
    is_left_always = False
    for rule in step.get("logic") or ():
        for action in rule["actions"]:
            if action["do"] in ("jump", "end") or "to" in action:
                words = condition_words(document, rule["when"]) if "when" in rule else ""
                is_left_always = is_left_always or "when" not in rule
                yield here, _resolved(document, action.get("to", f"ending:{_last(document)}"), place), words
    for variant in step.get("variants") or ():
        if "next" in variant:
            yield here, _resolved(document, variant["next"], place), _("variant %(key)s") % {"key": variant["key"]}
    is_covered = bool(choices) and all("next" in choice for choice in choices)
    if not is_left_always and not is_covered:
        yield here, _resolved(document, step["next"], place) if "next" in step else straight, ""


def _blocks(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = [step["blocks"], *(one.get("blocks") or () for one in step.get("variants") or ())]
    return [block for group in groups for block in group]


def _last(document: Any) -> str:
    return str(document["endings"][0]["key"])


def _following(document: Any, place: int) -> str:
    steps = document["steps"]
    return f"step:{steps[place + 1]['key']}" if place + 1 < len(steps) else f"ending:{_last(document)}"


def _resolved(document: Any, target: str, place: int) -> str:
    if target in ("next", "return"):
        return _following(document, place)
    if target == "back":
        return f"step:{document['steps'][max(place - 1, 0)]['key']}"
    return target


def draw(document: Any) -> Picture:
    """Lay out the flow in rows: a step stands below the last of those that lead to it."""
    ways = ways_of(document)
    known = {f"step:{one['key']}": one for one in document["steps"][:MOST_NODES]}
    known |= {f"ending:{one['key']}": one for one in document["endings"]}
    ways = [way for way in ways if way[0] in known and way[1] in known]
    rows = _rows(list(known), ways)
    nodes = _placed(document, known, rows)
    by_panel = {node.panel: node for node in nodes}
    edges = [_edge(by_panel[start], by_panel[to], words) for start, to, words in ways]
    width = max((node.x + WIDTH for node in nodes), default=0) + EDGE
    width += GAP_X * 2 if any(edge.is_back for edge in edges) else 0
    height = max((node.y + HEIGHT for node in nodes), default=0) + EDGE
    told = [(by_panel[start].title, words, by_panel[to].title) for start, to, words in ways]
    return Picture(nodes, edges, width, height, told)


def _rows(keys: list[str], ways: list[Way]) -> dict[str, int]:
    """The row of each box. Only ways that go on in the order of the list push a box down, so circles end."""
    order = {key: number for number, key in enumerate(keys)}
    rows = dict.fromkeys(keys, 0)
    for key in keys:
        for start, to, _words in ways:
            if start == key and order[to] > order[key]:
                rows[to] = max(rows[to], rows[key] + 1)
    last = max((row for key, row in rows.items() if key.startswith("step:")), default=0)
    return {key: max(row, last + 1) if key.startswith("ending:") else row for key, row in rows.items()}


def _placed(document: Any, known: Mapping[str, Any], rows: Mapping[str, int]) -> list[Node]:
    members: dict[int, list[str]] = {}
    for key in known:
        members.setdefault(rows[key], []).append(key)
    widest = max(map(len, members.values()), default=1)
    whole = widest * WIDTH + (widest - 1) * GAP_X
    nodes = []
    for row in sorted(members):
        keys = members[row]
        left = EDGE + (whole - (len(keys) * WIDTH + (len(keys) - 1) * GAP_X)) // 2
        for column, key in enumerate(keys):
            x, y = left + column * (WIDTH + GAP_X), EDGE + row * (HEIGHT + GAP_Y)
            nodes.append(_node(document, key, known[key], (x, y)))
    return nodes


def _node(document: Any, key: str, value: Mapping[str, Any], at: tuple[int, int]) -> Node:
    if key.startswith("ending:"):
        return Node(key, ending_title(document, value), _("Ending"), "ending", *at)
    questions = sum(is_input(block) for block in value["blocks"])
    number = next(place for place, one in enumerate(document["steps"], 1) if one["key"] == value["key"])
    note = _("Step %(number)d") % {"number": number}
    return Node(key, step_title(document, value), note, "question" if questions else "step", *at)


def _edge(start: Node, to: Node, words: str) -> Edge:
    if to.y <= start.y:  # back up, around the side
        right = max(start.x, to.x) + WIDTH + GAP_X
        x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, to.x + WIDTH, to.y + HEIGHT // 2
        return Edge(f"M{x1} {y1}C{right} {y1} {right} {y2} {x2} {y2}", words, right - 10, (y1 + y2) // 2, True)
    x1, y1, x2, y2 = start.middle, start.y + HEIGHT, to.middle, to.y
    bend = y1 + GAP_Y // 2 if y2 - y1 <= GAP_Y else (y1 + y2) // 2
    x = x2 if x1 != x2 else x1
    return Edge(f"M{x1} {y1}C{x1} {bend} {x2} {bend} {x2} {y2}", words, x, y2 - 18, False)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
