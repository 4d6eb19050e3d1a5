"""What the middle of the builder shows: one step, one ending, the results, the numbers, or the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from flows.building.catalogue import BY_TYPE, SCALES, WITH_CHOICES, BlockKind, kind_of_block
from flows.building.controls import Control, Maker
from flows.building.pointers import found
from flows.building.rules import ConditionPanel, RulePanel, condition_panel, rule_panels
from flows.building.sentences import field_id, plain
from flows.checking.places import input_blocks
from flows.engine.flow import INPUT_TYPES, is_input

_PERSON = ("email", "phone", "first_name", "last_name", "birth_date", "country", "language")
_WRITTEN = frozenset({"short_text", "long_text", "email", "phone", "number", "url"})


@dataclass(frozen=True)
class Member:
    """A member of a list: a choice, a row, a result. `more` is folded away."""

    path: str
    controls: list[Control]
    more: list[Control] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of its place on the page."""
        return field_id(self.path)


@dataclass(frozen=True)
class MemberList:
    """A list of members that can be added to, moved and taken from."""

    path: str
    title: str
    add: str
    members: list[Member]
    help: str = ""


@dataclass(frozen=True)
class BlockPanel:
    """A block: what it is, what is always asked about it, what is folded away, its choices, and when it is shown."""

    path: str
    kind: BlockKind
    title: str
    types: list[tuple[str, str]]
    controls: list[Control]
    more: list[Control]
    lists: list[MemberList]
    checks: MemberList | None
    condition: ConditionPanel

    @property
    def id(self) -> str:
        """The id of its card."""
        return field_id(self.path)


@dataclass(frozen=True)
class PagePanel:
    """A step or an ending."""

    path: str
    kind: str
    key: str
    controls: list[Control]
    more: list[Control]
    blocks: list[BlockPanel]
    rules: list[RulePanel] = field(default_factory=list)
    condition: ConditionPanel | None = None
    logic_path: str = ""


def step_panel(make: Maker, place: int) -> PagePanel:
    """The panel of the so-many-eth step."""
    path = f"/steps/{place}"
    step = make.document["steps"][place]
    more = [
        make.plain(f"{path}/key", _("Key"), about=_("The name by which rules and reports know this step.")),
        make.number(f"{path}/time_limit", _("Time limit in seconds")),
        make.yes(f"{path}/back", _("People may go back from here"), default=True),
    ]
    return PagePanel(
        path, "step", step["key"],
        [make.text(f"{path}/title", _("Heading"))], more,
        [block_panel(make, f"{path}/blocks/{number}", block) for number, block in enumerate(step["blocks"])],
        rule_panels(make, f"{path}/logic"), condition_panel(make, f"{path}/visible_if"), f"{path}/logic",
    )  # fmt: skip


def way_on(make: Maker, place: int) -> Control:
    """Where a step leads when no rule says otherwise."""
    return make.target(f"/steps/{place}/next", _("Otherwise go to"), empty=_("The next step in the list"))


def ending_panel(make: Maker, place: int) -> PagePanel:
    """The panel of the so-many-eth ending."""
    path = f"/endings/{place}"
    ending = make.document["endings"][place]
    kinds = [
        ("screen", _("A last page")), ("redirect", _("Another address")), ("disqualified", _("Turning somebody away")),
        ("handoff", _("Handing over to a person")),
    ]  # fmt: skip
    controls = [make.choice(f"{path}/type", _("How it ends"), kinds, redraws=True)]
    if ending["type"] == "redirect":
        controls.append(make.plain(f"{path}/url", _("Address"), about=_("It begins with https://.")))
    else:
        controls += [make.text(f"{path}/title", _("Heading")), make.text(f"{path}/body", _("Text"), is_long=True)]
    blocks = [
        block_panel(make, f"{path}/blocks/{number}", one) for number, one in enumerate(ending.get("blocks") or ())
    ]
    return PagePanel(path, "ending", ending["key"], controls, [make.plain(f"{path}/key", _("Key"))], blocks)


def block_panel(make: Maker, path: str, block: Mapping[str, Any]) -> BlockPanel:
    """The panel of one block."""
    kind = kind_of_block(dict(block))
    types = [(one.type, str(one.label)) for one in BY_TYPE.values() if (one.type in INPUT_TYPES) == is_input(block)]
    if kind.type not in BY_TYPE:
        types.append((kind.type, kind.type))
    title = plain(make.document, block.get("label") or block.get("body")) or str(kind.label)
    asks = is_input(block)
    controls = _question(make, path, block) if asks else _display(make, path, block)
    return BlockPanel(
        path, kind, title, types, controls, _folded(make, path, block) if asks else [], _lists(make, path, block),
        MemberList(f"{path}/validations", _("Checks"), _("Add a check"), _validations(make, path)) if asks else None,
        condition_panel(make, f"{path}/visible_if"),
    )  # fmt: skip


def _question(make: Maker, path: str, block: Mapping[str, Any]) -> list[Control]:
    kind = block["type"]
    controls = [make.text(f"{path}/label", _("Question"), is_long=kind == "consent")]
    if kind == "consent":
        controls += [
            make.plain(f"{path}/purpose", _("What for"), about=_("Such as marketing. It is kept with the consent.")),
            make.plain(f"{path}/channels", _("Ways of writing"), about=_("Such as email, sms. Commas between them.")),
            make.yes(f"{path}/double_opt_in", _("Ask once more by mail")),
        ]
    controls.append(make.text(f"{path}/help", _("Help below the question")))
    if kind in SCALES:
        controls += [make.number(f"{path}/{name}", label) for name, label in _scale_labels()]
    if kind == "file_upload":
        controls += [
            make.plain(f"{path}/accept", _("Kinds of files"), about=_("Such as image/jpeg, image/png.")),
            make.number(f"{path}/max_size_mb", _("Largest size in MB")),
            make.number(f"{path}/max_files", _("How many files")),
        ]
    controls.append(make.yes(f"{path}/required", _("Must be answered")))
    return controls


def _scale_labels() -> list[tuple[str, str]]:
    return [("min", _("From")), ("max", _("To")), ("step", _("In steps of"))]


def _display(make: Maker, path: str, block: Mapping[str, Any]) -> list[Control]:
    kind = block["type"]
    if kind in ("text", "embed", "audio"):
        return [make.text(f"{path}/body", _("Text"), is_long=True)]
    if kind in ("image", "video"):
        return [
            make.plain(f"{path}/src", _("Address of the picture")),
            make.text(f"{path}/alt", _("What it shows"), about=_("For people who cannot see it.")),
        ]
    if kind == "calculation":
        return [make.text(f"{path}/label", _("Label")), make.plain(f"{path}/expr", _("Formula"))]
    if kind == "poll_results":
        questions = [
            (place.value["key"], plain(make.document, place.value.get("label")))
            for place in input_blocks(make.document)
        ]
        shown = [("always", _("Always")), ("after_answer", _("After answering")), ("after_close", _("After closing"))]
        return [
            make.choice(f"{path}/of", _("Results of"), questions),
            make.choice(f"{path}/show", _("When"), shown, empty=_("After answering")),
        ]
    return [] if kind == "divider" else [make.text(f"{path}/label", _("Label"))]


def _folded(make: Maker, path: str, block: Mapping[str, Any]) -> list[Control]:
    fields = [(one, one) for one in _PERSON]
    controls = [
        make.plain(f"{path}/key", _("Key"), about=_("The name by which rules, segments and exports know the answer.")),
        make.choice(f"{path}/contact_field", _("Save to the person as"), fields, empty=_("Nothing")),
    ]
    variables = [(one["key"], one.get("label") or one["key"]) for one in make.document.get("variables") or ()]
    if variables:
        controls.append(make.choice(f"{path}/save_to", _("Save to the variable"), variables, empty=_("None")))
    if block["type"] in _WRITTEN:
        controls.append(make.text(f"{path}/placeholder", _("Example inside the field")))
    if block["type"] in WITH_CHOICES:
        ways = [("all", _("All")), ("except_last", _("All but the last"))]
        controls.append(make.choice(f"{path}/randomize", _("Shuffle the answers"), ways, empty=_("No")))
    if block["type"] == "consent":
        controls += [
            make.plain(
                f"{path}/legal_version", _("Version of the text"), about=_("Count it up when you change the text.")
            ),
            make.text(f"{path}/legal_text", _("Full legal text"), is_long=True),
            make.plain(f"{path}/topics", _("Topics")),
        ]
    controls.append(make.text(f"{path}/error", _("What to say when the answer is not right")))
    return controls


def _lists(make: Maker, path: str, block: Mapping[str, Any]) -> list[MemberList]:
    lists = []
    if block["type"] in WITH_CHOICES:
        choices = [_choice(make, block, f"{path}/choices/{place}") for place in range(len(block["choices"]))]
        lists.append(MemberList(f"{path}/choices", _("Answers"), _("Add an answer"), choices))
    for name, title, add in (("rows", _("Rows"), _("Add a row")), ("columns", _("Columns"), _("Add a column"))):
        if name in block:
            members = [
                Member(f"{path}/{name}/{place}", [make.text(f"{path}/{name}/{place}/label", title)])
                for place in range(len(block[name]))
            ]
            lists.append(MemberList(f"{path}/{name}", title, add, members))
    return lists


def _choice(make: Maker, block: Mapping[str, Any], path: str) -> Member:
    document = make.document
    controls = [make.text(f"{path}/label", _("Answer"))]
    more = [make.target(f"{path}/next", _("Go to"), empty=_("As the step says"))]
    if block["type"] == "picture_choice":
        more += [make.plain(f"{path}/image", _("Address of the picture")), make.text(f"{path}/alt", _("What it shows"))]
    if document["kind"] in ("quiz", "contest") or document.get("outcome_mode") == "score_range":
        more.append(make.number(f"{path}/score", _("Points")))
        more.append(make.yes(f"{path}/correct", _("This is a right answer")))
        more.append(make.text(f"{path}/explanation", _("What to say when it is chosen")))
    if document.get("outcome_mode") == "highest_points":
        for one in document.get("outcomes") or ():
            label = _("Points for “%(title)s”") % {"title": plain(document, one["title"])}
            more.append(make.number(f"{path}/outcome_points/{one['key']}", label))
    if block["type"] == "multiple_choice":
        more.append(make.yes(f"{path}/exclusive", _("Rules out the others")))
    if block["type"] in ("single_choice", "multiple_choice", "dropdown"):
        more.append(make.yes(f"{path}/other", _("With a field for one's own words")))
    more.append(make.plain(f"{path}/key", _("Key")))
    return Member(path, controls, more)


def _validations(make: Maker, path: str) -> list[Member]:
    rules = [
        ("min_length", _("At least so many letters")), ("max_length", _("At most so many letters")),
        ("min", _("At least")), ("max", _("At most")), ("min_selected", _("At least so many answers")),
        ("max_selected", _("At most so many answers")), ("date_after", _("After the day")),
        ("date_before", _("Before the day")), ("pattern", _("Fits the pattern")), ("expr", _("The formula holds")),
    ]  # fmt: skip
    return [
        Member(
            f"{path}/validations/{place}",
            [
                make.choice(f"{path}/validations/{place}/rule", _("Check"), rules, redraws=True),
                make.plain(f"{path}/validations/{place}/value", _("Value")),
            ],
            [make.text(f"{path}/validations/{place}/message", _("What to say"))],
        )
        for place in range(len(found(make.document, f"{path}/validations", [])))
    ]
