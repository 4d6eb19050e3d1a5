"""Putting values into texts, in one pass, escaped for where the text goes (docs/flows.md)."""

import html
import json
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from urllib.parse import quote

from flows.engine.expressions import known_path
from flows.engine.locales import NO_BREAK, habits_of
from flows.engine.values import Value, is_number, number_text

_PIPE = re.compile(r"\{\{\s*([A-Za-z_]+(?:\.[A-Za-z][A-Za-z0-9_]*)*)\s*(?:\|([^{}]*))?\}\}")
# Control characters except tab and line feed, and the marks that turn the direction of writing.
_UNWANTED = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]")
_MARKDOWN = re.compile(r"([\\_*\[\]()~`>#+\-=|{}.!])")
_WIDE = Context(prec=120, traps=[])
# Decimals of currencies other than two (ISO 4217).
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(_WITH_THREE.split())


def fill(template: str, show: Callable[[tuple[str, ...]], str], renderer: str) -> str:
    """The template with its `{{path|fallback}}` filled; anything else in braces stays as it is.

    `show` gives the words of a path, "" when there are none. What is filled in is escaped for the renderer, one of
    text, html, url, json, markdown, header and csv; values are never looked through for braces again.
    """

    def replaced(match: re.Match[str]) -> str:
        names = tuple(match[1].split("."))
        if not known_path(names):
            return match[0]
        words = show(names)
        return escape(words if words.strip() else (match[2] or "").strip(), renderer)

    return _PIPE.sub(replaced, template)


def pipes_of(template: str) -> list[tuple[str, ...]]:
    """The paths that a template puts in."""
    paths = [tuple(match[1].split(".")) for match in _PIPE.finditer(template)]
    return [names for names in paths if known_path(names)]


def escape(text: str, renderer: str) -> str:
    """The text without dangerous marks, escaped for a renderer."""
    return _ESCAPES[renderer](_UNWANTED.sub("", text))


def words_of(value: Value, locale: str) -> str:
    """A value as people read it in a locale: numbers ungrouped with the locale's decimal sign, lists joined."""
    habits = habits_of(locale)
    if value is None:
        return ""
    if isinstance(value, bool):
        return habits.yes if value else habits.no
    if is_number(value):
        return number_text(value).replace(".", habits.decimal)
    if isinstance(value, str):
        return value
    members = list(value.values()) if isinstance(value, Mapping) else value
    return habits.comma.join(filter(None, (words_of(one, locale) for one in members)))


def formatted(value: Value, style: Mapping[str, Any] | None, locale: str) -> str:
    """A calculation's value in its format `{style, currency, decimals}`; anything but a number as it reads."""
    kind = (style or {}).get("style", "plain")
    if not is_number(value) or kind == "plain" or style is None:
        return words_of(value, locale)
    currency = style.get("currency", "")
    decimals = style.get("decimals", _decimals(kind, currency))
    number = _grouped(Decimal(value), decimals, locale)
    if kind == "percent":
        return f"{number}{NO_BREAK}%"
    return f"{number}{NO_BREAK}{currency}" if kind == "money" and currency else number


def _decimals(kind: str, currency: str) -> int | None:
    if kind == "money":
        return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    return 0 if kind == "percent" else None


def _grouped(number: Decimal, decimals: int | None, locale: str) -> str:
    habits = habits_of(locale)
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)
    text = format(number, "f") if decimals is not None else number_text(number)
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _point, fraction = digits.partition(".")
    if not int(whole + (fraction or "0")):
        sign = ""
    grouped = f"{int(whole):,}".replace(",", habits.group)
    return f"{sign}{grouped}{habits.decimal}{fraction}" if fraction else f"{sign}{grouped}"


def _html(text: str) -> str:
    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def _csv(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


_ESCAPES: dict[str, Callable[[str], str]] = {
    "text": lambda text: text,
    "html": _html,
    "url": lambda text: quote(text, safe="-._~"),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("<", "\\u003c"),
    "markdown": lambda text: _MARKDOWN.sub(r"\\\1", text),
    "header": lambda text: re.sub(r"[\r\n]+", " ", text),
    "csv": _csv,
}
