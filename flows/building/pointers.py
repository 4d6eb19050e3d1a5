"""Places of a document by JSON Pointer (RFC 6901)."""

import re
from typing import Any

from flows.checking.problems import pointer

_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)


class NoSuchPlace(LookupError):
    """The document has nothing there: it changed meanwhile, or the pointer was made up."""


def parts_of(path: str) -> list[str]:
    """The parts of a pointer. Raises NoSuchPlace for what is none."""
    if path and not path.startswith("/"):
        raise NoSuchPlace(path)
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def joined(parts: list[str]) -> str:
    """The pointer of parts."""
    return pointer(*parts)


def place_in_list(part: str) -> int:
    """A part that counts in a list. Raises NoSuchPlace."""
    if not _NUMBER.fullmatch(part):
        raise NoSuchPlace(part)
    return int(part)


def at(document: Any, path: str) -> Any:
    """The value at a place. Raises NoSuchPlace."""
    value = document
    for part in parts_of(path):
        if isinstance(value, list):
            number = place_in_list(part)
            if number >= len(value):
                raise NoSuchPlace(path)
            value = value[number]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise NoSuchPlace(path)
    return value


def found(document: Any, path: str, otherwise: Any = None) -> Any:
    """The value at a place, or something else where there is none."""
    try:
        return at(document, path)
    except NoSuchPlace:
        return otherwise


def holder_of(document: Any, path: str) -> tuple[Any, str]:
    """What holds a place, and the last part of the pointer. Raises NoSuchPlace, also for the whole document."""
    parts = parts_of(path)
    if not parts:
        raise NoSuchPlace(path)
    return at(document, joined(parts[:-1])), parts[-1]


def parent_of(path: str) -> str:
    """The pointer without its last part."""
    return joined(parts_of(path)[:-1])
