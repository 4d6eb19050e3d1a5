"""What the rows of a whole file would do, counted chunk by chunk with the import's own reading and matching.

Nothing is written: people are only looked up. What stands in the file twice is told by the address or external id, so
rows that only together tell of one person, or that disagree about her, are counted as near as can be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.importing.batch import Incoming
from contacts.importing.lookup import look_up
from contacts.importing.matching import changes, match
from contacts.importing.seen import Seen

SAMPLES = 3


@dataclass
class Rehearsed:
    """How many rows would do what. `reasons` is as `Rehearsal.reasons` stores it."""

    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: int = 0
    reasons: dict[str, dict[str, Any]] = field(default_factory=dict)


class Rehearser:
    """Counts the rows of one file, one chunk after another."""

    def __init__(self, workspace_id: int, mode: str, match_by: str = "") -> None:
        self._workspace_id = workspace_id
        self._mode = mode
        self._match_by = match_by
        self._seen = Seen()
        self.counted = Rehearsed()

    def count(self, rows: Sequence[Incoming]) -> None:
        """Add a chunk."""
        counted = self.counted
        counted.total += len(rows)
        good = [row for row in rows if not row.problem]
        known = look_up(self._workspace_id, good) if good else None
        for row in rows:
            if known is not None and not row.problem:
                self._count_good(row, known)
            if row.problem:
                counted.rejected += 1
                self._note(row)

    def _count_good(self, row: Incoming, known: Any) -> None:
        """One readable row; it may still be refused."""
        contact_id = match(row, known, self._mode, self._match_by)
        if row.problem:
            return
        names = ("external_id", "email") if row.fields.keys() & {"external_id", "email"} else ("phone",)
        own = [f"{name} {row.fields[name]}" for name in names if name in row.fields]
        phone = row.fields.get("phone")
        is_repeated = self._seen.meet(own)
        if phone and names != ("phone",):
            if contact_id is None and not is_repeated and self._seen.has(f"phone {phone}"):
                row.refuse("phone_taken", value=phone)
                return
            self._seen.meet([f"phone {phone}"])
        if is_repeated:
            self.counted.repeated += 1
        elif contact_id is None:
            self.counted.created += 1
        elif self._mode != "create" and changes(row, known.contacts[contact_id], known)[0]:
            self.counted.updated += 1
        else:
            self.counted.unchanged += 1

    def _note(self, row: Incoming) -> None:
        reason = self.counted.reasons.setdefault(row.problem, {"count": 0, "samples": []})
        reason["count"] += 1
        if len(reason["samples"]) < SAMPLES:
            cell = row.value or next((text for text in row.cells if text.strip()), "")
            reason["samples"].append([row.number, row.column, cell[:80].replace("\x00", "")])
