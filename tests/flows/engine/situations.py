"""A situation to evaluate in: what a session knows, given as a plain record."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flows.engine.comparison import Clock
from flows.engine.expressions import member


class Known:
    """Reads paths from a record; notes what could not be computed."""

    def __init__(self, values: Mapping[str, Any], now: str = "2026-05-04T09:00:00Z", zone: str = "UTC") -> None:
        self._values = values
        self.clock = Clock(dt.datetime.fromisoformat(now.replace("Z", "+00:00")), ZoneInfo(zone))
        self.notes: list[str] = []

    def read(self, names: tuple[str, ...]) -> Any:
        root, *rest = names
        if root == "outcome":
            return (self._values.get("outcome") or {}).get(rest[0] if rest else "key")
        return member(self._values.get(root), tuple(rest))

    def is_submitted(self, key: str) -> bool:
        return key in self._values.get("answers", {})

    def note(self, code: str, where: str = "") -> None:
        self.notes.append(code)
