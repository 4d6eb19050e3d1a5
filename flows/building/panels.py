"""What the middle of the builder shows: one step, one ending, the results, the numbers, or the settings."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from flows.building.block_panels import BlockPanel, block_panel
from flows.building.controls import Control, Maker
from flows.building.pointers import at
from flows.building.rules import ConditionPanel, RulePanel, condition_panel, rule_panels
from flows.building.variants import VersionsPanel, held_by, versions_panel


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
    versions: VersionsPanel | None = None
    blocks_path: str = ""


def step_panel(make: Maker, place: int, version: str = "") -> PagePanel:
    """The panel of the so-many-eth step; `version` is the key of the variant whose blocks are shown."""
    path = f"/steps/{place}"
    step = make.document["steps"][place]
    holder = held_by(step, path, version)
    blocks = enumerate(at(make.document, f"{holder}/blocks"))
    more = [
        make.plain(f"{path}/key", _("Key"), about=_("The name by which rules and reports know this step.")),
        make.number(f"{path}/time_limit", _("Time limit in seconds")),
        make.yes(f"{path}/back", _("People may go back from here"), default=True),
    ]
    return PagePanel(
        path, "step", step["key"],
        [make.text(f"{path}/title", _("Heading"))], more,
        [block_panel(make, f"{holder}/blocks/{number}", one) for number, one in blocks],
        rule_panels(make, f"{path}/logic"), condition_panel(make, f"{path}/visible_if"), f"{path}/logic",
        versions_panel(make, place, version), holder,
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
    return PagePanel(
        path, "ending", ending["key"], controls, [make.plain(f"{path}/key", _("Key"))], blocks, blocks_path=path
    )
