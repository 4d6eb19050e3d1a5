"""What can be wrong with a message, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at before sending.

    `code` is stable and meant for programs, `message` is a full sentence in the active language,
    `where` names the part ("subject", "preheader", "mjml", "html", "text"), `line` counts from 1 in that
    part's source when known. An "error" stops a campaign; a "warning" is shown and may be ignored.
    """

    code: str
    message: str
    where: str
    line: int | None = None
    level: Level = "error"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the problem as plain data, for JSON answers and stored versions."""
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "line": self.line,
            "level": self.level,
        }


class ContentError(ValueError):
    """A source that cannot be used at all; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class RenderError(ValueError):
    """Rendering for one person went over a limit or met an impossible filter argument.

    `code` is short and stable ("limit" or "filter"); it is stored as the reason of a failed message.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
