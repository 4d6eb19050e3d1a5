"""Text with places to fill in, kept as the bytes that travel, so that a message is one join and no look at the whole.

Looking once through twenty kilobytes costs more than all the rest of making a message. So everything that can be
known of what stands between the fields is known beforehand, and only the values are looked at for each person:
line ends are CRLF, no line is longer than LONGEST_LINE, and none begins with a dot (which SMTP would want doubled).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import gt, itemgetter

from content.liquid import MAX_OUTPUT
from content.plaintext import tidy_lines

# RFC 5322 §2.1.1: a line is at most 998 octets. A little below, for servers that count differently.
LONGEST_LINE = 990
# Fields and space.
_BARE = b"\0 \t"


class WireForm:
    """The pieces of one text; `places` are the positions of those that are filled in, in order."""

    def __init__(self, pieces: Sequence[str], places: Sequence[int]) -> None:
        filled = set(places)
        self.places = filled
        self.pieces = [
            b"" if number in filled else piece.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
            for number, piece in enumerate(pieces)
        ]
        # A zero byte stands for a field; a text that holds one is no e-mail (RFC 5322 §3.5) and is left to others.
        marked = b"".join(b"\0" if number in filled else piece for number, piece in enumerate(self.pieces))
        lines = marked.split(b"\n")
        # What is left of a line is shared out among its fields.
        self.most = [
            (LONGEST_LINE - len(line)) // line.count(b"\0") for line in lines for _ in range(line.count(b"\0"))
        ]
        # A field that begins a line must not let a dot come first, be it its own or that of what follows.
        self.begins = tuple(number for number in range(len(places)) if _begins_line(marked, number))
        # Where only the values decide whether `tidy_lines` leaves the text as it is.
        self.bare, self.edges = _bare_lines(marked), _edges(marked)
        filled_in = marked.decode("utf-8", "replace").replace("\0", "x")
        self.is_tidy = tidy_lines(filled_in) == filled_in
        self.is_possible = (
            marked.count(b"\0") == len(places)
            and max(map(len, lines)) <= LONGEST_LINE
            and not any(line.lstrip(b"\0").startswith(b".") for line in lines)
        )
        self.pieces = [piece.replace(b"\n", b"\r\n") for piece in self.pieces]

    def arranged(self, order: Sequence[int], *, is_tidied: bool = False) -> Arranged:
        """How to fill the text from a list of values: the field of number n gets the value of number `order[n]`.

        With `is_tidied` the text is as `tidy_lines` would leave it.
        """
        return Arranged(self, order, is_tidied=is_tidied)

    def join_tidy(self, values: Sequence[str]) -> bytes | None:
        """As `join`, and as `tidy_lines` would leave it; None where that takes a look at the whole."""
        return self._join(values, is_tidied=True)

    def join(self, values: Sequence[str]) -> bytes | None:
        """The text with these values; None when one of them may break the rules above."""
        return self._join(values, is_tidied=False)

    def _join(self, values: Sequence[str], *, is_tidied: bool) -> bytes | None:
        together = "".join(values)
        if "\n" in together or "\0" in together or "\r" in together:
            return None
        encoded = [value.encode("utf-8", "replace") for value in values]
        return self.arranged(range(len(values)), is_tidied=is_tidied).fill(values, encoded)


class Arranged:
    """A text that takes its values from a list in which each may stand for several fields."""

    def __init__(self, form: WireForm, order: Sequence[int], *, is_tidied: bool) -> None:
        self._is_possible = form.is_tidy or not is_tidied
        # One more than there are, because of a single piece `itemgetter` would make no tuple.
        self._fixed = [piece for number, piece in enumerate(form.pieces) if number not in form.places] + [b""]
        fixed, filled = iter(range(len(self._fixed))), iter(order)
        found = [
            next(filled) + len(self._fixed) if number in form.places else next(fixed)
            for number in range(len(form.pieces))
        ]
        self._pick: Callable[[list[bytes]], tuple[bytes, ...]] = itemgetter(*found, next(fixed))
        self._most = [MAX_OUTPUT] * (max(order, default=-1) + 1)
        for number, most in zip(order, form.most, strict=True):
            self._most[number] = min(self._most[number], most)
        self._begins = sorted({order[number] for number in form.begins})
        self._bare = [[order[number] for number in range(*line)] for line in form.bare] if is_tidied else []
        edges = form.edges if is_tidied else []
        self._edges = sorted({(order[number], position) for number, position in edges})

    def fill(self, texts: Sequence[str], encoded: Sequence[bytes]) -> bytes | None:
        """The text with these values, of which none may hold a line end or a zero byte; None as for `WireForm.join`.

        `texts` and `encoded` are the same values; only the latter may be escaped for HTML.
        """
        if not self._is_possible or any(map(gt, map(len, encoded), self._most)):
            return None
        for number in self._begins:
            if texts[number].startswith("."):
                return None
        for numbers in self._bare:
            if not "".join([texts[number] for number in numbers]).strip():
                return None
        for number, position in self._edges:
            # An empty value leaves the edge to what stands beside it, which may be a space.
            if not texts[number] or texts[number][position].isspace():
                return None
        text = b"".join(self._pick([*self._fixed, *encoded]))
        return text if len(text) <= MAX_OUTPUT else None


def wire_text(text: str) -> bytes | None:
    """A whole text in the same form; None when it breaks the rules above."""
    if "\0" in text or "\r" in text or text.startswith(".") or "\n." in text:
        return None
    lines = text.encode("utf-8", "replace").split(b"\n")
    return b"\r\n".join(lines) if max(map(len, lines)) <= LONGEST_LINE else None


def _begins_line(marked: bytes, number: int) -> bool:
    """Whether nothing but fields stands between the field of this number and the beginning of its line."""
    position = -1
    for _ in range(number + 1):
        position = marked.index(b"\0", position + 1)
    return not marked[marked.rfind(b"\n", 0, position) + 1 : position].strip(b"\0")


def _bare_lines(marked: bytes) -> list[tuple[int, int]]:
    """The fields, from and until, of lines that hold nothing but fields and space."""
    found, number = [], 0
    for line in marked.split(b"\n"):
        first, number = number, number + line.count(b"\0")
        if number > first and not line.strip(_BARE):
            found.append((first, number))
    return found


def _edges(marked: bytes) -> list[tuple[int, int]]:
    """Fields at which space would be dropped, and the end of their value that matters: 0 the first, -1 the last.

    They begin the text, or a line after one that is empty or may be, or end the text.
    """
    found, number, may_drop = [], 0, True
    for line in marked.split(b"\n"):
        if may_drop and line.lstrip(b" \t").startswith(b"\0"):
            found.append((number, 0))
        number += line.count(b"\0")
        may_drop = not line.strip(_BARE)
    if marked.rstrip(b" \t\n").endswith(b"\0"):
        found.append((number - 1, -1))
    return found
