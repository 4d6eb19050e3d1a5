"""Readings that are kept, since columns such as country repeat themselves. Pure."""

from collections.abc import Callable
from typing import Any

MAX_REMEMBERED = 150_000  # of all columns together: some 40 MB
MAX_LENGTH = 40


class Room:
    """How many more readings the memories of one file may keep; taken by whoever comes first."""

    def __init__(self, left: int = MAX_REMEMBERED) -> None:
        self.left = left


class Memory(dict[Any, Any]):
    """`work(key)` by key, worked out once for each key that still found room; looking one up costs no call of ours.

    Two threads may share it: at worst something is worked out twice.
    """

    def __init__(self, work: Callable[[Any], Any], room: Room) -> None:
        super().__init__()
        self._work = work
        self._room = room

    def __missing__(self, key: Any) -> Any:
        value = self._work(key)
        if self._room.left > 0 and not (isinstance(key, str) and len(key) > MAX_LENGTH):
            self._room.left -= 1
            self[key] = value
        return value
