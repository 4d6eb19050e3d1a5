"""Who gets it when: local time, quiet hours, dates of people, and the time after which it is not sent."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from campaigns import services
from campaigns.models import Campaign
from campaigns.planning import prepared_at, times_of
from campaigns.timing import Timing, timing_of
from contacts.models import Attribute, Contact
from core.clock import now
from delivery.models import Message
from tests.campaigns.conftest import agree
from tests.cast import make_contact

AUCKLAND = ZoneInfo("Pacific/Auckland")


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


# Nine in the morning in Auckland, on a summer's day.
NINE = utc(2026, 12, 1, 20)
LONG_BEFORE = utc(2026, 11, 30)


def planned(campaign, at=NINE, moment=LONG_BEFORE, **rules):
    campaign.time_zone = "Pacific/Auckland"
    return times_of(campaign, Timing(**rules), at, moment)


def test_without_rules_everybody_gets_it_at_the_same_instant(campaign):
    assert planned(campaign) == (NINE, {})


def test_local_time_is_that_hour_on_every_clock(campaign):
    everybody, by_zone = planned(campaign, local_time=True)
    assert everybody == NINE
    assert by_zone["Europe/Berlin"] == utc(2026, 12, 2, 8)
    assert by_zone["Pacific/Kiritimati"] == utc(2026, 12, 1, 19)
    assert by_zone["Asia/Kolkata"] == utc(2026, 12, 2, 3, 30)
    # The same as everybody's needs no line of its own.
    assert "Pacific/Auckland" not in by_zone


def test_it_is_prepared_when_the_first_on_earth_are_due(campaign):
    campaign.time_zone = "Pacific/Auckland"
    assert prepared_at(campaign, Timing(local_time=True), NINE) == utc(2026, 12, 1, 19)
    assert prepared_at(campaign, Timing(), NINE) == NINE


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("at_once", utc(2026, 12, 1, 19, 30)), ("next_day", utc(2026, 12, 2, 19)), ("skip", None)],
)
def test_people_for_whom_it_has_passed_follow_the_rule(campaign, rule, expected):
    _everybody, by_zone = planned(campaign, moment=utc(2026, 12, 1, 19, 30), local_time=True, if_passed=rule)
    assert by_zone["Pacific/Kiritimati"] == expected
    assert by_zone["Europe/Berlin"] == utc(2026, 12, 2, 8)


def test_a_few_minutes_late_is_not_passed(campaign):
    _everybody, by_zone = planned(campaign, moment=utc(2026, 12, 1, 19, 10), local_time=True, if_passed="skip")
    assert by_zone["Pacific/Kiritimati"] == utc(2026, 12, 1, 19)


def test_an_hour_that_clocks_skip_somewhere_is_the_first_instant_after_it(campaign):
    at = dt.datetime(2026, 3, 29, 2, 30, tzinfo=AUCKLAND).astimezone(dt.UTC)
    _everybody, by_zone = planned(campaign, at=at, moment=at - dt.timedelta(days=3), local_time=True)
    assert by_zone["Europe/Berlin"] == utc(2026, 3, 29, 1)


def test_quiet_hours_of_the_workspace_are_on_each_persons_clock(campaign):
    campaign.workspace.quiet_from, campaign.workspace.quiet_until = dt.time(21), dt.time(8)
    everybody, by_zone = planned(campaign)
    assert everybody == NINE
    # 21:00 in Berlin: it waits until eight in the morning there.
    assert by_zone["Europe/Berlin"] == utc(2026, 12, 2, 7)
    assert "Asia/Tokyo" in by_zone
    assert "Europe/London" not in by_zone


def test_each_person_gets_it_once_at_the_hour_of_their_place(campaign, people):
    for person, zone in zip(people, ["Europe/Berlin", "Pacific/Kiritimati", "", "Asia/Tokyo"], strict=True):
        Contact.objects.filter(pk=person.pk).update(time_zone=zone)
    timing = Timing(local_time=True, send_within=4)
    at = (now() + dt.timedelta(days=5)).replace(microsecond=0)
    services.schedule_campaign(
        campaign=campaign, actor=None, at=at, time_zone="Pacific/Auckland", kind="once", timing=timing
    )
    campaign.refresh_from_db()
    assert campaign.launch_at < campaign.scheduled_at == at
    services.launch_campaign(campaign_id=campaign.pk, at=campaign.launch_at)
    rows = {row.recipient: row for row in Message.objects.all()}
    assert len(rows) == 4
    clock = at.astimezone(AUCKLAND).time()
    for email, zone in (("lina@example.com", "Europe/Berlin"), ("wiremu@example.com", "Pacific/Kiritimati")):
        assert rows[email].due_at.astimezone(ZoneInfo(zone)).time() == clock
        assert rows[email].send_by == rows[email].due_at + dt.timedelta(hours=4)
    assert rows["nameless@example.com"].due_at == at


def test_those_whose_hour_has_passed_are_skipped_with_the_reason_where_that_is_the_rule(campaign, people):
    Contact.objects.filter(pk=people[0].pk).update(time_zone="Pacific/Kiritimati")
    at = now() + dt.timedelta(minutes=20)
    services.schedule_campaign(
        campaign=campaign, actor=None, at=at, time_zone="Pacific/Pago_Pago", kind="once",
        timing=Timing(local_time=True, if_passed="skip"),
    )  # fmt: skip
    services.launch_campaign(campaign_id=campaign.pk, at=now())
    assert Message.objects.get(recipient="lina@example.com").reason == "too_late"
    assert Message.objects.get(recipient="wiremu@example.com").status == "pending"


@pytest.fixture
def birthdays(workspace, people, topic) -> dict[str, Contact]:
    """People with a birthday, by its month and day."""
    Attribute.objects.create(workspace=workspace, key="birthday", type="date", label="Birthday")
    born = {}
    for day in ("1990-12-01", "1990-12-08", "2000-02-29", "2026-12-08"):
        person = make_contact(workspace, f"born{day}@example.com")
        Contact.objects.filter(pk=person.pk).update(attributes={"birthday": day})
        agree(person, topic)
        born[day] = person
    return born


def launch_on(campaign, day, **rules):
    timing = Timing(attribute="birthday", clock=dt.time(9), **rules)
    at = dt.datetime.combine(day, dt.time(9), tzinfo=AUCKLAND).astimezone(dt.UTC)
    Campaign.objects.filter(pk=campaign.pk).update(
        kind="date", timing=timing.as_data(), status="scheduled", scheduled_at=at, time_zone="Pacific/Auckland"
    )
    services.launch_campaign(campaign_id=campaign.pk, at=at)
    return sorted(Message.objects.values_list("recipient", flat=True))


@pytest.mark.parametrize(
    ("day", "rules", "expected"),
    [
        (dt.date(2026, 12, 1), {}, ["born1990-12-01@example.com"]),
        (dt.date(2026, 12, 1), {"days": -7}, ["born1990-12-08@example.com", "born2026-12-08@example.com"]),
        (dt.date(2026, 12, 15), {"days": 7}, ["born1990-12-08@example.com", "born2026-12-08@example.com"]),
        (dt.date(2026, 12, 8), {"yearly": False}, ["born2026-12-08@example.com"]),
        (dt.date(2027, 2, 28), {}, ["born2000-02-29@example.com"]),
        (dt.date(2028, 2, 29), {}, ["born2000-02-29@example.com"]),
    ],
)
def test_people_get_it_on_their_date(campaign, birthdays, day, rules, expected):
    assert launch_on(campaign, day, **rules) == expected


def test_a_day_that_is_nobodys_is_skipped_and_the_next_is_planned(campaign, birthdays):
    assert launch_on(campaign, dt.date(2026, 12, 2)) == []
    campaign.refresh_from_db()
    assert campaign.status == "scheduled"
    assert list(campaign.occurrences.order_by("at").values_list("status", "reason")) == [
        ("skipped", "nobody"), ("planned", ""),
    ]  # fmt: skip


def test_a_date_that_is_gone_holds_the_series(campaign, birthdays):
    Attribute.objects.all().delete()
    assert launch_on(campaign, dt.date(2026, 12, 1)) == []
    campaign.refresh_from_db()
    assert (campaign.status, campaign.launch_problem) == ("draft", "segment_broken")


def test_the_rules_survive_a_copy(campaign, owner):
    Campaign.objects.filter(pk=campaign.pk).update(kind="recurring", timing=Timing(every="day").as_data())
    campaign.refresh_from_db()
    copy = services.duplicate_campaign(campaign=campaign, actor=owner)
    assert (copy.kind, timing_of(copy).every, copy.status) == ("recurring", "day", "draft")
