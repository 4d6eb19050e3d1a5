"""Writing down whom an audience means: by look-ups and by a walk along an index, with one answer."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from consent.models import ConsentState
from contacts.models import Address
from delivery.services import choosing
from delivery.services.choosing import Audience, write_down_chosen
from tests.cast import make_contact

PICKED = "SELECT id FROM contacts_contact WHERE id = ANY(%(picked)s) AND workspace_id = %(workspace)s"


def written_down(workspace: Any, topic: Any, picked: list[int]) -> list[tuple[Any, ...]]:
    params = {"workspace": workspace.pk, "picked": picked, "channel": "email", "topic": topic.pk}
    with connection.cursor() as cursor:
        write_down_chosen(cursor, Audience(PICKED, params, topic), params, with_person=True)
        cursor.execute("SELECT * FROM delivery_audience ORDER BY contact_id")
        return list(cursor.fetchall())


@pytest.fixture
def people(workspace: Any, other_workspace: Any, topic: Any) -> list[int]:
    """Sixty, of whom some have no address, a second one, only a phone, or said something; some are elsewhere."""
    draw = random.Random(5)
    keys = []
    for number in range(60):
        home = workspace if number % 7 else other_workspace
        email = f"p{number}@lake{number % 5}.example" if number % 4 else ""
        contact = make_contact(home, email, time_zone=draw.choice(["", "Asia/Tokyo"]), bucket_seed=number)
        keys.append(contact.pk)
        common = {"workspace": home, "contact": contact, "domain": "else.example", "is_primary": False}
        if draw.random() < 0.4:
            Address.objects.create(**common, channel="email", value=f"second{number}@else.example")
        if draw.random() < 0.4:
            phone = {**common, "domain": "", "is_primary": True}
            Address.objects.create(**phone, channel="sms", value=f"+6421{number:06}", status="dead")
        state = draw.choice([None, "granted", "withdrawn", "pending"])
        for about in [topic, None] if state and home == workspace else []:
            ConsentState.objects.create(
                workspace=home, contact=contact, channel="email", topic=about, purpose="marketing", state=state,
                changed_at=timezone.now(), expires_at=timezone.now() - dt.timedelta(days=number % 2),
            )  # fmt: skip
    return keys


@pytest.mark.parametrize("share", [1, 3, 9])
def test_a_walk_finds_the_same_as_look_ups(workspace, topic, people, monkeypatch, share):
    picked = people[5:50:share]
    looked_up = written_down(workspace, topic, picked)
    monkeypatch.setattr(choosing, "FEWEST", 1)
    monkeypatch.setattr(choosing, "SPARSEST", 1000)
    assert written_down(workspace, topic, picked) == looked_up
    mine = [key for number, key in enumerate(people) if number % 7]
    assert [row[0] for row in looked_up] == [key for key in picked if key in mine]
    assert {row[1] is None for row in looked_up} == {True, False}
    assert len({row[5] for row in looked_up}) > 1


def test_many_side_by_side_are_walked_past_and_few_looked_up(workspace, topic, people, monkeypatch):
    def statement(picked: list[int]) -> str:
        seen: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            written_down(workspace, topic, picked)
        return next(sql for sql in seen if "TABLE delivery_audience" in sql)

    monkeypatch.setattr(choosing, "FEWEST", 8)
    assert "BETWEEN" in statement(people[::3])
    assert "BETWEEN" not in statement(people[::5])
    assert "BETWEEN" not in statement(people[:8])
    assert "BETWEEN" not in statement([])


def test_the_planner_is_as_it_was_afterwards(workspace, topic, people, monkeypatch):
    monkeypatch.setattr(choosing, "FEWEST", 1)
    written_down(workspace, topic, people)
    with connection.cursor() as cursor:
        for join in ("hashjoin", "nestloop"):
            cursor.execute(f"SHOW enable_{join}")
            assert cursor.fetchone() == ("on",)
