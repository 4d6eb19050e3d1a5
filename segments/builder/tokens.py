"""The parts of a sentence: words, and tokens that are controls of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from core.formatting import listed
from segments.builder.labels import Choices

_BEFORE_PUNCTUATION = re.compile(r"\s+(?=[,:;،؛](?:\s|$))")
# With more to choose from than this one would rather look for it.
_LONG = 12
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Part:
    """A part of a sentence: plain words where `control` is empty, else a control of the form.

    A quiet one only says that nothing in particular was asked; it is left out when the sentence is read out.
    """

    text: str = ""
    control: str = ""
    name: str = ""
    label: str = ""
    value: str = ""
    choices: Choices = field(default_factory=list)
    groups: list[tuple[str, Choices]] = field(default_factory=list)
    chosen: tuple[str, ...] = ()
    is_value: bool = False
    size: int = 12
    is_quiet: bool = False
    is_adder: bool = False
    suggestions: str = ""
    may_type: bool = False

    @property
    def is_long(self) -> bool:
        """Say whether there is so much to choose from that one would rather look for it."""
        return len(self.choices) > _LONG

    @property
    def shown(self) -> str:
        """Return the part as it reads in a sentence."""
        if not self.control:
            return self.text
        offered = dict(self.choices or [choice for _heading, group in self.groups for choice in group])
        if self.control == "many":
            return listed(offered.get(key, key) for key in self.chosen) or "…"
        if self.control == "select":
            return offered.get(self.value, self.value)
        return self.value


def words(text: str) -> Part:
    """Return plain words."""
    return Part(text=text)


def select(name: str, value: str, choices: Choices, label: str, *, is_value: bool = False) -> Part:
    """Return a choice of one; a value that is no longer on offer stays choosable."""
    offered = choices if any(key == value for key, _words in choices) else [*choices, (value, value)]
    return Part(control="select", name=name, value=value, choices=offered, label=label, is_value=is_value)


def many(name: str, chosen: Sequence[str], choices: Choices, label: str) -> Part:
    """Return a choice of several."""
    known = {key for key, _words in choices}
    offered = [*choices, *((key, key) for key in chosen if key not in known)]
    if len(offered) > _LONG:
        offered.sort(key=lambda choice: choice[0] not in chosen)
    return Part(control="many", name=name, chosen=tuple(chosen), choices=offered, label=label, is_value=True)


def adder(path: str, choices: Choices) -> list[Part]:
    """Return the token that adds a detail to the sentence at a path; none where nothing is left to add."""
    if not choices:
        return []
    offered = [("", _("add a detail")), *choices]
    label = _("Add a detail to this sentence")
    return [Part(control="select", name=f"{path}:more", choices=offered, label=label, is_quiet=True, is_adder=True)]


def entry(name: str, value: str, label: str, *, control: str = "text", size: int = 12, suggestions: str = "") -> Part:
    """Return something to type: text, number, date or datetime-local. `suggestions` names a list on the page."""
    return Part(control=control, name=name, value=value, label=label, is_value=True, size=size, suggestions=suggestions)


def compose(pattern: str, parts: Mapping[str, Part | Sequence[Part]]) -> list[Part]:
    """Return a translated pattern with its `{names}` replaced by parts; what has no parts leaves nothing behind."""
    composed: list[Part] = []
    position = 0
    for match in _PLACEHOLDER.finditer(pattern):
        before = pattern[position : match.start()].strip()
        if before:
            composed.append(words(before))
        filled = parts.get(match.group(1), ())
        composed.extend([filled] if isinstance(filled, Part) else filled)
        position = match.end()
    after = pattern[position:].strip()
    return [*composed, words(after)] if after else composed


def quiet(parts: Sequence[Part]) -> list[Part]:
    """Return parts that are shown but not read out."""
    return [replace(part, is_quiet=True) for part in parts]


def read_out(parts: Sequence[Part]) -> str:
    """Return a sentence as plain words."""
    told = " ".join(part.shown for part in parts if part.shown and not part.is_quiet)
    # What a translation puts between two tokens may begin with a comma.
    return _BEFORE_PUNCTUATION.sub("", told)


@dataclass(frozen=True)
class Fields:
    """What a form sent for one sentence: lists of texts by the short names of its tokens."""

    sent: Mapping[str, Sequence[str]]
    prefix: str

    def has(self, name: str) -> bool:
        """Say whether the token was in the form."""
        return f"{self.prefix}:{name}" in self.sent

    def get(self, name: str, default: str = "") -> str:
        """Return what one token says."""
        values = self.sent.get(f"{self.prefix}:{name}")
        return values[-1] if values else default

    def all(self, name: str) -> list[str]:
        """Return what a token of several says; the empty text only marks that it was there."""
        return [value for value in self.sent.get(f"{self.prefix}:{name}", ()) if value]

    def whole(self, name: str, default: int) -> Any:
        """Return a whole number, or the text as it was typed where it is none."""
        text = self.get(name, str(default)).strip()
        unsigned = text.removeprefix("-")
        return int(text) if unsigned.isascii() and unsigned.isdecimal() and len(text) < 12 else text
