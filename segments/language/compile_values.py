"""Conditions on one value: an attribute, a field of the contact, a property of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.folding import fold
from segments.language.registry import ValueType
from segments.language.scope import COMPARE, Limit, Place, stamp
from segments.language.sql import Sql, bind, both, either, fill, negate
from segments.language.values import to_date, to_decimal, to_instant
from segments.language.windows import Window
from segments.language.words import NEGATIVES

Condition = dict[str, Any]

# Stored instants of attributes are texts in UTC; those of the contact itself are timestamps.
_CASTS = {"number": "numeric", "money": "numeric"}


@dataclass(frozen=True)
class Source:
    """Where a value lies: `value` in SQL for its type, or for money the JSON object itself.

    Money in columns of its own has a `currency`, and `value` is in 1/10000 of it.
    """

    type: str
    value: Sql
    is_column: bool = False
    currency: Sql | None = None

    @property
    def cast(self) -> str:
        """Return the PostgreSQL type that values are compared in."""
        if self.type == "datetime" and self.is_column:
            return "timestamptz"
        return _CASTS.get(self.type, "text")

    def render(self, value: Any) -> Any:
        """Return a date or an instant in the form it is stored in."""
        if self.is_column:
            return value
        return stamp(value) if isinstance(value, datetime) else value.isoformat()


def json_source(value_type: ValueType, document: str, folded: str, key: str) -> Source:
    """Return the source of a key of a typed JSON document; texts lie folded in a second one."""
    name = bind(key, "text")
    if value_type.type == "text":
        return Source("text", fill(f"({folded} ->> {{}})", name))
    if value_type.type == "number":
        # The cast must never meet something else, in whatever order the planner tests.
        return Source(
            "number",
            fill(
                f"(CASE WHEN jsonb_typeof({document} -> {{}}) = 'number' THEN ({document} ->> {{}})::numeric END)",
                name,
                name,
            ),
        )
    if value_type.type in ("boolean", "multi_choice", "money"):
        return Source(value_type.type, fill(f"({document} -> {{}})", name))
    if value_type.type in ("date", "datetime"):
        return Source(value_type.type, fill(f'(({document} ->> {{}}) COLLATE "C")', name))
    return Source(value_type.type, fill(f"({document} ->> {{}})", name))


def event_source(types: Mapping[str, ValueType], alias: str, key: str) -> Source:
    """Return the source of a property of an event.

    The money of a kind that has one such property lies in columns too, which indexes hold (events.models.Event).
    """
    value_type = types[key]
    if value_type.type == "money" and [one.type for one in types.values()].count("money") == 1:
        return Source("money", Sql(f"{alias}.amount"), is_column=True, currency=Sql(f"{alias}.currency"))
    return json_source(value_type, f"{alias}.properties", f"{alias}.folded", key)


def contact_source(field: str, alias: str, zones: Iterable[str]) -> Source:
    """Return the source of a field of the contact."""
    if field in ("first_name", "last_name"):
        return Source("text", fill(f"({alias}.folded ->> {{}})", bind(field, "text")))
    if field == "language":
        return Source("language", Sql(f'lower({alias}.language COLLATE "C")'))
    if field == "zone":
        known = bind(sorted(zones), "text[]")
        return Source("zone", fill(f"(CASE WHEN {alias}.time_zone = ANY({{}}) THEN {alias}.time_zone END)", known))
    if field == "country":
        return Source("country", Sql(f"{alias}.country"))
    return Source("datetime", Sql(f"{alias}.{field}"), is_column=True)


def condition_sql(source: Source, condition: Condition, place: Place) -> Sql:
    """Return the test of a condition; negative ones are the exact complement of the positive."""
    operator: str = condition["op"]
    positive = NEGATIVES.get(operator, operator)
    if positive == "is_set":
        test = _is_set(source)
    elif positive == "within":
        test = within_sql(source, condition["value"], place)
    else:
        test = _TESTS.get(source.type, _compare)(source, positive, condition["value"])
    return negate(test) if operator in NEGATIVES else test


def conditions_sql(
    conditions: Iterable[Condition], types: Mapping[str, ValueType], alias: str, place: Place
) -> list[Sql]:
    """Return the tests of conditions on the properties of one event."""
    return [condition_sql(event_source(types, alias, one["key"]), one, place) for one in conditions]


def within_sql(source: Source, window: Window, place: Place) -> Sql:
    """Return the test that a date or an instant lies in a window."""
    limits = place.limits(window, dates=source.type == "date", cast=source.cast, render=source.render)
    # A stored empty text is no date, yet it sorts before every bound.
    tests = [] if source.is_column else [fill("{} <> ''", source.value)]
    return both([*tests, *limit_tests(source.value, limits)])


def limit_tests(expression: Sql, limits: Iterable[Limit]) -> list[Sql]:
    """Return the comparisons with bounds; those that differ by contact also get a constant an index can use."""
    tests = []
    for limit in limits:
        if limit.outermost is not None:
            tests.append(fill(f"{{}} {COMPARE[limit.operator]} {{}}", expression, limit.outermost))
        tests.append(limit.test(expression))
    return tests


def compare_sql(expression: Sql, operator: str, value: Any, cast: str, convert: Callable[[Any], Any]) -> Sql:
    """Return the comparison of an expression with one value, two ends or a list."""
    if operator == "between":
        low, high = (bind(convert(end), cast) for end in value)
        return fill("{} BETWEEN {} AND {}", expression, low, high)
    if operator == "in":
        return fill("{} = ANY({})", expression, bind([convert(item) for item in value], f"{cast}[]"))
    return fill(f"{{}} {COMPARE[operator]} {{}}", expression, bind(convert(value), cast))


def money_units(money: Mapping[str, str]) -> int:
    """Return an amount in the unit of the columns, 1/10000; the language takes no finer ones."""
    return int(Decimal(money["amount"]).scaleb(4))


def money_value(source: Source, currency: str) -> Sql:
    """Return the amount in a currency; another currency is like no value."""
    if source.currency is not None:
        here = fill("{} = {}", source.currency, bind(currency, "text"))
        return fill("(CASE WHEN {} THEN {} END)", here, source.value)
    return fill(
        "(CASE WHEN {} ->> 'currency' = {} THEN ({} ->> 'amount')::numeric END)",
        source.value,
        bind(currency, "text"),
        source.value,
    )


def _is_set(source: Source) -> Sql:
    if source.is_column or source.type == "number":
        return fill("{} IS NOT NULL", source.value)
    if source.type == "boolean":
        return fill("jsonb_typeof({}) = 'boolean'", source.value)
    if source.type == "multi_choice":
        return fill("jsonb_typeof({}) = 'array' AND {} <> '[]'::jsonb", source.value, source.value)
    if source.type == "money":
        return fill("({} ->> 'amount') <> ''", source.value)
    return fill("{} <> ''", source.value)


def _compare(source: Source, operator: str, value: Any) -> Sql:
    return compare_sql(source.value, operator, value, source.cast, _CONVERT.get(source.type, str))


def _compare_instant(source: Source, operator: str, value: Any) -> Sql:
    test = compare_sql(source.value, operator, value, source.cast, lambda written: source.render(to_instant(written)))
    return test if source.is_column else fill("{} <> '' AND {}", source.value, test)


def _compare_date(source: Source, operator: str, value: Any) -> Sql:
    test = compare_sql(source.value, operator, value, "text", lambda written: to_date(written).isoformat())
    return fill("{} <> '' AND {}", source.value, test)


def _compare_text(source: Source, operator: str, value: Any) -> Sql:
    if operator in ("eq", "in"):
        return compare_sql(source.value, operator, value, "text", fold)
    pattern = fold(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    before = "" if operator == "starts_with" else "%"
    after = "" if operator == "ends_with" else "%"
    return fill("{} LIKE {}", source.value, bind(f"{before}{pattern}{after}", "text"))


def _compare_boolean(source: Source, operator: str, value: Any) -> Sql:
    del operator
    return fill("{} = {}", source.value, bind("true" if value else "false", "jsonb"))


def _compare_set(source: Source, operator: str, value: Any) -> Sql:
    sign = "?|" if operator == "has_any" else "?&"
    return fill(f"{{}} {sign} {{}}", source.value, bind(list(value), "text[]"))


def _compare_money(source: Source, operator: str, value: Any) -> Sql:
    currency = (value[0] if operator == "between" else value)["currency"]
    if source.currency is not None:
        here = fill("{} = {}", source.currency, bind(currency, "text"))
        return fill("{} AND {}", here, compare_sql(source.value, operator, value, "bigint", money_units))
    amount = money_value(source, currency)
    return compare_sql(amount, operator, value, "numeric", lambda money: Decimal(money["amount"]))


def _compare_language(source: Source, operator: str, value: Any) -> Sql:
    """A range covers its longer tags: basic filtering of RFC 4647 §3.3.1."""
    ranges = [item.lower() for item in (value if operator == "in" else [value])]
    return either(
        [
            fill("{} = ANY({})", source.value, bind(ranges, "text[]")),
            fill("{} LIKE ANY({})", source.value, bind([f"{item}-%" for item in ranges], "text[]")),
        ]
    )


_CONVERT: dict[str, Callable[[Any], Any]] = {"number": to_decimal}
_TESTS: dict[str, Callable[[Source, str, Any], Sql]] = {
    "text": _compare_text,
    "boolean": _compare_boolean,
    "multi_choice": _compare_set,
    "money": _compare_money,
    "language": _compare_language,
    "date": _compare_date,
    "datetime": _compare_instant,
}
