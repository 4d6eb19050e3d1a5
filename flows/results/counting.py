"""Counts of a flow's sessions, each in one statement over its index (flow, created_at), whatever their number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from flows.models import Flow

MOST_NAMES = 8
BARS = 10

# One pass for everything that is a plain count.
TOTALS = """
SELECT status, source, referrer, device, locale, outcome, ending, grouping(status, source, referrer, device, locale,
    outcome, ending) AS which, count(*), count(*) FILTER (WHERE status = 'completed'),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - created_at))
        FILTER (WHERE status = 'completed')
FROM flows_flowsession WHERE flow_id = %(flow)s AND created_at >= %(since)s
GROUP BY GROUPING SETS ((), (status), (source), (referrer), (device), (locale), (outcome), (ending))
"""
DAYS = """
SELECT (created_at AT TIME ZONE %(zone)s)::date, count(*), count(*) FILTER (WHERE status = 'completed')
FROM flows_flowsession WHERE flow_id = %(flow)s AND created_at >= %(since)s GROUP BY 1 ORDER BY 1
"""
# A step shown twice to somebody counts once; its time is that of all visits that ended.
STEPS = """
SELECT v.step, count(DISTINCT v.session_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM v.left_at - v.entered_at))
        FILTER (WHERE v.left_at IS NOT NULL)
FROM flows_stepvisit v WHERE v.flow_id = %(flow)s AND v.entered_at >= %(since)s GROUP BY v.step
"""
LEFT_AT = """
SELECT current, count(*) FILTER (WHERE status IN ('abandoned', 'expired', 'failed')), count(*)
FROM flows_flowsession WHERE flow_id = %(flow)s AND created_at >= %(since)s AND current <> '' AND ended_at IS NULL
GROUP BY current
"""
VARIANTS = """
SELECT v.step, v.variant, count(DISTINCT v.session_id),
    count(DISTINCT v.session_id) FILTER (WHERE s.status = 'completed')
FROM flows_stepvisit v JOIN flows_flowsession s ON s.id = v.session_id
WHERE v.flow_id = %(flow)s AND v.entered_at >= %(since)s AND v.variant <> '' GROUP BY 1, 2
"""
CHOICES = """
SELECT e.key, one #>> '{}', count(*)
FROM flows_flowsession s, jsonb_each(s.answers) e, LATERAL jsonb_array_elements(
    CASE jsonb_typeof(e.value)
        WHEN 'array' THEN e.value WHEN 'object' THEN '[]' ELSE jsonb_build_array(e.value) END) one
WHERE s.flow_id = %(flow)s AND s.created_at >= %(since)s AND s.status = 'completed' AND e.key = ANY(%(keys)s)
GROUP BY 1, 2
"""
CELLS = """
SELECT e.key, cell.key, cell.value #>> '{}', count(*)
FROM flows_flowsession s, jsonb_each(s.answers) e, LATERAL jsonb_each(
    CASE jsonb_typeof(e.value) WHEN 'object' THEN e.value ELSE '{}' END) cell
WHERE s.flow_id = %(flow)s AND s.created_at >= %(since)s AND s.status = 'completed' AND e.key = ANY(%(keys)s)
GROUP BY 1, 2, 3
"""
NUMBERS = """
WITH given AS MATERIALIZED (
    SELECT e.key, (e.value #>> '{}')::numeric AS number FROM flows_flowsession s, jsonb_each(s.answers) e
    WHERE s.flow_id = %(flow)s AND s.created_at >= %(since)s AND s.status = 'completed' AND e.key = ANY(%(keys)s)
      AND jsonb_typeof(e.value) = 'number'
), spread AS (
    SELECT key, count(*) AS many, avg(number) AS mean, min(number) AS low, max(number) AS high,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY number) AS middle FROM given GROUP BY key
)
SELECT s.key, s.many, s.mean, s.middle, s.low, s.high,
    CASE WHEN s.high > s.low THEN least(width_bucket(g.number, s.low, s.high, %(bars)s), %(bars)s) ELSE 1 END AS bar,
    count(*)
FROM spread s JOIN given g ON g.key = s.key GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 7
"""
ANSWERED = """
SELECT e.key, count(*) FROM flows_flowsession s, jsonb_each(s.answers) e
WHERE s.flow_id = %(flow)s AND s.created_at >= %(since)s AND s.status = 'completed' GROUP BY 1
"""
# The newest few of each question, out of the newest thousand who finished.
TEXTS = """
SELECT key, text FROM (
    SELECT e.key, e.value #>> '{}' AS text, row_number() OVER (PARTITION BY e.key ORDER BY s.created_at DESC) AS place
    FROM (
        SELECT answers, created_at FROM flows_flowsession
        WHERE flow_id = %(flow)s AND created_at >= %(since)s AND status = 'completed'
        ORDER BY created_at DESC LIMIT 1000
    ) s, jsonb_each(s.answers) e WHERE e.key = ANY(%(keys)s) AND jsonb_typeof(e.value) = 'string'
) newest WHERE place <= 5 ORDER BY key, place
"""
_GROUPED = ("status", "source", "referrer", "device", "locale", "outcome", "ending")


@dataclass(frozen=True)
class Share:
    """How many began with something in common, and how many of them came to the end."""

    name: str
    began: int
    completed: int


@dataclass
class Totals:
    """The plain counts. `seconds` is the time that half of those who finished needed at most."""

    began: int = 0
    completed: int = 0
    seconds: float | None = None
    by: dict[str, list[Share]] = field(default_factory=dict)

    def of(self, column: str) -> list[Share]:
        """The commonest values of a column, without empty ones."""
        return [one for one in self.by.get(column, []) if one.name][:MOST_NAMES]

    def count(self, column: str, name: str) -> int:
        """How many have this value."""
        return next((one.began for one in self.by.get(column, []) if one.name == name), 0)


@dataclass(frozen=True)
class Numbers:
    """What was given to a question for numbers: how many, mean, median, ends, and counts in ten equal bars."""

    many: int
    mean: float
    middle: float
    low: float
    high: float
    bars: tuple[int, ...]

    @property
    def drawn(self) -> list[tuple[int, int, int]]:
        """The bars in a picture of 320 by 70: left, top, height."""
        most = max(self.bars) or 1
        heights = [round(64 * bar / most) for bar in self.bars]
        return [(2 + place * 32, 69 - height, height) for place, height in enumerate(heights)]


class Counter:
    """Counts of one flow since a moment."""

    def __init__(self, flow: Flow, since: dt.datetime) -> None:
        self._values: dict[str, Any] = {"flow": flow.pk, "since": since}

    def totals(self) -> Totals:
        """Everything that is a plain count."""
        found = Totals()
        for *names, which, began, completed, seconds in self._ask(TOTALS):
            # grouping() has a bit for every column that is not grouped by, the first column's the highest.
            place = next((at for at in range(7) if not which >> (6 - at) & 1), None)
            if place is None:
                found.began, found.completed, found.seconds = began, completed, seconds
            else:
                found.by.setdefault(_GROUPED[place], []).append(Share(names[place], began, completed))
        for shares in found.by.values():
            shares.sort(key=lambda one: (-one.began, one.name))
        return found

    def days(self, zone: str) -> list[tuple[dt.date, int, int]]:
        """Who began and who of them finished, by the day in a zone; days without anybody are not among them."""
        return self._ask(DAYS, zone=zone)

    def steps(self) -> dict[str, tuple[int, float | None]]:
        """By step: how many saw it, and the median of the seconds they spent there."""
        return {step: (people, seconds) for step, people, seconds in self._ask(STEPS)}

    def left_at(self) -> dict[str, tuple[int, int]]:
        """By step: how many went away there, and how many are standing there, who went away included."""
        return {step: (gone, there) for step, gone, there in self._ask(LEFT_AT)}

    def variants(self) -> dict[str, dict[str, tuple[int, int]]]:
        """By step and variant: how many saw it, and how many of them finished."""
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for step, variant, people, completed in self._ask(VARIANTS):
            found.setdefault(step, {})[variant] = (people, completed)
        return found

    def answered(self) -> dict[str, int]:
        """By question: how many of those who finished answered it."""
        return dict(self._ask(ANSWERED))

    def choices(self, keys: Sequence[str]) -> dict[str, dict[str, int]]:
        """By question and value: how many chose it."""
        found: dict[str, dict[str, int]] = {}
        for key, value, many in self._ask(CHOICES, keys=list(keys)) if keys else ():
            found.setdefault(key, {})[value] = many
        return found

    def cells(self, keys: Sequence[str]) -> dict[str, dict[tuple[str, str], int]]:
        """By question, row and column of a table of choices: how many chose it."""
        found: dict[str, dict[tuple[str, str], int]] = {}
        for key, row, column, many in self._ask(CELLS, keys=list(keys)) if keys else ():
            found.setdefault(key, {})[(row, column)] = many
        return found

    def numbers(self, keys: Sequence[str]) -> dict[str, Numbers]:
        """By question: what numbers were given."""
        found: dict[str, Numbers] = {}
        for key, many, mean, middle, low, high, bar, count in (
            self._ask(NUMBERS, keys=list(keys), bars=BARS) if keys else ()
        ):
            bars = list(found[key].bars if key in found else (0,) * BARS)
            bars[int(bar) - 1] = count
            found[key] = Numbers(many, float(mean), float(middle), float(low), float(high), tuple(bars))
        return found

    def texts(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """By question: the newest few texts."""
        found: dict[str, list[str]] = {}
        for key, text in self._ask(TEXTS, keys=list(keys)) if keys else ():
            found.setdefault(key, []).append(text)
        return found

    def _ask(self, statement: str, **more: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self._values, **more})
            return cursor.fetchall()
