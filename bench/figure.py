"""One measured figure, and how it is printed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, beside the `baseline` measured in the same run and the `target`.

    `is_less_better` tells which side of the target is the good one. `more` holds what else was seen.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: float | None = None
    is_less_better: bool = False
    more: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Value by baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.is_less_better else self.value >= self.target


def json_line(figure: Figure) -> str:
    """The figure as one line of JSON, for machines."""
    rounded = {key: _rounded(value) for key, value in figure.more.items()}
    return json.dumps(
        {
            "name": figure.name,
            "value": _rounded(figure.value),
            "unit": figure.unit,
            "baseline": _rounded(figure.baseline),
            "ratio": _rounded(figure.ratio),
            "target": figure.target,
            "met": figure.met,
            **rounded,
        }
    )


def table(figures: Iterable[Figure]) -> str:
    """The figures as a table, for people."""
    lines: list[tuple[str, ...]] = [("figure", "value", "unit", "baseline", "ratio", "target", "met")]
    for figure in figures:
        met = {True: "yes", False: "NO", None: ""}[figure.met]
        cells = (figure.value, figure.unit, figure.baseline, figure.ratio, figure.target)
        lines.append((figure.name, *(cell if isinstance(cell, str) else _text(cell) for cell in cells), met))
    widths = [max(len(line[index]) for line in lines) for index in range(7)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}") if abs(value) < 1000 else round(value)


def _text(value: float | None) -> str:
    rounded = _rounded(value)
    return "" if rounded is None else f"{rounded:,.6g}" if abs(rounded) < 1000 else f"{rounded:,.0f}"
