"""The one COPY statement an export is: everything about the cells happens in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contacts.exporting.columns import ExportColumn
from contacts.formulas import disarmed_sql


@dataclass(frozen=True)
class Audience:
    """Whose rows: a statement selecting contact ids, to be embedded, and its parameters in order."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Statement:
    """SQL with `%s`, and its parameters in order."""

    sql: str
    params: tuple[Any, ...]


def table_statement(columns: Sequence[ExportColumn], audience: Audience, *, is_disarmed: bool) -> Statement:
    """SELECT of one text per column; `is_disarmed` takes the teeth out of formulas in what people wrote."""
    cells = [_disarmed(one) if is_disarmed else one.text for one in columns]
    return _selected(", ".join(cells), [value for one in columns for value in one.params], columns, audience)


def _disarmed(column: ExportColumn) -> str:
    if column.is_number:
        return disarmed_sql(column.text, but_numbers=True)
    return disarmed_sql(column.text) if column.is_written else column.text


def json_statement(columns: Sequence[ExportColumn], audience: Audience) -> Statement:
    """SELECT of one JSON object per person, details and consents as objects of their own; what is missing is null."""
    members: dict[str, list[ExportColumn]] = {}
    for column in columns:
        members.setdefault(column.member[0], []).append(column)
    cells: list[str] = []
    params: list[Any] = []
    for name, group in members.items():
        if len(group[0].member) == 1:
            cells.append(f'{group[0].json or group[0].text} AS "{name}"')
            params += _json_params(group[0])
            continue
        # Two arrays rather than jsonb_build_object, which takes a hundred arguments at most.
        values = ", ".join(one.json or f"to_jsonb({one.text})" for one in group)
        cells.append(
            "(SELECT coalesce(jsonb_object_agg(one.key, one.value) FILTER (WHERE one.value IS NOT NULL), '{}')"  # noqa: S608
            f' FROM unnest(%s::text[], ARRAY[{values}]::jsonb[]) AS one(key, value)) AS "{name}"'
        )
        params += [[one.member[1] for one in group], *(value for one in group for value in _json_params(one))]
    inner = _selected(", ".join(cells), params, columns, audience)
    return Statement(f"SELECT row_to_json(person)::text FROM ({inner.sql}) AS person", inner.params)  # noqa: S608


def _json_params(column: ExportColumn) -> tuple[Any, ...]:
    return column.params[: column.json.count("%s")] if column.json else column.params


def _selected(cells: str, params: Sequence[Any], columns: Sequence[ExportColumn], audience: Audience) -> Statement:
    joins = " ".join(dict.fromkeys(join for one in columns for join in one.joins))
    sql = f"SELECT {cells} FROM contacts_contact c {joins} WHERE c.id IN ({audience.sql})"  # noqa: S608 - from code
    return Statement(sql, (*params, *audience.params))
