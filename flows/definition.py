"""What others see of a document: its answers with the types that segments know, and its outcomes. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.folding import fold
from flows.engine.flow import OTHER, is_input
from flows.engine.intake import choice_list

# What answers of a block can be compared as (flows.answers.TYPES); records and files are not for segments.
_TYPES = {
    "number": "number", "rating": "number", "opinion_scale": "number", "nps": "number", "slider": "number",
    "yes_no": "boolean", "consent": "boolean", "date": "date",
    "short_text": "text", "long_text": "text", "email": "text", "phone": "text", "url": "text", "country": "text",
    "time": "text",
}  # fmt: skip
_ONE_OF = frozenset({"single_choice", "dropdown", "picture_choice", "hotspot"})
_SOME_OF = frozenset({"multiple_choice", "ranking"})
# No page takes payments, so nobody could get past such a question.
UNASKED = frozenset({"payment"})
MOST_OPTIONS, LONGEST_OPTION = 200, 60


def answers_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`{key: {"type", "options"?}}` of everything that segments can ask for; of variants the first counts."""
    found: dict[str, dict[str, Any]] = {}
    for block in _inputs(document):
        entry = _entry(block)
        if entry is not None and len(block["key"]) <= LONGEST_OPTION:
            found.setdefault(block["key"], entry)
            if any(one.get("other") for one in choice_list(block)):
                found.setdefault(f"{block['key']}{OTHER}", {"type": "text"})
    return found


def unasked_of(document: Mapping[str, Any]) -> list[str]:
    """The keys of questions that cannot be asked."""
    return [str(block["key"]) for block in _inputs(document) if block["type"] in UNASKED]


def outcomes_of(document: Mapping[str, Any]) -> list[str]:
    """The keys of the outcomes, in their order."""
    return [str(one["key"]) for one in document.get("outcomes") or ()]


def _inputs(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for step in document["steps"]:
        groups = [step["blocks"], *(one.get("blocks") or () for one in step.get("variants") or ())]
        yield from (block for group in groups for block in group if is_input(block))


def _entry(block: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = block["type"]
    if kind in _TYPES:
        return {"type": _TYPES[kind]}
    if kind not in _ONE_OF | _SOME_OF:
        return None
    options = [str(one["key"]) for one in choice_list(block)]
    alike = len({fold(option) for option in options}) != len(options)
    if not options or alike or len(options) > MOST_OPTIONS or any(len(one) > LONGEST_OPTION for one in options):
        return {"type": "text"} if kind in _ONE_OF else None
    return {"type": "choice" if kind in _ONE_OF else "multi_choice", "options": options}
