"""Rules and conditions as rows of choosers: if this is that, do this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from flows.building.controls import Control, Maker, Option, shown_right
from flows.building.pointers import found
from flows.building.sentences import ACTIONS, OPERATORS, condition_words, field_id, path_words, plain, rule_words
from flows.building.typed import choices_of, question_of
from flows.checking.places import input_blocks

_NUMERIC = frozenset({"number", "rating", "opinion_scale", "nps", "slider"})
_COMPARING = ("eq", "ne", "gt", "ge", "lt", "le", "between")
_CHOOSING = ("eq", "ne", "one_of", "none_of")
_WRITING = ("eq", "ne", "contains", "not_contains", "starts_with", "ends_with")
_DAYS = ("before", "after", "eq")
_ALWAYS = ("is_set", "is_empty", "is_skipped")
_WITHOUT_RIGHT = frozenset({"is_set", "is_empty", "is_skipped", "is_submitted"})
# What a page of the web can do; the rest is for chats and films, and stays as it is where a document has it.
OFFERED = (
    "jump", "end", "tag", "untag", "subscribe", "set", "add", "subtract", "multiply", "append", "send_message",
    "webhook", "redirect", "award_entries", "issue_code",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One comparison: what is asked, how, and with what it is compared."""

    path: str
    left: Control
    operator: Control
    right: Control | None


@dataclass(frozen=True)
class ConditionPanel:
    """A condition: always, all of these, any of these; or `words` where it is more than the choosers can say."""

    path: str
    how: str
    rows: list[Row] = field(default_factory=list)
    words: str = ""
    formula: Control | None = None

    @property
    def id(self) -> str:
        """The id of its place on the page."""
        return field_id(self.path)

    @property
    def list_path(self) -> str:
        """Where another comparison is added."""
        return f"{self.path}/{self.how}"


@dataclass(frozen=True)
class ActionPanel:
    """What a rule does: the kind, and what it needs."""

    path: str
    do: Control
    controls: list[Control]


@dataclass(frozen=True)
class RulePanel:
    """A rule: its sentence, its condition and its actions."""

    path: str
    sentence: str
    condition: ConditionPanel
    actions: list[ActionPanel]

    @property
    def id(self) -> str:
        """The id of its place on the page."""
        return field_id(self.path)


def rule_panels(make: Maker, path: str) -> list[RulePanel]:
    """The rules of a list, such as a step's logic."""
    return [
        RulePanel(
            f"{path}/{place}",
            rule_words(make.document, rule),
            condition_panel(make, f"{path}/{place}/when"),
            [_action(make, f"{path}/{place}/actions/{number}", one) for number, one in enumerate(rule["actions"])],
        )
        for place, rule in enumerate(found(make.document, path, []))
    ]


def condition_panel(make: Maker, path: str) -> ConditionPanel:
    """The choosers of a condition."""
    condition = found(make.document, path)
    if condition is None:
        return ConditionPanel(path, "always")
    if "expr" in condition:
        control = make.plain(f"{path}/expr", _("Formula"))
        return ConditionPanel(path, "formula", formula=control)
    how = next((name for name in ("all", "any") if name in condition), "")
    members = condition[how] if how else [condition]
    if any("op" not in one for one in members):
        return ConditionPanel(path, "words", words=condition_words(make.document, condition))
    base = f"{path}/{how}/" if how else ""
    rows = [_row(make, f"{base}{place}" if how else path, one) for place, one in enumerate(members)]
    return ConditionPanel(path, how or "all", rows)


def _row(make: Maker, path: str, comparison: Mapping[str, Any]) -> Row:
    document, left = make.document, comparison["left"]
    offered = [(name, str(OPERATORS[name])) for name in _operators(document, left)]
    if comparison["op"] not in dict(offered):
        offered.append((comparison["op"], str(OPERATORS[comparison["op"]])))
    return Row(
        path,
        make.choice(f"{path}/left", _("What"), readable(document), redraws=True),
        make.choice(f"{path}/op", _("How"), offered, redraws=True),
        _right(make, path, comparison),
    )


def _right(make: Maker, path: str, comparison: Mapping[str, Any]) -> Control | None:
    document, operator = make.document, comparison["op"]
    if operator in _WITHOUT_RIGHT:
        return None
    if "right_ref" in comparison:
        return make.choice(f"{path}/right_ref", _("With what"), readable(document))
    block = question_of(document, comparison["left"])
    if block is not None and block["type"] in ("yes_no", "consent"):
        return make.choice(f"{path}/right", _("With what"), [("true", _("yes")), ("false", _("no"))])
    options = [(key, plain(document, label)) for key, label in choices_of(document, comparison["left"])]
    if options and operator in ("eq", "ne", "contains", "not_contains"):
        return make.choice(f"{path}/right", _("With what"), options, empty=_("Choose…"))
    about = ", ".join(f"{key}: {label}" for key, label in options)[:300]
    return Control(f"{path}/right", "text", _("With what"), shown_right(document, comparison), help=about)


def _operators(document: Any, left: str) -> tuple[str, ...]:
    block = question_of(document, left)
    kind = block["type"] if block else ""
    if kind in _NUMERIC or left in ("score", "max_score", "correct", "asked") or left.startswith("calculations."):
        return (*_COMPARING, *_ALWAYS)
    if kind == "multiple_choice":
        return ("contains", "not_contains", "one_of", "all_of", "none_of", *_ALWAYS)
    if kind in ("yes_no", "consent"):
        return ("eq", *_ALWAYS)
    if kind in ("date", "date_range"):
        return (*_DAYS, *_ALWAYS)
    if choices_of(document, left):
        return (*_CHOOSING, *_ALWAYS)
    return (*_WRITING, *_COMPARING[2:6], *_ALWAYS)


def readable(document: Any) -> list[Option]:
    """Everything that a condition can ask for: answers, variables, calculations, hidden fields, score and result."""
    paths = [f"answers.{place.value['key']}" for place in input_blocks(document)]
    for name, root in (("variables", "variables"), ("calculations", "calculations"), ("hidden_fields", "hidden")):
        paths += [f"{root}.{one['key']}" for one in document.get(name) or ()]
    paths += ["score", "correct"] if document["kind"] in ("quiz", "contest") else []
    paths += ["outcome.key"] if document.get("outcomes") else []
    return [
        (path, _("the result") if path == "outcome.key" else path_words(document, path))
        for path in dict.fromkeys(paths)
    ]


def _action(make: Maker, path: str, action: Mapping[str, Any]) -> ActionPanel:
    kinds = [(name, str(ACTIONS[name])) for name in OFFERED]
    if action["do"] not in OFFERED:
        kinds.append((action["do"], str(ACTIONS[action["do"]])))
    return ActionPanel(path, make.choice(f"{path}/do", _("Do"), kinds, redraws=True), _needs(make, path, action))


def _needs(make: Maker, path: str, action: Mapping[str, Any]) -> list[Control]:
    do = action["do"]
    if do in ("jump", "end"):
        return [make.target(f"{path}/to", _("Where to"), empty="" if do == "jump" else _("The usual ending"))]
    if "variable" in action:
        names = [(one["key"], one.get("label") or one["key"]) for one in make.document.get("variables") or ()]
        variable = make.choice(f"{path}/variable", _("Variable"), names)
        value = "expr" if "expr" in action else "value"
        return [variable, make.plain(f"{path}/{value}", _("Formula") if value == "expr" else _("Value"))]
    named = {
        "tag": ("tag", _("Tag")), "untag": ("tag", _("Tag")), "subscribe": ("channel", _("Channel")),
        "send_message": ("template", _("Template")), "webhook": ("url", _("Address")),
        "redirect": ("url", _("Address")), "issue_code": ("pool", _("Codes")),
        "award_entries": ("expr" if "expr" in action else "value", _("Tickets")), "handoff": ("queue", _("To whom")),
        "wait": ("seconds", _("Seconds")), "seek": ("to_seconds", _("Second")), "require": ("target", _("Question")),
    }  # fmt: skip
    name, label = named[do]
    return [make.plain(f"{path}/{name}", label)]
