"""Words on a picture: which font has which letters, how wide they are, and where a line ends.

The fonts are ours to ship (static/vendor/manifest.json) and cover Latin, Cyrillic, Greek, Arabic and Hebrew letters.
What they lack is not drawn: a picture full of boxes is worse than none.
"""

import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uharfbuzz

FONTS = {
    "Inter": "inter-0.4.2-600.ttf",
    "Noto Sans Arabic": "noto-sans-arabic-0.4.3-600.ttf",
    "Noto Sans Hebrew": "noto-sans-hebrew-0.4.1-600.ttf",
}
FOLDER = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"
CUT = "…"
# A right-to-left line that is embedded as such puts its full stop and its foreign words in the right place (UAX #9).
EMBED, END = "\u202b", "\u202c"
_JOINERS = "\u200c\u200d"
_STRONG = {"L": False, "R": True, "AL": True}


@dataclass(frozen=True)
class Run:
    """Letters of one font."""

    family: str
    text: str


def font_files() -> list[str]:
    """Where the fonts lie."""
    return [str(FOLDER / name) for name in FONTS.values()]


def clean(text: str) -> str | None:
    """The text as it can be drawn, without pictograms and controls; None where letters of it could not be drawn."""
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        if letter.isspace():
            kept.append(" ")
        elif letter in _JOINERS or (unicodedata.category(letter)[0] != "C" and _family(letter) is not None):
            kept.append(letter)
        elif unicodedata.category(letter)[0] in "LMN":
            return None
    return " ".join("".join(kept).split()).strip(_JOINERS)


def is_right_to_left(text: str) -> bool:
    """The direction of a text: that of its first letter which has one (UAX #9, P2 and P3)."""
    directions = (_STRONG.get(unicodedata.bidirectional(letter)) for letter in text)
    return next((one for one in directions if one is not None), False)


def runs(text: str) -> list[Run]:
    """The text cut where its font changes. Blanks and marks stay with the letter before them."""
    found: list[Run] = []
    for letter in text:
        family = found[-1].family if found and _stays(letter, found[-1].family) else _family(letter) or "Inter"
        if found and found[-1].family == family:
            found[-1] = Run(family, found[-1].text + letter)
        else:
            found.append(Run(family, letter))
    return found


def width_of(text: str) -> float:
    """How wide a text is at size 1. Arabic letters count as if they stood alone, which is never less."""
    return sum(_advance(run.family, letter) for run in runs(text) for letter in run.text)


def lines_of(text: str, width: float, most: int) -> list[str]:
    """The text in at most so many lines of this width (at size 1), the last one cut with … where it must be."""
    found: list[str] = []
    for word in _words(text, width):
        if found and width_of(f"{found[-1]} {word}") <= width:
            found[-1] = f"{found[-1]} {word}"
        elif len(found) < most:
            found.append(word)
        else:
            found[-1] = _shortened(found[-1], width)
            break
    return found


def _words(text: str, width: float) -> Iterator[str]:
    """The words, those wider than a line in pieces."""
    for word in text.split():
        piece = ""
        for letter in word:
            if piece and width_of(piece + letter) > width:
                yield piece
                piece = ""
            piece += letter
        yield piece


def _shortened(line: str, width: float) -> str:
    while line and width_of(line + CUT) > width:
        line = line[:-1]
    return line.rstrip() + CUT


def _stays(letter: str, family: str) -> bool:
    is_neutral = letter in _JOINERS or letter == " " or bool(unicodedata.combining(letter))
    return is_neutral and (letter in _JOINERS or _glyph(family, letter) is not None)


@functools.lru_cache(maxsize=4_000)
def _family(letter: str) -> str | None:
    return next((family for family in FONTS if _glyph(family, letter) is not None), None)


@functools.lru_cache(maxsize=4_000)
def _advance(family: str, letter: str) -> float:
    glyph = _glyph(family, letter)
    font = _font(family)
    return float(font.get_glyph_h_advance(glyph)) / float(font.face.upem) if glyph is not None else 0.0


def _glyph(family: str, letter: str) -> int | None:
    found: int | None = _font(family).get_nominal_glyph(ord(letter))
    return found


@functools.cache
def _font(family: str) -> Any:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FOLDER / FONTS[family]))))
