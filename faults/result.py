"""What came of one row of the matrix, and how it is printed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

HEADINGS = (
    *("row", "size", "1×", "2×+", "sent", "skipped", "failed", "cancelled", "unknown", "at most", "seconds", "passed"),
)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a row waited for, how long, and whether it came."""

    what: str
    seconds: float
    came: bool

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s until {self.what}" if self.came else f"{self.what}: not within {self.seconds:.0f} s"
        )


@dataclass
class Result:
    """One line of the table. `copies` counts people by how many copies the receiving server accepted for them.

    `bound` is the most that may be unknown, None where nothing limits it; `problems` are sentences, none of them when
    the row passed; `seen` is what else was counted.
    """

    row: str
    size: int
    copies: dict[int, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    bound: int | None = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    seen: dict[str, float | str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything was as promised."""
        return not self.problems

    @property
    def cells(self) -> Sequence[str]:
        """The line's texts, as many as HEADINGS."""
        many = sum(people for copies, people in self.copies.items() if copies > 1)
        counts = [self.outcomes.get(word, 0) for word in ("sent", "skipped", "failed", "cancelled", "unknown")]
        numbers = [self.size, self.copies.get(1, 0), many, *counts]
        bound = "" if self.bound is None else f"{self.bound:,}"
        return [self.row, *(f"{n:,}" for n in numbers), bound, f"{self.seconds:.0f}", "yes" if self.passed else "NO"]


def json_line(result: Result) -> str:
    """The result as one line of JSON, for machines."""
    return json.dumps({**asdict(result), "passed": result.passed}, ensure_ascii=False)


def table(results: Iterable[Result]) -> str:
    """The results as a table of Markdown, for people and for docs/faults.md; problems and what was seen below it."""
    results = list(results)
    lines = [list(HEADINGS), *([*result.cells] for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rows = ["| " + " | ".join(_aligned(line, widths)) + " |" for line in lines]
    rule = "|-" + "-|-".join("-" * width for width in widths) + "-|"
    below = [
        f"{result.row}: " + ", ".join(f"{name} {value}" for name, value in result.seen.items())
        for result in results
        if result.seen
    ]
    wrong = [f"{result.row}: {problem}" for result in results for problem in result.problems]
    return "\n".join([rows[0], rule, *rows[1:], "", *below, *wrong])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
