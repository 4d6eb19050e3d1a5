"""The functions of expressions: what each takes and gives (docs/flows.md)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from flows.engine.comparison import Clock, contains, equal
from flows.engine.dates import day_text, local_day, moment_text, read_day, read_moment, zone_of
from flows.engine.errors import FlowError
from flows.engine.patterns import occurs
from flows.engine.values import (
    ARITHMETIC,
    UNDEFINED,
    Value,
    as_number,
    bounded_text,
    defined,
    fold,
    is_number,
    is_set,
    nfc,
    number_or_none,
    text_of,
    within_range,
)

MANY = 50
_WIDE = Context(prec=120, Emin=-999_999, Emax=999_999, traps=[])
_MOST_POWER = 1_000


@dataclass(frozen=True, slots=True)
class Function:
    """A function, how many arguments it takes, and whether null-like UNDEFINED reaches it as it is."""

    work: Callable[..., Value]
    least: int
    most: int
    wants_clock: bool = False
    keeps_undefined: bool = False


# Arithmetic, for the signs of expressions too.


def settled(number: Decimal) -> Decimal:
    """A result of arithmetic: 34 digits, within range. Raises FlowError number_range."""
    return within_range(ARITHMETIC.plus(number))


def divide(left: Decimal, right: Decimal) -> Value:
    """The quotient, UNDEFINED by zero."""
    return settled(ARITHMETIC.divide(left, right)) if right else UNDEFINED


def floor_divide(left: Decimal, right: Decimal) -> Value:
    """The quotient rounded down, UNDEFINED by zero."""
    return settled(Decimal(_whole_quotient(left, right))) if right else UNDEFINED


def remainder(left: Decimal, right: Decimal) -> Value:
    """What is left of `left` after whole `right`s, with the sign of `right`; UNDEFINED by zero."""
    if not right:
        return UNDEFINED
    return settled(_WIDE.subtract(left, _WIDE.multiply(right, Decimal(_whole_quotient(left, right)))))


def power(base: Decimal, exponent: Decimal) -> Value:
    """The power by a whole exponent, |n| ≤ 1,000. Raises FlowError bad_argument, number_range."""
    if exponent != exponent.to_integral_value() or abs(exponent) > _MOST_POWER:
        raise FlowError("bad_argument")
    if not base:
        return UNDEFINED if exponent < 0 else Decimal(0 if exponent else 1)
    return settled(_WIDE.power(base, exponent))


def _whole_quotient(left: Decimal, right: Decimal) -> int:
    return int(Fraction(left) // Fraction(right))


def _whole(value: Value, low: int, high: int) -> int:
    number = as_number(value)
    if number != number.to_integral_value() or not low <= number <= high:
        raise FlowError("bad_argument")
    return int(number)


# Numbers.


def _round(value: Value, places: Value = None) -> Value:
    digits = _whole(places, -10, 10)
    return settled(as_number(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _WIDE))


def _floor(value: Value) -> Value:
    return settled(as_number(value).to_integral_value(ROUND_FLOOR))


def _ceil(value: Value) -> Value:
    return settled(as_number(value).to_integral_value(ROUND_CEILING))


def _abs(value: Value) -> Value:
    return settled(abs(as_number(value)))


def _clamp(value: Value, low: Value, high: Value) -> Value:
    number, least, most = as_number(value), as_number(low), as_number(high)
    if least > most:
        raise FlowError("bad_argument")
    return min(max(number, least), most)


def _members(arguments: Sequence[Value], *, skips_unset: bool) -> list[Decimal]:
    """The numbers of the arguments, or of the one list among them, whose unset members are always left out."""
    if len(arguments) == 1 and isinstance(arguments[0], list):
        arguments, skips_unset = arguments[0], True
    return [as_number(value) for value in arguments if not skips_unset or is_set(value)]


def _min(*arguments: Value) -> Value:
    return min(_members(arguments, skips_unset=False), default=None)


def _max(*arguments: Value) -> Value:
    return max(_members(arguments, skips_unset=False), default=None)


def _total(numbers: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = settled(ARITHMETIC.add(total, number))
    return total


def _sum(*arguments: Value) -> Value:
    return _total(_members(arguments, skips_unset=True))


def _avg(*arguments: Value) -> Value:
    numbers = _members(arguments, skips_unset=True)
    return divide(_total(numbers), Decimal(len(numbers)))


def _count(*arguments: Value) -> Value:
    if len(arguments) == 1 and isinstance(arguments[0], list):
        arguments = tuple(arguments[0])
    return Decimal(sum(map(is_set, arguments)))


def _percent(part: Value, whole: Value) -> Value:
    return divide(settled(ARITHMETIC.multiply(as_number(part), Decimal(100))), as_number(whole))


def _pmt(rate: Value, periods: Value, principal: Value) -> Value:
    """The payment of an annuity: principal·rate·(1+rate)^n / ((1+rate)^n − 1)."""
    interest, count, amount = as_number(rate), _whole(periods, 0, _MOST_POWER), as_number(principal)
    if interest <= -1:
        raise FlowError("bad_argument")
    if not count:
        return UNDEFINED
    if not interest:
        return divide(amount, Decimal(count))
    growth = _WIDE.power(_WIDE.add(Decimal(1), interest), Decimal(count))
    owed = _WIDE.subtract(growth, Decimal(1))
    if not owed:
        return divide(amount, Decimal(count))
    return settled(_WIDE.divide(_WIDE.multiply(_WIDE.multiply(amount, interest), growth), owed))


def _lookup(table: Value, value: Value) -> Value:
    rows = [] if table is None else table
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise FlowError("bad_argument")
    if not is_set(value):
        return None
    number = number_or_none(value)
    if number is None or not all(is_number(step) for step, _value in rows):
        return next((found for step, found in rows if equal(step, value)), None)
    if any(rows[at][0] >= rows[at + 1][0] for at in range(len(rows) - 1)):
        raise FlowError("bad_argument")
    return next((found for step, found in reversed(rows) if step <= number), None)


def _number(value: Value, default: Value = None) -> Value:
    if isinstance(value, bool):
        return Decimal(value)
    number = number_or_none(value)
    return default if number is None else within_range(number)


# Text and logic.


def _plain_text(value: Value) -> str:
    if isinstance(value, (list, Mapping)):
        raise FlowError("type")
    return text_of(value)


def _len(value: Value) -> Value:
    if value is None:
        return Decimal(0)
    if not isinstance(value, (str, list)):
        raise FlowError("type")
    return Decimal(len(value))


def _join(items: Value, separator: Value = ", ") -> Value:
    members = items if isinstance(items, list) else [] if items is None else [items]
    return bounded_text(_plain_text(separator).join(map(text_of, members)))


def _begins(text: Value, part: Value) -> bool:
    return isinstance(text, str) and is_set(part) and fold(text).startswith(fold(_plain_text(part)))


def _ends(text: Value, part: Value) -> bool:
    return isinstance(text, str) and is_set(part) and fold(text).endswith(fold(_plain_text(part)))


def _matches(text: Value, pattern: Value) -> bool:
    return isinstance(text, str) and occurs(_plain_text(pattern), text)


# Dates.


def _today(clock: Clock, zone: Value = None) -> Value:
    if zone is None:
        return day_text(clock.today)
    if not isinstance(zone, str):
        raise FlowError("bad_argument")
    return day_text(local_day(clock.now, zone_of(zone)))


def _day_of(clock: Clock, value: Value) -> dt.date:
    day = read_day(value)
    if day is not None:
        return day
    moment = read_moment(value)
    if moment is None:
        raise FlowError("not_a_date")
    return local_day(moment, clock.zone)


def _of_days(work: Callable[..., Value]) -> Callable[..., Value]:
    """A function of days: null where one of them is null."""

    def worked(clock: Clock, *values: Value) -> Value:
        if any(value is None for value in values):
            return None
        return work(*(_day_of(clock, value) for value in values))

    return worked


def _age(clock: Clock, born: Value, on: Value = UNDEFINED) -> Value:
    return _of_days(_years)(clock, born, day_text(clock.today) if on is UNDEFINED else on)


def _years(born: dt.date, on: dt.date) -> Decimal:
    return Decimal(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


def _add_days(clock: Clock, start: Value, days: Value) -> Value:
    count = _whole(days, -4_000_000, 4_000_000)
    if start is None:
        return None
    try:
        return day_text(_day_of(clock, start) + dt.timedelta(days=count))
    except OverflowError as error:
        raise FlowError("not_a_date") from error


def _text_function(change: Callable[[str], str]) -> Callable[[Value], Value]:
    return lambda value: bounded_text(change(_plain_text(value)))


NUMERIC: dict[str, tuple[Callable[..., Value], int, int]] = {
    "round": (_round, 1, 2),
    "floor": (_floor, 1, 1),
    "ceil": (_ceil, 1, 1),
    "abs": (_abs, 1, 1),
    "clamp": (_clamp, 3, 3),
    "min": (_min, 1, MANY),
    "max": (_max, 1, MANY),
    "sum": (_sum, 1, MANY),
    "avg": (_avg, 1, MANY),
    "percent": (_percent, 2, 2),
    "pmt": (_pmt, 3, 3),
}
PLAIN: dict[str, tuple[Callable[..., Value], int, int]] = {
    "count": (_count, 1, MANY),
    "lookup": (_lookup, 2, 2),
    "number": (_number, 1, 2),
    "coalesce": (lambda *values: next(filter(is_set, values), None), 1, MANY),
    "is_set": (is_set, 1, 1),
    "len": (_len, 1, 1),
    "text": (lambda value: bounded_text(text_of(value)), 1, 1),
    "lower": (_text_function(str.lower), 1, 1),
    "upper": (_text_function(str.upper), 1, 1),
    "trim": (_text_function(str.strip), 1, 1),
    "concat": (lambda *values: bounded_text("".join(map(text_of, values))), 1, MANY),
    "join": (_join, 1, 2),
    "contains": (contains, 2, 2),
    "starts_with": (_begins, 2, 2),
    "ends_with": (_ends, 2, 2),
    "exact": (lambda one, other: nfc(_plain_text(one)) == nfc(_plain_text(other)), 2, 2),
    "matches": (_matches, 2, 2),
}
DATED: dict[str, tuple[Callable[..., Value], int, int]] = {
    "now": (lambda clock: moment_text(clock.now), 0, 0),
    "today": (_today, 0, 1),
    "age": (_age, 1, 2),
    "days_between": (_of_days(lambda one, other: Decimal((other - one).days)), 2, 2),
    "add_days": (_add_days, 2, 2),
    "year": (_of_days(lambda day: Decimal(day.year)), 1, 1),
    "month": (_of_days(lambda day: Decimal(day.month)), 1, 1),
    "day": (_of_days(lambda day: Decimal(day.day)), 1, 1),
    "weekday": (_of_days(lambda day: Decimal(day.isoweekday())), 1, 1),
}
LAZY = "iif"
FUNCTIONS: dict[str, Function] = {
    **{name: Function(*entry, keeps_undefined=True) for name, entry in NUMERIC.items()},
    **{name: Function(*entry) for name, entry in PLAIN.items()},
    **{name: Function(*entry, wants_clock=True) for name, entry in DATED.items()},
    # Its branches are evaluated by the caller, only the one that is taken.
    LAZY: Function(lambda *_values: None, 3, 3),
}


def call(name: str, arguments: Sequence[Value], clock: Clock) -> Any:
    """The value of a known function. Raises FlowError."""
    function = FUNCTIONS[name]
    if function.keeps_undefined:
        if any(value is UNDEFINED for value in arguments):
            return UNDEFINED
    else:
        arguments = [defined(value) for value in arguments]
    return function.work(clock, *arguments) if function.wants_clock else function.work(*arguments)
