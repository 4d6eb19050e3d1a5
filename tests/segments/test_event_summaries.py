"""What summaries answer is what the log answers, at every instant, and the log is left alone where they can tell."""

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.models import Event
from segments.language import compile_events
from segments.language.compile import compile_rule
from segments.language.compile_summaries import compile_summary
from segments.language.registry import EventEntry, Registry, ValueType
from segments.language.scope import Scope
from segments.language.validate import validate_rule
from segments.registry import registry_of
from tests.cast import make_contact

NOW = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # the night in which Berlin's clocks jump
REGISTRY = Registry(
    zone="Europe/Berlin", events={"seen": EventEntry({"n": ValueType("number")}), "bought": EventEntry()}
)
ZONES = ("", "Pacific/Kiritimati", "America/St_Johns", "no such zone")
# Seconds from now: beside it, beside the edges of days and windows, far away on both sides.
TIMES = (-1, 0, 1, 3_599, 3_600, 3_601, 86_399, 86_400, 90_000, 7 * 86_400, 31 * 86_400, 400 * 86_400)

units = st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years"])
numbers = st.integers(0, 3)
calendars = st.sampled_from(
    ["today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month", "last_month", "this_year"]
)
moments = st.sampled_from(
    ["2026-03-29", "2026-03-28", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00+01:00", "2025-03-01"]
)
windows = st.one_of(
    st.fixed_dictionaries({"last": numbers, "unit": units}),
    st.fixed_dictionaries({"next": numbers, "unit": units}),
    st.fixed_dictionaries({"over": numbers, "unit": units}),
    st.fixed_dictionaries({"ago": st.tuples(numbers, numbers).map(sorted), "unit": units}),
    st.fixed_dictionaries({"calendar": calendars}),
    st.fixed_dictionaries({"from": moments}),
    st.fixed_dictionaries({"to": moments}),
    st.fixed_dictionaries({"from": st.just("2025-03-01"), "to": moments}),
)
comparisons = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]), "value": numbers}),
    st.fixed_dictionaries({"op": st.just("between"), "value": st.tuples(numbers, numbers).map(sorted)}),
)


@st.composite
def leaves(draw):
    leaf = {"kind": "event", "event": draw(st.sampled_from(["seen", "bought"]))}
    if draw(st.booleans()):
        leaf["window"] = draw(windows) | ({"zone": "contact"} if draw(st.booleans()) else {})
    pick = draw(st.sampled_from(["any", "any", "first", "last"]))
    if pick != "any":
        leaf["pick"] = pick
    elif draw(st.booleans()):
        leaf["times"] = draw(comparisons)
    return leaf


@pytest.fixture
def people(workspace, other_workspace):
    """Contacts with every handful of events, some of them ahead, and somebody else's beside them."""
    contacts = [make_contact(workspace, time_zone=ZONES[number % len(ZONES)]) for number in range(40)]
    rows = []
    for number, contact in enumerate(contacts):
        for turn in range(number % 5):
            seconds = TIMES[(number * 7 + turn * 5) % len(TIMES)] * (-1 if (number + turn) % 3 else 1)
            kind = "seen" if (number + turn) % 4 else "bought"
            rows.append(
                Event(workspace=workspace, kind=kind, contact_id=contact.pk, at=NOW + dt.timedelta(seconds=seconds))
            )
    rows += [Event(workspace=other_workspace, kind="seen", contact_id=one.pk, at=NOW) for one in contacts[:9]]
    Event.objects.bulk_create(rows)
    return contacts


def found(leaf, scope):
    compiled = compile_rule({"version": 1, "where": leaf}, scope)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        ids = [row[0] for row in cursor.fetchall()]
    assert len(ids) == len(set(ids))
    return set(ids)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(leaf=leaves(), seconds=st.sampled_from([0, 1, -1, -3_600, -86_400, 86_400, -500 * 86_400]))
def test_summaries_and_the_log_agree(people, workspace, leaf, seconds):
    assert validate_rule({"version": 1, "where": leaf}, REGISTRY) == []
    scope = Scope(workspace.pk, NOW + dt.timedelta(seconds=seconds), REGISTRY)
    limited = dataclasses.replace(scope, contact_ids=tuple(one.pk for one in people[:15]))
    by_summary = [found(leaf, one) for one in (scope, limited)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_events, "compile_summary", lambda leaf, scope: None)
        assert [found(leaf, one) for one in (scope, limited)] == by_summary
    assert found({"not": leaf}, scope) == {one.pk for one in people} - by_summary[0]


def test_nobody_can_ask_for_the_erased(workspace):
    assert "contact.erased" not in registry_of(workspace).events


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"times": {"op": "eq", "value": 0}},
        {"times": {"op": "between", "value": [2, 5]}},
        {"window": {"last": 30, "unit": "days"}},
        {"window": {"last": 30, "unit": "days", "zone": "contact"}, "times": {"op": "eq", "value": 0}},
        {"window": {"over": 90, "unit": "days"}},
        {"window": {"calendar": "this_month"}},
        {"window": {"from": "2026-01-01"}},
        {"pick": "last", "window": {"over": 90, "unit": "days", "zone": "contact"}},
        {"pick": "first", "window": {"ago": [3, 9], "unit": "days"}},
        {"pick": "last"},
    ],
)
def test_these_are_answered_by_summaries(more):
    assert compile_summary({"kind": "event", "event": "seen", **more}, Scope(1, NOW, REGISTRY)) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"where": [{"key": "n", "op": "gt", "value": 1}]},
        {"sum": {"key": "n", "op": "gt", "value": 1}},
        {"pick": "last", "having": [{"key": "n", "op": "gt", "value": 1}]},
        {"window": {"ago": [3, 9], "unit": "days"}},
        {"window": {"calendar": "yesterday"}},
        {"window": {"from": "2026-01-01", "to": "2026-12-31"}},
        {"window": {"last": 30, "unit": "days"}, "times": {"op": "gte", "value": 2}},
    ],
)
def test_these_only_the_log_can_answer(more):
    assert compile_summary({"kind": "event", "event": "seen", **more}, Scope(1, NOW, REGISTRY)) is None
