"""Inserting one row as Django would, with a statement that is not put together anew each time.

For the few places that thousands of strangers call: building the statement costs more than all the rest of a save.
"""

import functools
from dataclasses import dataclass
from typing import Any

from django.db import connection, models


@dataclass(frozen=True)
class Columns:
    """The columns of a model without its key, and how each value is written into a statement."""

    fields: tuple[Any, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]

    def values_of(self, row: models.Model) -> list[Any]:
        """The row's values in the form the database takes, `auto_now` and its like filled in as `save` does."""
        return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in self.fields]


@functools.cache
def columns_of(model: type[models.Model]) -> Columns:
    """The columns of a model."""
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    quote = connection.ops.quote_name
    places = tuple(f"%s::{field.db_type(connection)}" if _is_cast(field) else "%s" for field in fields)
    return Columns(fields, tuple(quote(str(field.column)) for field in fields), places)


def _is_cast(field: Any) -> bool:
    """Whether Django too says the type beside each value, as for arrays."""
    return hasattr(field, "get_placeholder")


@functools.cache
def _statement(model: type[models.Model], count: int) -> str:
    columns, quote = columns_of(model), connection.ops.quote_name
    key: Any = model._meta.pk
    row = f"({', '.join(columns.places)})"
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns.names)}) "  # noqa: S608 - names of our own
        f"VALUES {', '.join([row] * count)} RETURNING {quote(key.column)}"
    )


def insert(*rows: models.Model) -> None:
    """Insert a few new rows of one model and give them their keys, for models without parents and overridden saves.

    Raises what the database raises, such as IntegrityError; nothing is caught, so there is no savepoint.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = columns_of(model)
    values = [value for row in rows for value in columns.values_of(row)]
    if any(hasattr(value, "resolve_expression") for value in values):
        for row in rows:
            row.save(force_insert=True)  # a default that only the database knows
        return
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, len(rows)), values)
        keys = cursor.fetchall()
    # In the order of the values, on which Django relies as well.
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias
