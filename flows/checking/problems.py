"""What is wrong with a flow, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """A code (E… stops publishing, W… is worth a look), a JSON Pointer to the place, and what a sentence needs."""

    code: str
    path: str
    detail: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_error(self) -> bool:
        """Whether the flow cannot be published with it."""
        return self.code.startswith("E")


def pointer(*parts: Any) -> str:
    """A JSON Pointer (RFC 6901) from the parts of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each once; errors first, then by code and place."""
    return sorted(dict.fromkeys(problems), key=lambda one: (not one.is_error, one.code, one.path))
