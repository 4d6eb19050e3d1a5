"""What is remembered of a session between events: plain values only, so that it can be stored as JSON."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from flows.engine.dates import moment_text, read_moment
from flows.engine.values import Value

ACTIVE, COMPLETED, DISQUALIFIED = "active", "completed", "disqualified"
HANDED_OFF, EXPIRED, FAILED = "handed_off", "expired", "failed"


@dataclass(frozen=True)
class Entry:
    """One entry of the path: a step that was submitted or passed, or (`event` set) an event of the flow.

    `shown` are the keys of the blocks that were visible when it was submitted; what was not shown is no answer.
    `left_early` when on_enter led away, so that the step's logic never ran.
    """

    step: str
    visit: int
    entered_at: dt.datetime
    at: dt.datetime
    answers: Mapping[str, Value] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    submitted: bool = False
    left_early: bool = False
    event: int | None = None


@dataclass(frozen=True)
class State:
    """A session. It is never changed: each event makes another one."""

    version: str
    seed: str
    locale: str
    timezone: str
    channel: str
    started_at: dt.datetime
    last_at: dt.datetime
    status: str = ACTIVE
    current: str | None = None
    entered_at: dt.datetime | None = None
    ending: str | None = None
    path: tuple[Entry, ...] = ()
    kept: Mapping[str, Value] = field(default_factory=dict)
    draft: Mapping[str, Value] = field(default_factory=dict)
    hidden: Mapping[str, Value] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    visit: int = 0
    attempts: Mapping[str, int] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)
    timers: Mapping[str, dt.datetime] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    review: str | None = None
    return_to: str | None = None
    film_ended: bool = False

    def to_record(self) -> dict[str, Any]:
        """The state as JSON values with decimals."""
        record = {item.name: _plain(getattr(self, item.name)) for item in dataclasses.fields(self)}
        record["settled"] = sorted(self.settled)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The state that `to_record` wrote; numbers must have been read as decimals."""
        values = dict(record)
        for name in ("started_at", "last_at", "entered_at"):
            values[name] = read_moment(values[name])
        values["timers"] = {key: read_moment(at) for key, at in values["timers"].items()}
        values["attempts"] = {key: int(count) for key, count in values["attempts"].items()}
        values["path"] = tuple(map(_entry, values["path"]))
        values["settled"] = frozenset(values["settled"])
        values["visit"] = int(values["visit"])
        return cls(**values)


def _entry(record: Mapping[str, Any]) -> Entry:
    values = {**record, "entered_at": read_moment(record["entered_at"]), "at": read_moment(record["at"])}
    values["shown"] = tuple(values["shown"])
    values["visit"] = int(values["visit"])
    values["event"] = None if values["event"] is None else int(values["event"])
    return Entry(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment_text(value)
    if isinstance(value, Entry):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value
