"""Text with places to fill in, kept as the bytes that travel, so that a message is one join and no look at the whole.

Looking once through twenty kilobytes costs more than all the rest of making a message. So everything that can be
known of what stands between the fields is known beforehand, and only the values are looked at for each person:
line ends are CRLF, no line is longer than LONGEST_LINE, and none begins with a dot (which SMTP would want doubled).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import gt

from content.liquid import MAX_OUTPUT
from content.plaintext import tidy_lines

# RFC 5322 §2.1.1: a line is at most 998 octets. A little below, for servers that count differently.
LONGEST_LINE = 990


class WireForm:
    """The pieces of one text; `places` are the positions of those that are filled in, in order."""

    def __init__(self, pieces: Sequence[str], places: Sequence[int]) -> None:
        filled = set(places)
        self._places = tuple(places)
        self._pieces = [
            b"" if number in filled else piece.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
            for number, piece in enumerate(pieces)
        ]
        # A zero byte stands for a field; a text that holds one is no e-mail (RFC 5322 §3.5) and is left to others.
        marked = b"".join(b"\0" if number in filled else piece for number, piece in enumerate(self._pieces))
        lines = marked.split(b"\n")
        # What is left of a line is shared out among its fields.
        self._most = [
            (LONGEST_LINE - len(line)) // line.count(b"\0") for line in lines for _ in range(line.count(b"\0"))
        ]
        # A field that begins a line must not let a dot come first, be it its own or that of what follows.
        self._begins = tuple(number for number in range(len(places)) if _begins_line(marked, number))
        # Lines on which only the values decide whether `tidy_lines` leaves them as they are.
        self._bare = _bare_lines(marked)
        filled_in = marked.decode("utf-8", "replace").replace("\0", "x")
        self.is_tidy = tidy_lines(filled_in) == filled_in
        self.is_possible = (
            marked.count(b"\0") == len(places)
            and max(map(len, lines)) <= LONGEST_LINE
            and not any(line.lstrip(b"\0").startswith(b".") for line in lines)
        )
        self._pieces = [piece.replace(b"\n", b"\r\n") for piece in self._pieces]

    def join_tidy(self, values: Sequence[str]) -> bytes | None:
        """As `join`, and as `tidy_lines` would leave it; None where that takes a look at the whole."""
        lines = ["".join(values[first:last]) for first, last in self._bare]
        if not self.is_tidy or any(not line or line != line.strip() for line in lines):
            return None
        return self.join(values)

    def join(self, values: Sequence[str]) -> bytes | None:
        """The text with these values; None when one of them may break the rules above."""
        together = "".join(values)
        if "\n" in together or "\0" in together or "\r" in together:
            return None
        if any(values[number].startswith(".") for number in self._begins):
            return None
        encoded = [value.encode("utf-8", "replace") for value in values]
        if any(map(gt, map(len, encoded), self._most)):
            return None
        pieces = self._pieces.copy()
        for place, value in zip(self._places, encoded, strict=True):
            pieces[place] = value
        text = b"".join(pieces)
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
    """The fields, from and until, of lines that hold nothing but fields and space or are the first or last line."""
    lines = marked.split(b"\n")
    found, number = [], 0
    for position, line in enumerate(lines):
        first, number = number, number + line.count(b"\0")
        if number > first and (not line.strip(b"\0 \t") or position in (0, len(lines) - 1)):
            found.append((first, number))
    return found
