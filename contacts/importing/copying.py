"""COPY into PostgreSQL, and the text format it takes."""

import itertools
import json
import os
import time
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring
from typing import Any

ADDRESS_COLUMNS = "workspace_id, contact_id, channel, value, domain"  # the rest has defaults in the database
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_LINES_TOGETHER = 500


def copy(cursor: Any, target: str, lines: Iterable[str]) -> None:
    """COPY lines in PostgreSQL's text format into `target`, streamed, so that both sides work at once."""
    lines = iter(lines)
    with cursor.copy(f"COPY {target} FROM STDIN") as stream:
        while some := "".join(itertools.islice(lines, _LINES_TOGETHER)):
            stream.write(some)


def new_identifiers(count: int) -> list[bytes]:
    """The bytes of `count` new UUIDs version 7 (see core.ids), made together."""
    stamp = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    noise = os.urandom(10 * count)
    return [
        stamp + bytes((noise[at] & 0x0F | 0x70, noise[at + 1], noise[at + 2] & 0x3F | 0x80)) + noise[at + 3 : at + 10]
        for at in range(0, 10 * count, 10)
    ]


def escaped(text: str) -> str:
    """`text` as COPY's text format wants it."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.translate(_ESCAPES)


def escaped_column(texts: Sequence[str]) -> Sequence[str]:
    """`escaped` of each; columns in which nothing needs it cost next to nothing."""
    joined = "".join(texts)
    return texts if joined.isprintable() and "\\" not in joined else list(map(escaped, texts))


def json_text(value: Any) -> str:
    """A JSON document as COPY wants it."""
    if not value:
        return "{}"
    if isinstance(value, dict):
        return escaped("{" + ",".join(itertools.starmap(member_text, value.items())) + "}")
    return escaped(json.dumps(value, ensure_ascii=False))


def member_text(key: str, item: Any) -> str:
    """One member of a JSON object; the common kinds without setting up an encoder for each. Not escaped for COPY."""
    if isinstance(item, str):
        return f"{encode_basestring(key)}:{encode_basestring(item)}"
    return f"{encode_basestring(key)}:{item if type(item) is int else json.dumps(item, ensure_ascii=False)}"


def array_text(items: Sequence[str]) -> str:
    """A text[] as COPY wants it."""
    return escaped(array_literal(items))


def array_literal(items: Sequence[str]) -> str:
    """A text[] as the one text that PostgreSQL reads it from; a list of thousands takes ten times as long to pass."""
    if not items:
        return "{}"
    joined = '","'.join(items)
    if "\\" in joined or joined.count('"') != 2 * (len(items) - 1):
        joined = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in items])
    return f'{{"{joined}"}}'


def without_nul(cell: str) -> str:
    """What PostgreSQL can store of a cell, at most 30,000 signs."""
    return cell.replace("\x00", "")[:30_000]


def prepare_table(cursor: Any, table: str, columns: str) -> None:
    """An empty temporary table, made once per connection."""
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS")
    cursor.execute(f"TRUNCATE {table}")


def replace_addresses(cursor: Any, workspace_id: int, wanted: Sequence[tuple[int, str, str]]) -> None:
    """Make each (contact, channel, value) the contact's primary address; the one it replaces goes. Empty removes it."""
    if not wanted:
        return
    columns = [list(column) for column in zip(*wanted, strict=True)]
    wants = "unnest(%s::bigint[], %s::text[], %s::text[]) AS w(contact_id, channel, value)"
    cursor.execute(
        f"DELETE FROM contacts_address a USING {wants} WHERE a.contact_id = w.contact_id"  # noqa: S608 - fixed text
        " AND a.channel = w.channel AND a.is_primary AND a.value <> w.value",
        columns,
    )
    cursor.execute(
        f"UPDATE contacts_address a SET is_primary = true FROM {wants} WHERE a.contact_id = w.contact_id"  # noqa: S608
        " AND a.channel = w.channel AND a.value = w.value AND NOT a.is_primary",
        columns,
    )
    cursor.execute(
        f"INSERT INTO contacts_address ({ADDRESS_COLUMNS})"  # noqa: S608
        " SELECT %s, contact_id, channel, value, CASE channel WHEN 'email' THEN split_part(value, '@', -1) ELSE '' END"
        f" FROM {wants} WHERE value <> ''"
        " AND NOT EXISTS (SELECT 1 FROM contacts_address a WHERE a.contact_id = w.contact_id"
        " AND a.channel = w.channel AND a.value = w.value)",
        [workspace_id, *columns],
    )
