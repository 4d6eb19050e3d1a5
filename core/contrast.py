"""Colours people can read: WCAG 2.2 contrast (success criteria 1.4.3 and 1.4.11) for a brand's one colour."""

import re
from dataclasses import dataclass

HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
READABLE = 4.5
LIGHT_CARD, DARK_CARD = "#ffffff", "#161b1f"
INKS = ("#ffffff", "#101820")
STEP = 0.04

Rgb = tuple[int, int, int]


def is_color(text: str) -> bool:
    """True for six hexadecimal digits after a hash."""
    return HEX.fullmatch(text) is not None


def _rgb(color: str) -> Rgb:
    if not is_color(color):
        raise ValueError(f"{color!r} is not a colour like #0b5d78")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(color: str, other: str, amount: float) -> str:
    """`color` with `amount` (0 to 1) of `other` in it. Raises ValueError for what is no colour."""
    pairs = zip(_rgb(color), _rgb(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * amount):02x}" for one, two in pairs)


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _rgb(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """The contrast of two colours, 1 to 21; the order does not matter."""
    lighter, darker = sorted((luminance(one), luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(color: str) -> str:
    """White or near black, whichever reads better on `color`."""
    return max(INKS, key=lambda ink: contrast(ink, color))


def readable_on(color: str, ground: str) -> str:
    """`color`, moved towards black or white just as far as needed to read as text on `ground`."""
    towards = "#000000" if luminance(ground) > 0.18 else "#ffffff"
    amount, shade = 0.0, color.lower()
    while contrast(shade, ground) < READABLE and amount < 1:
        amount += STEP
        shade = mix(color, towards, min(amount, 1))
    return shade


@dataclass(frozen=True)
class Palette:
    """What public pages need of a brand in one theme."""

    fill: str
    ink: str
    hover: str
    soft: str


def palette(color: str, *, dark: bool = False) -> Palette:
    """The palette of a brand colour: its fill reads as text on cards, its ink reads on its fill."""
    card = DARK_CARD if dark else LIGHT_CARD
    fill = readable_on(color, card)
    away = "#ffffff" if dark else "#000000"
    soft = mix(fill, card, 0.86 if dark else 0.92)
    return Palette(fill=fill, ink=ink_on(fill), hover=mix(fill, away, 0.15), soft=soft)
