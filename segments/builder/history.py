"""Steps back and forward again, on their way through the browser beside the rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from segments.language.registry import Node

STEPS = 40


@dataclass
class History:
    """What the rule was before each step, and what it was before each step was taken back; the latest last."""

    undo: list[Node] = field(default_factory=list)
    redo: list[Node] = field(default_factory=list)

    def step(self, before: Node) -> None:
        """Note what the rule was; a new step ends what could be done again."""
        self.undo = [*self.undo, before][-STEPS:]
        self.redo = []

    def back(self, present: Node) -> Node:
        """Return the rule before the last step; the present one where there is none."""
        if not self.undo:
            return present
        self.redo.append(present)
        return self.undo.pop()

    def forward(self, present: Node) -> Node:
        """Return the rule before the last step was taken back; the present one where there is none."""
        if not self.redo:
            return present
        self.undo.append(present)
        return self.redo.pop()
