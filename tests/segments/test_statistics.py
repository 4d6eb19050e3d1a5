"""The planner is told about the attributes that segments ask about, in the words in which rules ask."""

import json

import pytest
from django.db import connection

from contacts.models import Attribute, Contact
from segments import tasks
from segments.language.compile import compile_rule
from segments.language.text_parser import parse_text
from segments.models import Segment
from segments.registry import registry_of
from segments.services import save_segment, statistics
from segments.services.evaluation import make_scope
from tests.cast import make_contact

TYPES = {"plan": "choice", "age": "number", "city": "text", "likes": "multi_choice", "born": "date", "worth": "money"}


def names():
    with connection.cursor() as cursor:
        cursor.execute("SELECT stxname FROM pg_statistic_ext WHERE stxname LIKE 'segments\\_value\\_%%' ORDER BY 1", [])
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def attributes(workspace):
    for key, type_name in TYPES.items():
        choices = ["pro", "free", "art"] if "choice" in type_name else []
        Attribute.objects.create(workspace=workspace, key=key, type=type_name, label=key, choices=choices)


def segment(workspace, text, key="one"):
    return Segment.objects.create(workspace=workspace, name=key, key=key, rule=parse_text(text))


def expected_rows(workspace, text):
    compiled = compile_rule(parse_text(text), make_scope(workspace, registry_of(workspace)))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {compiled.sql}", compiled.params)
        plan = cursor.fetchone()[0]
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        ('attribute plan is "pro"', 2),
        ("attribute age between 20 and 30", 2),
        ('attribute city starts with "napier"', 2),
        ('attribute likes has any ("art")', 2),
        # Having a date at all and having it then are guessed apart.
        ("attribute born in the last 100 years", 4),
    ],
)
def test_what_a_segment_asks_about_is_known(workspace, attributes, rule, share):
    for number in range(60):
        ann = make_contact(workspace, f"p{number}@kea.example")
        values = {"plan": "pro", "age": 25, "likes": ["art"], "born": "1999-05-04"} if number % 2 else {}
        folded = {"city": "napier south"} if number % 2 else {}
        Contact.objects.filter(pk=ann.pk).update(attributes=values, folded=folded)
    assert statistics.learn_values() == 5
    assert abs(expected_rows(workspace, rule) - 60 / share) <= 10


def test_each_is_kept_once_and_goes_when_nobody_can_ask_about_it(workspace, attributes):
    segment(workspace, 'attribute plan is "pro" or not attribute plan is "free"')
    anniversary = segment(workspace, 'attribute plan is "free" and anniversary of born from 0 to 7', "two")
    assert statistics.learn_values() == 6
    assert statistics.learn_values() == 0
    anniversary.delete()
    assert statistics.learn_values() == 0
    assert len(names()) == 5
    Attribute.objects.filter(key="plan").delete()
    statistics.learn_values()
    assert len(names()) == 4


def test_only_so_many_are_kept_those_most_asked_about(workspace, attributes, monkeypatch):
    monkeypatch.setattr(statistics, "MOST", 1)
    segment(workspace, 'attribute city is "a" and attribute plan is "pro"')
    segment(workspace, 'attribute plan is "free"', "two")
    statistics.learn_values()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxname = %s", names())
        assert "'plan'" in cursor.fetchone()[0]


def test_a_key_is_never_read_as_sql(workspace):
    key = "a'); DROP TABLE segments_profile; --"
    Attribute.objects.create(workspace=workspace, key=key, type="text", label="x")
    where = {"kind": "attribute", "key": key, "op": "is_set"}
    Segment.objects.create(workspace=workspace, name="x", key="x", rule={"version": 1, "where": where})
    assert statistics.learn_values() == 1
    make_contact(workspace, "ann@kea.example")


def test_money_and_what_is_gone_are_left_out(workspace, attributes):
    Attribute.objects.exclude(key="worth").delete()
    segment(workspace, 'attribute worth is set and attribute nothing is "x"')
    assert statistics.learn_values() == 0
    assert names() == []


def test_saving_a_segment_has_it_learnt(workspace, owner, attributes, django_capture_on_commit_callbacks):
    values = {"name": "Pro", "rule": parse_text('attribute plan is "pro"')}
    with django_capture_on_commit_callbacks() as woken:
        save_segment(workspace=workspace, actor=owner, values=values)
    assert "segments.learn_values" in [one.args[0].name for one in woken]
    tasks.learn_values()
    assert len(names()) == 5
