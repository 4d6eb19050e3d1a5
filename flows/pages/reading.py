"""From a sent form to the answers of an event: numbers of native controls as numbers, typed ones as they were typed."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from flows.engine.intake import choice_list
from flows.engine.values import Value
from flows.pages.blocks import PREFIX, Block, is_question
from flows.pages.parts import MEMBERS

OTHER = ".other"
LONGEST = 200_000
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


class Sent(Protocol):
    """A form as Django reads it."""

    def get(self, key: str) -> Any:
        """The last value of a field, None without one."""

    def getlist(self, key: str) -> list[Any]:
        """All values of a field."""


def read_answers(blocks: Iterable[Block], sent: Sent) -> dict[str, Value]:
    """The answers to these blocks, in the shapes of the engine's events; a field that was not sent gives none."""
    answers: dict[str, Value] = {}
    for block in blocks:
        if is_question(block):
            value = _READERS.get(block["type"], _text)(block, f"{PREFIX}{block['key']}", sent)
            if value is not None:
                answers[str(block["key"])] = value
    return answers


def _text(_block: Block, field: str, sent: Sent) -> Value:
    raw = sent.get(field)
    # NUL and lone surrogates are in no text that PostgreSQL keeps; what is longer than any answer is refused as such.
    return raw[:LONGEST].replace("\x00", "").encode(errors="ignore").decode() if isinstance(raw, str) else None


def _native_number(block: Block, field: str, sent: Sent) -> Value:
    raw = _text(block, field, sent)
    return Decimal(raw) if isinstance(raw, str) and _PLAIN_NUMBER.fullmatch(raw) else raw or None


def _choice(block: Block, field: str, sent: Sent) -> Value:
    raw = _text(block, field, sent)
    return _with_other(block, raw, field, sent) if isinstance(raw, str) and raw else None


def _several(block: Block, field: str, sent: Sent) -> Value:
    keys = [one for one in sent.getlist(field)[:500] if isinstance(one, str) and one]
    return [_with_other(block, key, field, sent) for key in keys] or None


def _with_other(block: Block, key: str, field: str, sent: Sent) -> Value:
    """The key, with the free text where it is an `other` choice that has one."""
    takes_text = any(one["key"] == key and one.get("other") for one in choice_list(block))
    text = _text(block, field + OTHER, sent) if takes_text else None
    return {"key": key, "text": text} if text else key


def _ranking(block: Block, field: str, sent: Sent) -> Value:
    """The keys by the places they were given; a place given twice is handed on as a key twice, which is refused."""
    given = []
    for one in choice_list(block):
        place = str(sent.get(f"{field}.{one['key']}") or "")
        if place.isascii() and place.isdigit() and len(place) < 4:
            given.append((int(place), str(one["key"])))
    keys = [key for _place, key in sorted(given)]
    is_doubled = len({place for place, _key in given}) < len(given)
    return [*keys, keys[0]] if is_doubled else keys or None


def _matrix(block: Block, field: str, sent: Sent) -> Value:
    rows = {str(row["key"]): sent.get(f"{field}.{row['key']}") for row in block["rows"]}
    return {key: str(column) for key, column in rows.items() if column} or None


def _parts(block: Block, field: str, sent: Sent) -> Value:
    found = {name: _text(block, f"{field}.{name}", sent) for name in MEMBERS[block["type"]]}
    return {name: text for name, text in found.items() if isinstance(text, str) and text.strip()} or None


def _signature(block: Block, field: str, sent: Sent) -> Value:
    return _text(block, f"{field}.drawn", sent) or _text(block, field, sent) or None


def _elsewhere(_block: Block, _field: str, _sent: Sent) -> Value:
    return None  # files and puzzles are judged by the server


_READERS: Mapping[str, Callable[[Block, str, Sent], Value]] = {
    **dict.fromkeys(("rating", "opinion_scale", "nps", "slider"), _native_number),
    **dict.fromkeys(("single_choice", "dropdown", "picture_choice", "hotspot"), _choice),
    "multiple_choice": _several,
    "ranking": _ranking,
    "matrix": _matrix,
    **dict.fromkeys(MEMBERS, _parts),
    "signature": _signature,
    **dict.fromkeys(("file_upload", "captcha"), _elsewhere),
}
