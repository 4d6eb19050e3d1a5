"""The gate: its two forms agree, and each rule of the law and of docs/consent.md holds."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from consent import gate
from consent.models import (
    ConsentSettings,
    ConsentState,
    ContactPreference,
    GlobalSuppression,
    Purpose,
    State,
    Suppression,
    Topic,
)
from contacts.models import Contact, Restriction, Tombstone
from core.crypto import address_hash
from tests.consent.conftest import ADDRESS

NOW = dt.datetime.now(dt.UTC)
HOUR = dt.timedelta(hours=1)
COLUMNS = gate.Columns(
    contact="m.contact_id",
    address_value="m.recipient",
    address_domain="m.domain",
    address_status="m.status",
    workspace="m.workspace_id",
    channel="m.channel",
    topic="m.topic_id",
)
ROW = """(SELECT %(contact)s::bigint AS contact_id, %(address)s::text AS recipient, %(domain)s::text AS domain,
 %(status)s::text AS status, %(workspace)s::bigint AS workspace_id, 'email'::text AS channel,
 %(topic)s::bigint AS topic_id) m"""


def ask(purpose: str, **values: Any) -> list[str | None]:
    """The answers of the SQL by look-ups and by joins."""
    states = gate.states_join(**COLUMNS)
    fragment = gate.reason_case(purpose=purpose, said=states.said, **COLUMNS)
    digest = gate.address_digest(address_value="m.recipient")
    joined = gate.reason_joins(purpose=purpose, address_digest=digest.sql, **COLUMNS)
    answers = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {fragment.sql} FROM {ROW} {states.joins}", {**values, **fragment.params})
        answers += cursor.fetchall()
        cursor.execute(f"SELECT {joined.sql} FROM {ROW} {joined.joins}", {**values, **joined.params, **digest.params})
        answers += cursor.fetchall()
    assert len(answers) == 2
    return [answer[0] for answer in answers]


def values_of(contact: Contact | None, topic: Topic | None, workspace: Workspace, **others: Any) -> dict[str, Any]:
    return {
        "contact": contact and contact.pk,
        "address": ADDRESS,
        "domain": "otago.example",
        "status": "valid",
        "workspace": workspace.pk,
        "topic": topic and topic.pk,
        **others,
    }


def set_state(contact: Contact, topic: Topic | None, state: str, **others: Any) -> None:
    fields = {"purpose": Purpose.MARKETING, "channel": "email", "changed_at": NOW, **others}
    ConsentState.objects.create(workspace_id=contact.workspace_id, contact=contact, topic=topic, state=state, **fields)


def suppress(workspace: Workspace, reason: str, **fields: Any) -> None:
    fields = fields or {"address_hash": address_hash(ADDRESS), "address": ADDRESS}
    Suppression.objects.create(workspace=workspace, reason=reason, **fields)


states = st.none() | st.sampled_from(State.values)
reasons = st.none() | st.sampled_from(Suppression.Reason.values)
worlds = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["marketing", "transactional", "service", "system", "test"]),
        "known": st.booleans(),
        "erased": st.booleans(),
        "address": st.sampled_from([ADDRESS, ""]),
        "status": st.sampled_from(["valid", "unverified", "risky", "invalid", "dead"]),
        "by_address": reasons,
        "by_domain": reasons,
        "by_plain": reasons,
        "plain_kind": st.sampled_from([hashlib.sha256, hashlib.md5]),
        "global_address": reasons,
        "global_domain": reasons,
        "global_plain": reasons,
        "restricted": st.booleans(),
        "pause_hours": st.none() | st.sampled_from([-1, 1]),
        "every": states,
        "own": states,
        "hours_left": st.none() | st.sampled_from([-1, 1]),
        "topicless": st.booleans(),
        "foreign": st.booleans(),
    }
)


def suppress_everywhere(world: dict[str, Any]) -> None:
    if world["global_address"]:
        GlobalSuppression.objects.create(address_hash=address_hash(ADDRESS), reason=world["global_address"])
    if world["global_domain"]:
        GlobalSuppression.objects.create(domain="otago.example", reason=world["global_domain"])
    if world["global_plain"]:
        digest = world["plain_kind"](ADDRESS.encode()).digest()
        GlobalSuppression.objects.create(plain_digest=digest, reason=world["global_plain"])


def build(workspace: Workspace, other: Workspace, contact: Contact, topic: Topic, world: dict[str, Any]) -> gate.Facts:
    """Write the world into the database and say what is true of it."""
    expires = None if world["hours_left"] is None else NOW + HOUR * world["hours_left"]
    # What belongs to another workspace or channel must never count.
    home = other if world["foreign"] else workspace
    if world["by_address"]:
        suppress(home, world["by_address"])
    if world["by_domain"]:
        suppress(home, world["by_domain"], domain="otago.example")
    if world["by_plain"]:
        suppress(home, world["by_plain"], plain_digest=world["plain_kind"](ADDRESS.encode()).digest())
    suppress_everywhere(world)
    if world["restricted"]:
        Restriction.objects.create(workspace=workspace, contact=contact)
    paused_until = None if world["pause_hours"] is None else NOW + HOUR * world["pause_hours"]
    ContactPreference.objects.create(workspace=workspace, contact=contact, paused_until=paused_until)
    if world["erased"]:
        Tombstone.objects.create(workspace=home, channel="email", address_hash=address_hash(ADDRESS))
    if world["every"]:
        set_state(contact, None, world["every"])
    set_state(contact, None, State.WITHDRAWN, channel="sms")
    set_state(contact, topic, State.GRANTED, purpose=Purpose.TRACKING)
    if world["own"]:
        set_state(contact, topic, world["own"], expires_at=expires)
    here = bool(world["address"]) and not world["foreign"]
    own, own_expires = (world["every"], None) if world["topicless"] else (world["own"], expires)
    return gate.Facts(
        contact_exists=world["known"],
        is_erased=world["erased"] and here,
        address_value=world["address"],
        address_status=world["status"],
        suppressed_address=world["by_address"] if here else None,
        suppressed_domain=world["by_domain"] if not world["foreign"] else None,
        suppressed_plain=world["by_plain"] if here else None,
        global_address=world["global_address"] if world["address"] else None,
        global_domain=world["global_domain"],
        global_plain=world["global_plain"] if world["address"] else None,
        is_restricted=world["restricted"],
        paused_until=paused_until,
        every_state=world["every"] if world["known"] else None,
        own_state=own if world["known"] else None,
        own_expires_at=own_expires,
        now=NOW,
    )


@given(world=worlds)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_python_agree(
    workspace: Workspace, other_workspace: Workspace, contact: Contact, topic: Topic, world: dict[str, Any]
) -> None:
    with transaction.atomic():
        facts = build(workspace, other_workspace, contact, topic, world)
        values = values_of(
            contact if world["known"] else None,
            None if world["topicless"] else topic,
            workspace,
            address=world["address"],
            status=world["status"],
        )
        expected = gate.decide(world["purpose"], facts)
        assert ask(world["purpose"], **values) == [expected, expected]
        assert expected is None or expected in gate.REASONS
        transaction.set_rollback(True)


@given(world=worlds.map(lambda world: {**world, "purpose": "marketing"}))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_people_said_may_be_written_down_before(
    workspace: Workspace, other_workspace: Workspace, contact: Contact, topic: Topic, world: dict[str, Any]
) -> None:
    said = gate.said_joins(**COLUMNS)
    joined = gate.reason_joins(
        purpose="marketing",
        address_digest=gate.address_digest(address_value="m.recipient").sql,
        said="m.said",
        **COLUMNS,
    )
    statement = f"SELECT {joined.sql} FROM (SELECT m.*, {said.sql} AS said FROM {ROW} {said.joins}) m {joined.joins}"
    with transaction.atomic(), connection.cursor() as cursor:
        facts = build(workspace, other_workspace, contact, topic, world)
        about = None if world["topicless"] else topic
        person = contact if world["known"] else None
        values = values_of(person, about, workspace, address=world["address"], status=world["status"])
        cursor.execute(statement, {**values, **joined.params})
        assert cursor.fetchall() == [(gate.decide("marketing", facts),)]
        transaction.set_rollback(True)


def test_marketing_without_any_consent_is_refused(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    assert ask("marketing", **values_of(contact, topic, workspace)) == ["no_consent"] * 2


def test_marketing_with_consent_is_allowed(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    assert ask("marketing", **values_of(contact, topic, workspace)) == [None] * 2


def test_consent_for_one_topic_says_nothing_of_another(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    other = Topic.objects.create(workspace=workspace, key="beds", name="Last-minute beds")
    assert ask("marketing", **values_of(contact, other, workspace)) == ["no_consent"] * 2


def test_unsubscribing_from_everything_wins_over_a_claim(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED, changed_at=NOW + HOUR)
    set_state(contact, None, State.WITHDRAWN)
    assert ask("marketing", **values_of(contact, topic, workspace)) == ["consent_withdrawn"] * 2


def test_suppression_wins_over_consent(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    suppress(workspace, Suppression.Reason.MANUAL)
    assert ask("marketing", **values_of(contact, topic, workspace)) == ["suppressed_manual"] * 2


@pytest.mark.parametrize("reason", ["unsubscribe", "manual"])
def test_needed_mail_passes_a_choice_against_news(workspace: Workspace, contact: Contact, reason: str) -> None:
    suppress(workspace, reason)
    assert ask("transactional", **values_of(contact, None, workspace)) == [None] * 2


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "legal", "invalid"])
def test_needed_mail_stops_at_what_stops_everything(workspace: Workspace, contact: Contact, reason: str) -> None:
    suppress(workspace, reason)
    assert ask("service", **values_of(contact, None, workspace)) == [f"suppressed_{reason}"] * 2


def test_a_break_stops_news_and_not_what_is_needed(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    ContactPreference.objects.create(workspace=workspace, contact=contact, paused_until=NOW + HOUR)

    assert ask("marketing", **values_of(contact, topic, workspace)) == ["paused"] * 2
    assert ask("transactional", **values_of(contact, None, workspace)) == [None] * 2


def test_a_restriction_stops_news_and_not_what_is_needed(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    Restriction.objects.create(workspace=workspace, contact=contact)

    assert ask("marketing", **values_of(contact, topic, workspace)) == ["restricted"] * 2
    assert ask("service", **values_of(contact, None, workspace)) == [None] * 2


def test_a_global_suppression_holds_in_every_workspace(workspace: Workspace, contact: Contact, topic: Topic) -> None:
    set_state(contact, topic, State.GRANTED)
    GlobalSuppression.objects.create(address_hash=address_hash(ADDRESS), reason=Suppression.Reason.COMPLAINT)

    assert ask("marketing", **values_of(contact, topic, workspace)) == ["suppressed_complaint"] * 2
    assert ask("transactional", **values_of(contact, None, workspace)) == ["suppressed_complaint"] * 2


def test_of_two_foreign_digests_of_an_address_the_longer_decides(
    workspace: Workspace, contact: Contact, topic: Topic
) -> None:
    set_state(contact, topic, State.GRANTED)
    suppress(workspace, Suppression.Reason.MANUAL, plain_digest=hashlib.md5(ADDRESS.encode()).digest())
    suppress(workspace, Suppression.Reason.COMPLAINT, plain_digest=hashlib.sha256(ADDRESS.encode()).digest())

    assert ask("marketing", **values_of(contact, topic, workspace)) == ["suppressed_complaint"] * 2


def test_needed_mail_reaches_an_address_without_a_contact(workspace: Workspace) -> None:
    assert ask("transactional", **values_of(None, None, workspace)) == [None] * 2


def test_unknown_purpose_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown purpose"):
        gate.decide("promotion", gate.Facts())
    with pytest.raises(ValueError, match="unknown purpose"):
        gate.reason_case(purpose="promotion", said="NULL", **COLUMNS)


@pytest.mark.parametrize(
    ("needs", "state", "allowed"),
    [
        (None, None, False),
        (None, State.GRANTED, True),
        (True, State.WITHDRAWN, False),
        (False, None, True),
        (False, State.WITHDRAWN, False),
        (False, State.DENIED, False),
    ],
)
def test_tracking_follows_the_person_then_the_setting(
    workspace: Workspace, contact: Contact, needs: bool | None, state: str | None, allowed: bool
) -> None:
    if needs is not None:
        ConsentSettings.objects.create(workspace=workspace, tracking_needs_consent=needs)
    if state:
        set_state(contact, None, state, purpose=Purpose.TRACKING)
    states = gate.states_join(**COLUMNS)
    fragment = gate.tracking_allowed_case(said=states.tracking, workspace="m.workspace_id")
    statement = f"SELECT {fragment.sql} FROM {ROW} {states.joins}"
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values_of(contact, None, workspace), **fragment.params})
        assert cursor.fetchone() == (allowed,)


@pytest.mark.parametrize("alias", ["a", "c", "d", "e", "n", "o", "t", "s"])
def test_the_callers_alias_may_be_any_short_word(
    workspace: Workspace, contact: Contact, topic: Topic, alias: str
) -> None:
    set_state(contact, topic, State.GRANTED)
    suppress(workspace, Suppression.Reason.MANUAL)
    columns: Any = {name: expression.replace("m.", f"{alias}.") for name, expression in COLUMNS.items()}
    states = gate.states_join(**columns)
    fragment = gate.reason_case(purpose="marketing", said=states.said, **columns)
    tracking = gate.tracking_allowed_case(said=states.tracking, workspace=f"{alias}.workspace_id")
    row = ROW.removesuffix(" m") + f" {alias}"
    with connection.cursor() as cursor:
        values = {**values_of(contact, topic, workspace), **fragment.params}
        cursor.execute(f"SELECT {fragment.sql}, {tracking.sql} FROM {row} {states.joins}", values)
        assert cursor.fetchone() == ("suppressed_manual", False)
