"""Lists on the builder's pages: choices, rows, results, prizes. Members are added, moved and taken away alike."""

from dataclasses import dataclass, field

from flows.building.controls import Control
from flows.building.sentences import field_id


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
    """A list of members that can be added to, moved and taken from. `is_labelled`: each control shows its label."""

    path: str
    title: str
    add: str
    members: list[Member]
    help: str = ""
    is_labelled: bool = False
