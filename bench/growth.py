"""`python -m bench.growth`: the figures at several sizes, each in a run of its own, and a picture of how they grow."""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "growth.svg"
KEPT = PICTURE.with_suffix(".jsonl")
SIZES = (10_000, 100_000, 1_000_000)
ACROSS = 3
WIDTH, HEIGHT = 300, 200
LEFT, RIGHT, TOP, BOTTOM = 24, 24, 48, 34
STYLE = """
svg { color: #1f2430; background: #fff; }
text { font: 12px system-ui, sans-serif; fill: currentColor; }
.name { font-weight: 600; font-size: 13px; }
.quiet { opacity: .65; }
.axis { stroke: currentColor; stroke-opacity: .25; }
.target { stroke: #b45309; stroke-dasharray: 4 3; }
.line { fill: none; stroke: #4f46e5; stroke-width: 2; }
.dot { fill: #4f46e5; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6e8ef; background: #14161c; }
  .line { stroke: #a5a3ff; }
  .dot { fill: #a5a3ff; }
}
"""


@dataclass(frozen=True)
class Curve:
    """One figure: (contacts, value) from small to large, its unit and its target."""

    name: str
    unit: str
    points: tuple[tuple[int, float], ...]
    target: float | None


def measure(rows: int, only: str | None) -> list[dict[str, Any]]:
    """The figures of one run at this size, as `python -m bench` prints them. Raises RuntimeError when one failed."""
    command = [sys.executable, "-m", "bench", "--rows", str(rows), *(["--only", only] if only else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    if done.returncode:
        raise RuntimeError(f"the figures at {rows:,} contacts could not all be measured")
    return [json.loads(line) | {"rows": rows} for line in done.stdout.splitlines() if line.startswith("{")]


def curves(measured: Iterable[dict[str, Any]]) -> list[Curve]:
    """The measured figures by name, in the order they were first seen."""
    found: dict[str, list[dict[str, Any]]] = {}
    for figure in measured:
        found.setdefault(figure["name"], []).append(figure)
    return [
        Curve(
            name,
            figures[0]["unit"],
            tuple(sorted((figure["rows"], float(figure["value"])) for figure in figures)),
            figures[0]["target"],
        )
        for name, figures in found.items()
    ]


def draw(all_curves: Sequence[Curve]) -> str:
    """An SVG with a small picture for each figure; both axes grow by powers of ten."""
    lines = math.ceil(len(all_curves) / ACROSS)
    panels = [
        f'<g transform="translate({number % ACROSS * WIDTH} {number // ACROSS * HEIGHT})">{_panel(curve)}</g>'
        for number, curve in enumerate(all_curves)
    ]
    width, height = ACROSS * WIDTH, lines * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img"><title>Figures by number of contacts</title><style>{STYLE}</style>\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def _panel(curve: Curve) -> str:
    values = [value for _rows, value in curve.points] + ([curve.target] if curve.target else [])
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = math.log10(curve.points[0][0]), math.log10(curve.points[-1][0])

    def across(rows: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(rows) - first) / max(last - first, 1)

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(value)) / (high - low)

    floor = HEIGHT - BOTTOM
    parts = [
        f'<text class="name" x="{LEFT}" y="20">{escape(curve.name)}</text>',
        f'<text class="quiet" x="{WIDTH - RIGHT}" y="20" text-anchor="end">{escape(curve.unit)}</text>',
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>',
    ]
    if curve.target:
        at = down(curve.target)
        parts.append(f'<line class="target" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
    path = " ".join(f"{across(rows):.1f},{down(value):.1f}" for rows, value in curve.points)
    parts.append(f'<polyline class="line" points="{path}"/>')
    for rows, value in curve.points:
        x, y = across(rows), down(value)
        anchor = "start" if rows == curve.points[0][0] else "end" if rows == curve.points[-1][0] else "middle"
        parts += [
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>',
            f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">{_short(value)}</text>',
            f'<text class="quiet" x="{x:.1f}" y="{floor + 18}" text-anchor="{anchor}">{_short(rows)}</text>',
        ]
    return "".join(parts)


def _short(value: float) -> str:
    """A number in little room: 12.5k, 1M, 0.42."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def main(arguments: list[str]) -> int:
    """Measure at every size, write the picture; what is kept can be drawn again."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="Draw how the figures grow.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of contacts")
    parser.add_argument("--only", help="one figure")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where the measured figures are kept, as JSON lines")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="the SVG to write")
    parser.add_argument("--draw-only", action="store_true", help="draw what is kept; measure nothing")
    chosen = parser.parse_args(arguments)
    if not chosen.draw_only:
        measured = [figure for rows in chosen.sizes for figure in measure(rows, chosen.only)]
        chosen.kept.write_text("".join(json.dumps(figure) + "\n" for figure in measured))
    kept = [json.loads(line) for line in chosen.kept.read_text().splitlines()]
    chosen.picture.write_text(draw(curves(kept)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
