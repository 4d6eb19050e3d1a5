"""Parquet, where the operator has installed requirements-parquet.txt."""

import csv
from typing import Any, TextIO

from contacts.importing.intake.cells import MAX_COLUMNS, Unreadable, flattened

ROWS_AT_ONCE = 2_000


def convert(path: str, file: TextIO, _sheet: int | None) -> dict[str, Any]:
    """Write a heading and the rows, batch by batch. Raises Unreadable."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise Unreadable("no_parquet") from None
    try:
        with parquet.ParquetFile(path) as table:
            names = [name for field in table.schema_arrow for name in _columns(pyarrow, field, "")]
            if not names:
                raise Unreadable("empty")
            if len(names) > MAX_COLUMNS:
                raise Unreadable("columns")
            write = csv.writer(file, lineterminator="\n").writerow
            write(names)
            for batch in table.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
                for item in batch.to_pylist():
                    cells = flattened(item)
                    write([cells.get(name, "") for name in names])
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Unreadable("parquet") from None
    return {}


def _columns(pyarrow: Any, field: Any, prefix: str, depth: int = 1) -> list[str]:
    """The column names that `flattened` gives the values of a field."""
    name = f"{prefix}{field.name}"
    inner = list(field.type) if pyarrow.types.is_struct(field.type) else []
    if not inner or {each.name for each in inner} == {"amount", "currency"}:
        return [name]
    names: list[str] = []
    for each in inner:
        names += _columns(pyarrow, each, f"{name}.", depth + 1)
    return names
