"""How large a flow's document may be, whoever brings it: what is larger would keep a server busy for minutes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from flows.answers import FlowProblem

# A flow of a hundred steps has some 5,000 members. Conditions may lie twenty deep, which is some fifty levels.
MOST_STEPS, MOST_BLOCKS, MOST_MEMBERS, DEEPEST = 500, 2_000, 50_000, 100
MOST_DIGITS = 400


def check_size(document: Any) -> None:
    """Raise FlowProblem for a document that is too large or deep to work with, or cannot be kept as text."""
    members = 0
    for value, depth in _members(document):
        members += 1
        if depth > DEEPEST or _is_unkept(value):
            raise FlowProblem(_("This is JSON, but not a flow: parts are missing or have another form."), "/document")
        if members > MOST_MEMBERS:
            break
    steps = document.get("steps") if isinstance(document, dict) else None
    found = [one for one in steps if isinstance(one, dict)] if isinstance(steps, list) else []
    blocks = sum(len(one["blocks"]) for one in found if isinstance(one.get("blocks"), list))
    if members > MOST_MEMBERS or len(found) > MOST_STEPS or blocks > MOST_BLOCKS:
        raise FlowProblem(_("The flow has too many steps or blocks. Split it into several flows."), "/document")


def _members(document: Any) -> Iterator[tuple[Any, int]]:
    """Every value and key with its depth; without recursion, since depth is what is to be found out."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        yield value, depth
        if isinstance(value, dict):
            waiting += [(one, depth + 1) for pair in value.items() for one in pair]
        elif isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]


def _is_unkept(value: Any) -> bool:
    """Texts with half a character (lone surrogates), and numbers that nobody could write out."""
    if isinstance(value, str):
        return any("\ud800" <= one <= "\udfff" for one in value) if not value.isascii() else False
    if isinstance(value, Decimal):
        return abs(value.adjusted()) > MOST_DIGITS
    return isinstance(value, int) and abs(value) >= 10**MOST_DIGITS
