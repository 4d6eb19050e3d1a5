"""The picture that stands beside a link in a chat or a feed: 1200 × 630, drawn from words and one colour."""

import hashlib
import json
from dataclasses import asdict, dataclass
from xml.sax.saxutils import escape

import resvg_py

from core.contrast import mix, palette
from flows.pages.typesetting import EMBED, END, clean, font_files, is_right_to_left, lines_of, runs

WIDTH, HEIGHT, EDGE = 1200, 630, 80
# Whoever changes the drawing counts this up, so that pictures kept from before are not handed out.
DRAWING = 1
# Sizes that a title may have; it takes the first at which all of it has room.
SIZES = (92, 76, 62)
SMALL, FOOT = 32, 56
# How far lines are apart. Arabic letters reach further down, and carry marks above.
LINE, MIRRORED_LINE = 1.16, 1.34
LONGEST = 300


@dataclass(frozen=True)
class Card:
    """What the picture says. `eyebrow` stands above the title and `text` below it; both may be empty."""

    title: str
    owner: str
    color: str
    eyebrow: str = ""
    text: str = ""

    @property
    def digest(self) -> str:
        """A short name for exactly this picture."""
        words = json.dumps([DRAWING, asdict(self)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:16]


def can_be_drawn(card: Card) -> bool:
    """Whether our fonts have the letters of the title. Lesser words are left out where they lack theirs."""
    return bool(clean(card.title[:LONGEST]))


def draw(card: Card) -> bytes:
    """The picture as PNG. Raises ValueError for a title that cannot be drawn."""
    title = clean(card.title[:LONGEST])
    if not title:
        raise ValueError("our fonts lack the letters of this title")
    return bytes(
        resvg_py.svg_to_bytes(svg_string=_drawing(card, title), skip_system_fonts=True, font_files=font_files())
    )


def _drawing(card: Card, title: str) -> str:
    """The picture as SVG."""
    shades = palette(card.color)
    dark, soft = mix(shades.fill, "#000000", 0.32), mix(shades.fill, shades.ink, 0.78)
    is_mirrored = is_right_to_left(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">',
        f'<linearGradient id="g" x2="1" y2="1"><stop stop-color="{shades.fill}"/>'
        f'<stop offset="1" stop-color="{dark}"/></linearGradient>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g)"/>',
        _rings(is_mirrored, shades.ink),
        *_words(card, title, is_mirrored, (shades.ink, soft)),
        *_foot(card.owner, is_mirrored, (shades.ink, shades.fill)),
        "</svg>",
    ]
    return "".join(parts)


def _words(card: Card, title: str, is_mirrored: bool, inks: tuple[str, str]) -> list[str]:
    """Eyebrow, title and text, as far as there is room above the foot."""
    ink, soft = inks
    found, top, wide = [], float(EDGE), WIDTH - 2 * EDGE
    for line in lines_of(clean(card.eyebrow[:LONGEST]) or "", wide / SMALL, 1):
        found.append(_line(line, top + SMALL * 0.8, SMALL, soft, is_mirrored))
        top += SMALL + 30
    end = float(HEIGHT - EDGE - FOOT - 24)
    size, step, lines = _fitted(title, end - top, MIRRORED_LINE if is_mirrored else LINE)
    for line in lines:
        found.append(_line(line, top + size * 0.86, size, ink, is_mirrored))
        top += step
    below = lines_of(clean(card.text[:LONGEST]) or "", wide * 0.85 / SMALL, 2) if card.text else []
    for line in below:
        if top + SMALL * 1.4 <= end:
            found.append(_line(line, top + SMALL, SMALL, soft, is_mirrored))
            top += SMALL * 1.4
    return found


def _fitted(title: str, room: float, line: float) -> tuple[int, float, list[str]]:
    """The size of the title, the way from line to line, and its lines: the last is cut where nothing else helps."""
    wide = WIDTH - 2 * EDGE
    for size in SIZES:
        most = int(room / (size * line))
        lines = lines_of(title, wide / size, most + 1)
        if len(lines) <= most:
            return size, size * line, lines
    size = SIZES[-1]
    return size, size * line, lines_of(title, wide / size, int(room / (size * line)))


def _foot(owner: str, is_mirrored: bool, inks: tuple[str, str]) -> list[str]:
    """Whose it is: the first letter on a tile, and the name."""
    name = clean(owner[:LONGEST])
    if not name:
        return []
    ink, fill = inks
    side, top = FOOT, HEIGHT - EDGE - FOOT
    start = WIDTH - EDGE - side if is_mirrored else EDGE
    tile = f'<rect x="{start}" y="{top}" width="{side}" height="{side}" rx="14" fill="{ink}"/>'
    letter = _text(name[:1].upper(), start + side / 2, top + 40, 34, fill, "middle")
    shown = lines_of(name, (WIDTH - 2 * EDGE - 80) / 34, 1)[0]
    return [tile, letter, _line(shown, top + 40, 34, ink, is_mirrored, inset=side + 20)]


def _line(text: str, baseline: float, size: int, ink: str, is_mirrored: bool, *, inset: int = 0) -> str:
    x = WIDTH - EDGE - inset if is_mirrored else EDGE + inset
    return _text(text, x, baseline, size, ink, "end" if is_mirrored else "start")


def _text(text: str, x: float, baseline: float, size: int, ink: str, anchor: str) -> str:
    embedded = f"{EMBED}{text}{END}" if is_right_to_left(text) else text
    spans = [f'<tspan font-family="{run.family}">{escape(run.text)}</tspan>' for run in runs(embedded)]
    return (
        f'<text x="{x:g}" y="{baseline:g}" font-size="{size}" font-weight="600" fill="{ink}" text-anchor="{anchor}" '
        f'xml:space="preserve">{"".join(spans)}</text>'
    )


def _rings(is_mirrored: bool, ink: str) -> str:
    x = 40 if is_mirrored else WIDTH - 40
    return "".join(
        f'<circle cx="{x}" cy="{HEIGHT - 30}" r="{radius}" fill="{ink}" fill-opacity="0.06"/>'
        for radius in (330, 230, 130)
    )
