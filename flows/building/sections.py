"""Headed parts of a sheet."""

from dataclasses import dataclass, field

from flows.building.controls import Control
from flows.building.members import MemberList
from flows.building.rules import ConditionPanel


@dataclass(frozen=True)
class Section:
    """A headed part of a sheet. `conditions` stand with the members they are about, after `condition_label`."""

    title: str
    controls: list[Control] = field(default_factory=list)
    members: MemberList | None = None
    conditions: dict[str, ConditionPanel] = field(default_factory=dict)
    help: str = ""
    condition_label: str = ""
