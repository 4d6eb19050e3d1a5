"""Where every app that stores a contact takes part when two contacts become one, and when they become two again.

Filled in `AppConfig.ready()`; a test finds the table with a contact that nobody answers for. Everything runs inside
the transaction of the merge. A part has two functions:

    merge(cursor, kept_id, merged_id) -> undo data     what is JSON, or None when there was nothing to do
    undo(cursor, kept_id, merged_id, data)             only called where there was data

When `merge` runs both rows are there and locked; afterwards no row may name the merged contact any more, for its own
row is deleted. When `undo` runs it is back under its old id. What happened since the merge stays with the kept one.

`columns` names what the part answers for, as `table.column`. `is_loose` says that rows may still arrive for the merged
contact a moment later, for want of a constraint: then `merge` is called again by the tick, and its data is dropped.
`foretell(kept_id, merged_ids)` says in sentences what will be different for the kept contact, before anything is done.
`is_last` parts run behind all others: addresses, which a sender locks behind its messages.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

Merge = Callable[[Any, int, int], Any]
Undo = Callable[[Any, int, int, Any], None]
Foretell = Callable[[int, Sequence[int]], list[str]]


@dataclass(frozen=True)
class Part:
    """What one app does for some of its tables."""

    columns: tuple[str, ...]
    merge: Merge
    undo: Undo
    is_loose: bool = False
    is_last: bool = False
    foretell: Foretell | None = None


_parts: dict[str, Part] = {}


def take_part(name: str, part: Part) -> None:
    """Have a part's functions called. `name` is `app.what` and unique."""
    if _parts.get(name, part).columns != part.columns:
        raise ValueError(f"two parts of a merge are called {name}")
    _parts[name] = part


def move_rows(
    model: type[models.Model],
    column: str = "contact_id",
    *,
    once_per: Sequence[str] | None = None,
    is_loose: bool = False,
) -> None:
    """Rows of `model` follow the person to the kept contact.

    `once_per` names the columns that are unique together with the contact's: where the kept contact has such a row
    already, it counts and the merged one's is held back for the undo. Empty means one row for a contact.
    """
    rows = _Rows(model, column, once_per)
    take_part(_name(model, column), Part((rows.label,), rows.move, rows.undo, is_loose=is_loose))


def hold_rows(model: type[models.Model], column: str = "contact_id") -> None:
    """Rows of `model` are of no use to the kept contact: they go, and come back with the undo."""
    rows = _Rows(model, column, None)
    take_part(_name(model, column), Part((rows.label,), rows.hold, rows.undo))


def parts() -> dict[str, Part]:
    """All parts by name, in the order in which they run."""
    return dict(sorted(_parts.items(), key=lambda item: item[1].is_last))


def foretold(kept_id: int, merged_ids: Sequence[int]) -> list[str]:
    """What every app says will be different, in sentences."""
    tellers = [part.foretell for part in parts().values() if part.foretell]
    return [sentence for tell in tellers for sentence in tell(kept_id, merged_ids)]


def take_rows(cursor: Any, model: type[models.Model], condition: str, values: Any) -> list[dict[str, Any]]:
    """Delete the rows of `model` for which the SQL condition (on alias `m`) holds; returns them as JSON objects."""
    table = connection.ops.quote_name(model._meta.db_table)
    cursor.execute(f"DELETE FROM {table} m WHERE {condition} RETURNING to_jsonb(m)", values)  # noqa: S608 - from code
    return [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]


def put_rows(cursor: Any, model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that `take_rows` gave, as far as what they point to is still there and their place is free.

    A pointer that may be empty is emptied when its target is gone. Columns that came since get their default.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    fields: list[Any] = [field for field in model._meta.concrete_fields if field.column in rows[0]]
    values, conditions = [], ["true"]
    for field in fields:
        name = f"r.{quote(field.column)}"
        target = _checked_target(field)
        there = _exists(*target, name) if target else ""
        if target and field.null:
            values.append(f"CASE WHEN {there} THEN {name} END")
            continue
        values.append(name)
        conditions += [there] if target else []
    table = quote(model._meta.db_table)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(quote(field.column) for field in fields)})"  # noqa: S608 - names from models
        f" SELECT {', '.join(values)} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) r"
        f" WHERE {' AND '.join(conditions)} ON CONFLICT DO NOTHING",
        [json.dumps(rows)],
    )


def _exists(table: str, column: str, name: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = {name})"  # noqa: S608 - names from models


def _checked_target(field: Any) -> tuple[str, str] | None:
    """(table, column) that a foreign key points to, when the database checks it."""
    if not (field.is_relation and field.db_constraint):
        return None
    quote = connection.ops.quote_name
    return quote(field.related_model._meta.db_table), quote(field.target_field.column)


def _name(model: type[models.Model], column: str) -> str:
    return f"{model._meta.app_label}.{model._meta.model_name}.{column}"


class _Rows:
    """The rows of one table that name a contact in one column."""

    def __init__(self, model: type[models.Model], column: str, once_per: Sequence[str] | None) -> None:
        quote = connection.ops.quote_name
        self._model = model
        self._table = quote(model._meta.db_table)
        self._column = quote(column)
        self._once_per = None if once_per is None else [quote(name) for name in once_per]
        primary_key: Any = model._meta.pk
        # Where the contact is the row's own key, the rows that moved are found by that.
        self._key = "" if primary_key.column == column else quote(primary_key.column)
        self.label = f"{model._meta.db_table}.{column}"

    def move(self, cursor: Any, kept_id: int, merged_id: int) -> Any:
        held = self._take_twins(cursor, kept_id, merged_id)
        returning = f" RETURNING {self._key}" if self._key else ""
        cursor.execute(
            f"UPDATE {self._table} SET {self._column} = %s WHERE {self._column} = %s{returning}",  # noqa: S608
            [kept_id, merged_id],
        )
        moved = [key for (key,) in cursor.fetchall()] if self._key else [kept_id] * cursor.rowcount
        return {"moved": moved, "held": held} if moved or held else None

    def hold(self, cursor: Any, _kept_id: int, merged_id: int) -> Any:
        held = take_rows(cursor, self._model, f"m.{self._column} = %s", [merged_id])
        return {"moved": [], "held": held} if held else None

    def undo(self, cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
        if data["moved"]:
            key = self._key or self._column
            cursor.execute(
                f"UPDATE {self._table} SET {self._column} = %s"  # noqa: S608 - names from models
                f" WHERE {key} = ANY(%s) AND {self._column} = %s",
                [merged_id, data["moved"], kept_id],
            )
        put_rows(cursor, self._model, data["held"])

    def _take_twins(self, cursor: Any, kept_id: int, merged_id: int) -> list[dict[str, Any]]:
        if self._once_per is None:
            return []
        same = "".join(f" AND k.{name} IS NOT DISTINCT FROM m.{name}" for name in self._once_per)
        condition = (
            f"m.{self._column} = %s AND EXISTS"  # noqa: S608 - names from models
            f" (SELECT 1 FROM {self._table} k WHERE k.{self._column} = %s{same})"
        )
        return take_rows(cursor, self._model, condition, [merged_id, kept_id])
