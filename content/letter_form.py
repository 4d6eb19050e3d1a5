"""HTML and text of one content version, filled together, so that each value is looked at once.

Most fields stand in both. A value is read, checked and turned into bytes once for the two of them, and escaped only
where something a person's data holds needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from liquid.exceptions import LiquidError
from markupsafe import escape

from content.filling import Choice, Data, Field, Part, Place, Value
from content.liquid import render_error
from content.liquid_filters import as_text

# Addresses we make ourselves: one line each, no control characters.
ADDRESSES = frozenset({"unsubscribe_url", "preferences_url", "view_url", "renewal_url"})


class LetterForm:
    """Two parts that share their values. `is_possible` tells whether both can be filled as `content.wire` has it."""

    def __init__(self, html: Part, text: Part) -> None:
        self.is_possible = html.is_wired and text.is_wired
        if not self.is_possible:
            return
        places = [*html.fields, *text.fields]
        shared = [*dict.fromkeys(place.shared for place in places if place.shared is not None)]
        links = [value for value in shared if _link_number(value) is not None]
        own = [value for value in shared if isinstance(value, Value) and _is_address(value)]
        personal = [value for value in shared if value not in {*links, *own}]
        self._links = [number for value in links if (number := _link_number(value)) is not None]
        self._links_needed = max(self._links, default=-1) + 1
        self._own = [str(value.path[0]) for value in own]
        self._personal = [value.reader() for value in personal]
        numbers = {value: number for number, value in enumerate([*links, *own, *personal])}
        self._html_fields, order = _ordered(html.fields, numbers)
        self._html = html.wire.arranged(order)
        self._text_fields, order = _ordered(text.fields, numbers)
        self._text = text.wire.arranged(order, is_tidied=text.has_blocks)

    def fill(self, data: Data) -> tuple[bytes | None, bytes | None]:
        """HTML and text, each None where its whole has to be looked at. Raises RenderError."""
        links: Sequence[str] = data["links"]
        if len(links) < self._links_needed:
            return None, None
        try:
            personal = [read(data) for read in self._personal]
            html_only = [field(data) for field in self._html_fields]
            text_only = [field(data) for field in self._text_fields]
        except LiquidError as error:
            raise render_error(error) from error
        together = "".join([*personal, *html_only, *text_only])
        if not together.isprintable():
            personal = [as_text(value) for value in personal]
            together = "".join([*personal, *html_only, *text_only])
            if "\n" in together or "\r" in together or "\0" in together:
                return None, None
        shared = [*[links[number] for number in self._links], *[data[name] for name in self._own], *personal]
        # One after another in one text, so that all are encoded, and escaped where need be, in one go.
        joined = "\0".join(shared)
        encoded = _encoded(joined, len(shared))
        escaped = _encoded(str(escape(joined)), len(shared)) if _has_markup(joined) else encoded
        html = self._html.fill([*shared, *html_only], escaped + _each_encoded(html_only))
        return html, self._text.fill([*shared, *text_only], encoded + _each_encoded(text_only))


def _ordered(places: Iterable[Place], numbers: dict[Value | Choice, int]) -> tuple[list[Field], list[int]]:
    """The fields of a part that are not shared, and where the value of each of its places stands in the list."""
    fields: list[Field] = []
    order = []
    for place in places:
        if place.shared is not None:
            order.append(numbers[place.shared])
        else:
            order.append(len(numbers) + len(fields))
            fields.append(place.field)
    return fields, order


def _link_number(value: Value | Choice) -> int | None:
    match value:
        case Value(("links", int(number)), ()) if number >= 0:
            return number
    return None


def _is_address(value: Value) -> bool:
    return len(value.path) == 1 and value.path[0] in ADDRESSES and not value.steps


def _has_markup(text: str) -> bool:
    return "&" in text or "'" in text or "<" in text or ">" in text or '"' in text


def _encoded(joined: str, count: int) -> list[bytes]:
    return joined.encode("utf-8", "replace").split(b"\0") if count else []


def _each_encoded(values: Iterable[str]) -> list[bytes]:
    return [value.encode("utf-8", "replace") for value in values]
