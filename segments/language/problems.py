"""What can be wrong with a rule: a code and the place, as a JSON Pointer (RFC 6901)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One error. ``path`` points to the member; ``offset`` counts characters of an unreadable text."""

    code: str
    path: str
    offset: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the error as it goes out through the API."""
        found: dict[str, object] = {"code": self.code, "path": self.path}
        if self.offset is not None:
            found["offset"] = self.offset
        return found


class RuleError(ValueError):
    """A rule or a text that cannot be used; ``problems`` says why, in document order."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.code} at {problem.path or '/'}" for problem in problems))
        self.problems = tuple(problems)


class Refusal(Exception):
    """Leaves a leaf at its first error; never seen outside the checks."""

    def __init__(self, code: str, path: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, path)


def pointer(path: str, member: str | int) -> str:
    """Return the path of a member of the value at ``path``."""
    if isinstance(member, int):
        return f"{path}/{member}"
    return f"{path}/{member.replace('~', '~0').replace('/', '~1')}"
