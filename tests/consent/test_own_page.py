"""How often and when, a break, and why."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent import links
from consent.models import AccessCode, ConsentSettings, ContactPreference, Topic
from consent.origins import offer_origin
from contacts.models import Contact
from delivery.models import Message
from events.models import Event
from tests.consent.conftest import ADDRESS, ledger, state_of


def save(visitor: Client, url: str, contact: Contact, **others: Any) -> Any:
    return visitor.post(url, {"page": links.page_key(contact.public_id), "language": "en"} | others)


def shown(visitor: Client, url: str) -> str:
    return re.sub(r"[\u2068\u2069]", "", visitor.get(url + "?saved=1").content.decode())


def preference(contact: Contact) -> ContactPreference:
    return ContactPreference.objects.get(contact=contact)


@pytest.mark.parametrize(
    ("frequency", "days", "words"),
    [
        ("7", 7, "You get at most one message a week, about Cabin news."),
        ("28", 28, "You get at most one message in four weeks, about Cabin news."),
        ("", None, "You get messages about Cabin news as they come."),
    ],
)
def test_frequency_is_kept_and_promised(
    visitor: Client, url: str, contact: Contact, frequency: str, days: int | None, words: str
) -> None:
    ContactPreference.objects.create(contact=contact, workspace=contact.workspace, days_between=14)
    assert save(visitor, url, contact, frequency=frequency).status_code == 302
    assert preference(contact).days_between == days
    assert words in shown(visitor, url)


def test_another_number_of_days_stays_on_offer(visitor: Client, url: str, contact: Contact) -> None:
    ContactPreference.objects.create(contact=contact, workspace=contact.workspace, days_between=14)
    assert "One message in 14 days" in visitor.get(url).content.decode()
    assert save(visitor, url, contact, frequency="14").status_code == 302
    assert save(visitor, url, contact, frequency="15").status_code == 422
    assert preference(contact).days_between == 14


def test_a_page_without_the_field_changes_nothing_of_it(visitor: Client, url: str, contact: Contact) -> None:
    ContactPreference.objects.create(contact=contact, workspace=contact.workspace, days_between=14)
    save(visitor, url, contact)
    assert preference(contact).days_between == 14


def test_quiet_hours_are_kept_with_their_zone(visitor: Client, url: str, contact: Contact) -> None:
    save(visitor, url, contact, quiet_from="22:00", quiet_until="07:30", time_zone="Europe/Berlin")
    row = preference(contact)
    contact.refresh_from_db()
    assert (row.quiet_from, row.quiet_until, contact.time_zone) == (dt.time(22), dt.time(7, 30), "Europe/Berlin")
    assert "Nothing comes between 22:00 and 7:30." in shown(visitor, url)
    save(visitor, url, contact, quiet_from="", quiet_until="", time_zone="Europe/Berlin")
    assert preference(contact).quiet_from is None


@pytest.mark.parametrize(
    "hours",
    [("22:00", ""), ("", "07:00"), ("08:00", "08:00"), ("25:00", "07:00"), ("x", "y")],
)
def test_half_of_quiet_hours_are_refused(visitor: Client, url: str, contact: Contact, hours: tuple[str, str]) -> None:
    answer = save(visitor, url, contact, quiet_from=hours[0], quiet_until=hours[1])
    assert (answer.status_code, "Nothing was changed." in answer.content.decode()) == (422, True)
    assert not ContactPreference.objects.exists()


def test_the_workspaces_zone_is_not_taken_for_theirs(visitor: Client, url: str, contact: Contact) -> None:
    save(visitor, url, contact, frequency="7", time_zone="Pacific/Auckland")
    contact.refresh_from_db()
    assert contact.time_zone == ""


def test_a_program_that_posts_blindly_changes_nothing(visitor: Client, url: str, contact: Contact) -> None:
    ConsentSettings.objects.create(workspace=contact.workspace, tracking_needs_consent=False)
    before = ledger(contact)
    for data in ({}, {"pause": "month"}, {"page": "x"}, {"frequency": "7"}):
        assert visitor.post(url, data).status_code == 422
    other = links.page_key(contact.workspace.public_id)
    assert visitor.post(url, {"page": other, "pause": "month"}).status_code == 422
    assert (ledger(contact), ContactPreference.objects.count()) == (before, 0)


@pytest.mark.parametrize(("pause", "days"), [("month", 30), ("quarter", 91)])
def test_a_break_is_kept_and_can_be_ended(visitor: Client, url: str, contact: Contact, pause: str, days: int) -> None:
    save(visitor, url, contact, pause=pause)
    until = preference(contact).paused_until
    assert until is not None
    assert abs((until - timezone.now()).days - days) <= 2
    html = shown(visitor, url)
    assert "You take a break: no news from us before" in html
    assert "You are taking a break" in html
    save(visitor, url, contact, pause="end")
    assert preference(contact).paused_until is None
    assert "You get messages about Cabin news as they come." in shown(visitor, url)


def test_a_break_until_a_day_ends_where_they_live(visitor: Client, url: str, contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(time_zone="America/New_York")
    day = timezone.localdate() + dt.timedelta(days=40)
    save(visitor, url, contact, pause="day", day=day.isoformat())
    until = preference(contact).paused_until
    assert until is not None
    from zoneinfo import ZoneInfo

    assert until == dt.datetime.combine(day, dt.time(0), ZoneInfo("America/New_York"))


@pytest.mark.parametrize("days", [-1, 0, 800, None])
def test_a_break_of_no_sense_is_refused(visitor: Client, url: str, contact: Contact, days: int | None) -> None:
    day = (timezone.localdate() + dt.timedelta(days=days)).isoformat() if days is not None else ""
    assert save(visitor, url, contact, pause="day", day=day).status_code == 422
    assert not ContactPreference.objects.exists()


def test_saving_twice_tells_once(visitor: Client, url: str, contact: Contact) -> None:
    for _time in range(2):
        save(visitor, url, contact, frequency="7")
    told = Event.objects.filter(kind="consent.preferences_changed").get()
    assert told.properties == {"contact": str(contact.public_id), "changed": ["days_between"]}


def test_profiling_is_asked_only_where_it_is_used(visitor: Client, url: str, contact: Contact) -> None:
    assert 'name="profiling"' not in visitor.get(url).content.decode()
    save(visitor, url, contact, profiling="on")
    assert state_of(contact, None, "profiling") is None
    ConsentSettings.objects.create(workspace=contact.workspace, uses_profiling=True)
    assert 'name="profiling"' in visitor.get(url).content.decode()
    save(visitor, url, contact, profiling="on")
    assert state_of(contact, None, "profiling") == "granted"
    save(visitor, url, contact)
    assert state_of(contact, None, "profiling") == "withdrawn"


def test_why_shows_the_agreement_and_its_words(visitor: Client, url: str, contact: Contact, beds: Topic) -> None:
    save(visitor, url, contact, shown=[beds.public_id], topics=[beds.public_id])
    html = visitor.get(url + "why/").content.decode()
    assert "On your own page" in html
    assert "☐ Last-minute beds" in html
    assert ADDRESS not in html


def test_why_names_the_message_that_led_here(visitor: Client, contact: Contact, url: str) -> None:
    message = Message.objects.create(
        workspace=contact.workspace, contact=contact, purpose="marketing", status="sent", recipient=ADDRESS,
        data={"subject": "The lake is warm"}, created_at=timezone.now(), due_at=timezone.now(),
    )  # fmt: skip
    html = visitor.get(links.preferences_url(contact.public_id, message.public_id) + "why/").content.decode()
    assert "The lake is warm" in html
    Message.objects.update(contact=None)
    html = visitor.get(links.preferences_url(contact.public_id, message.public_id) + "why/").content.decode()
    assert "The lake is warm" not in html


def test_looking_at_any_page_changes_nothing(visitor: Client, url: str, contact: Contact) -> None:
    before = (ledger(contact), Event.objects.count())
    for page in ("", "why/", "data/"):
        assert visitor.get(url + page).status_code == 200
        assert visitor.head(url + page).status_code == 200
    assert (ledger(contact), Event.objects.count(), AccessCode.objects.count()) == (*before, 0)


@pytest.mark.parametrize("page", ["", "why/", "data/"])
def test_erased_and_unknown_people_get_the_same_page(visitor: Client, url: str, contact: Contact, page: str) -> None:
    unknown = visitor.get(f"/p/{'x' * 40}/{page}")
    contact.delete()
    gone = visitor.get(url + page)
    assert (gone.status_code, gone.content) == (404, unknown.content)
    if page != "why/":
        assert visitor.post(url + page, {"action": "send"}).status_code == 404


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("weekly", "You get at most one message a week"),
        ("four_weeks", "You get at most one message in four weeks"),
        ("break", "You take a break"),
    ],
)
def test_leaving_can_become_staying_quieter(
    visitor: Client, contact: Contact, topic: Topic, url: str, wish: str, words: str
) -> None:
    leave = links.unsubscribe_url(contact.public_id, topic.public_id)
    assert 'name="quieter"' in visitor.get(leave).content.decode()
    answer = visitor.post(leave, {"quieter": wish})
    assert words in answer.content.decode()
    assert state_of(contact, topic) == "granted"
    assert ContactPreference.objects.filter(contact=contact).count() == 1


@pytest.mark.parametrize("wish", ["weekly", "break"])
def test_quieter_is_never_more_than_before(
    visitor: Client, contact: Contact, topic: Topic, url: str, wish: str
) -> None:
    far = timezone.now() + dt.timedelta(days=200)
    ContactPreference.objects.create(contact=contact, workspace=contact.workspace, days_between=28, paused_until=far)
    visitor.post(links.unsubscribe_url(contact.public_id, topic.public_id), {"quieter": wish})
    assert (preference(contact).days_between, preference(contact).paused_until) == (28, far)


def test_one_click_leaves_whatever_else_is_sent(visitor: Client, contact: Contact, topic: Topic, url: str) -> None:
    leave = links.unsubscribe_url(contact.public_id, topic.public_id)
    visitor.post(leave, {"List-Unsubscribe": "One-Click", "quieter": "weekly"})
    assert (state_of(contact, topic), ContactPreference.objects.count()) == ("withdrawn", 0)


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_pages_are_small_and_in_their_language(visitor: Client, url: str, contact: Contact, language: str) -> None:
    Contact.objects.filter(pk=contact.pk).update(language=language)
    for page in ("", "why/", "data/"):
        answer = visitor.get(url + page)
        assert f'<html lang="{language}"' in answer.content.decode()
        assert len(answer.content) < 60_000


def test_an_origin_is_asked_once_however_often_it_is_registered() -> None:
    from consent import origins

    before = dict(origins._tellers)
    try:
        offer_origin("test.origin", lambda _message, _contact: ["one"])
        offer_origin("test.origin", lambda _message, _contact: ["two"])
        assert origins._tellers["test.origin"](None, None) == ["two"]  # type: ignore[arg-type]
    finally:
        origins._tellers.clear()
        origins._tellers.update(before)
