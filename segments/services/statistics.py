"""Telling the planner which values the attributes have that segments ask about.

Attributes lie in documents, of whose contents PostgreSQL knows nothing: it expects one person in two hundred to have
any value, and then looks a hundred thousand people up one by one. Statistics on an expression cost nothing when
contacts are written; they are gathered with those of the table.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import OperationalError, connection, transaction

from contacts.models import Attribute
from segments.language import tables
from segments.language.compile_values import json_source
from segments.language.registry import ValueType
from segments.language.sql import Sql, fill
from segments.models import Segment

# Each is read whenever a statement about people is planned, which takes some 30 µs.
MOST = 40
_PREFIX = "segments_value_"
_KNOWN = "SELECT stxname FROM pg_statistic_ext WHERE stxrelid = %s::regclass AND starts_with(stxname, %s)"
# Waiting behind a vacuum would have everybody else wait behind us who wants to change the table.
_PATIENCE = "SET LOCAL lock_timeout = '3s'"
_LOCK_NOT_AVAILABLE = "55P03"


def learn_values() -> int:
    """Have statistics gathered of attributes, first of those that segments ask about most; returns how many are new.

    What there is no place for any more goes. When the table is busy nothing happens, and the next call tries again.
    """
    wanted = {_name_of(one): one for one, _number in Counter(_expressions()).most_common(MOST)}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [tables.PROFILES, _PREFIX])
        known = {row[0] for row in cursor.fetchall()}
    new = sorted(wanted.keys() - known)
    if known == wanted.keys():
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            for name in sorted(known - wanted.keys()):
                cursor.execute(f"DROP STATISTICS IF EXISTS {name}")
            for name in new:
                expression = wanted[name]
                cursor.execute(
                    f"CREATE STATISTICS IF NOT EXISTS {name} ON ({expression.text}) FROM {tables.PROFILES}",
                    expression.params,
                )
            if new:
                cursor.execute(f"ANALYZE {tables.PROFILES}")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
            return 0
        raise
    return len(new)


def _name_of(expression: Sql) -> str:
    written = repr((expression.text, expression.params))
    return _PREFIX + hashlib.sha256(written.encode()).hexdigest()[:16]


def _expressions() -> Iterator[Sql]:
    """What rules compare of attributes, written as rules are compiled: once for each sentence, and once for each
    attribute, of which somebody may ask next.
    """
    types = {
        (workspace_id, key): ValueType(type_name)
        for workspace_id, key, type_name in Attribute.objects.order_by("id").values_list("workspace_id", "key", "type")
    }
    rules = Segment.objects.order_by("id").values_list("workspace_id", "rule")
    for workspace_id, rule in rules.iterator():
        for leaf in _leaves([rule.get("where")]):
            value_type = types.get((workspace_id, leaf.get("key", "")))
            if value_type is not None:
                yield from _expression(value_type, leaf["key"], is_day=leaf["kind"] == "anniversary")
    for (_workspace_id, key), value_type in types.items():
        yield from _expression(value_type, key)


def _expression(value_type: ValueType, key: str, *, is_day: bool = False) -> Iterator[Sql]:
    value = json_source(value_type, "attributes", "folded", key).value
    # The amount of money is looked for by its currency, so there is no one expression for it.
    if not is_day and value_type.type != "money":
        yield value
    elif is_day and value_type.type == "date":
        yield fill("substr({}, 6, 5)", value)


def _leaves(nodes: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The sentences about attributes below some nodes."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if node.get("kind") in {"attribute", "anniversary"}:
            yield node
        for group in ("all", "any"):
            waiting += node[group] if isinstance(node.get(group), list) else []
        waiting.append(node.get("not"))
