"""How often and when, a break, why, one's own data behind a code, and the lost link."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from consent import links
from consent.evidence import Choice, Proof
from consent.models import AccessCode, ConsentSettings, ContactPreference, LinkRequest, State, Topic
from consent.origins import offer_origin
from consent.services import record_consent
from consent.services.access import code_of
from contacts.models import AddressChange, Contact, Restriction, RightsRequest
from delivery.models import Message
from events.models import Event
from events.services import run_due_handlers
from tests.consent.conftest import ADDRESS, ledger, state_of


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def url(contact: Contact, topic: Topic) -> str:
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    return links.preferences_url(contact.public_id)


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


def mailed(visitor: Client, url: str, contact: Contact) -> str:
    visitor.post(url + "data/", {"action": "send"})
    return code_of(AccessCode.objects.get(contact=contact))


def opened(visitor: Client, url: str, contact: Contact) -> str:
    html = visitor.post(url + "data/", {"action": "open", "code": mailed(visitor, url, contact)}).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found
    return found[1]


def test_the_code_is_mailed_and_opens(
    visitor: Client, url: str, contact: Contact, django_capture_on_commit_callbacks: Any
) -> None:
    assert ADDRESS not in visitor.get(url + "data/").content.decode()
    assert not AccessCode.objects.exists()
    code = mailed(visitor, url, contact)
    run_due_handlers()
    mail = Message.objects.get(recipient=ADDRESS)
    assert mail.purpose == "service"
    assert mail.data is not None
    assert code in mail.data["text"]
    assert code in mail.data["html"]
    spaced = f" {code[:3]} {code[3:]} "
    html = visitor.post(url + "data/", {"action": "open", "code": spaced}).content.decode()
    assert ADDRESS in html
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert visitor.post(url + "data/", {"action": "open", "code": arabic}).status_code == 200


def test_a_wrong_code_opens_nothing_and_five_close_it(visitor: Client, url: str, contact: Contact) -> None:
    code = mailed(visitor, url, contact)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _try in range(5):
        assert visitor.post(url + "data/", {"action": "open", "code": wrong}).status_code == 422
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422
    assert AccessCode.objects.get(contact=contact).opened_at is None


@pytest.mark.parametrize("code", ["", "x", "١٢٣٤٥٦", "\0", "9" * 5000])
def test_nonsense_is_no_code(visitor: Client, url: str, contact: Contact, code: str) -> None:
    mailed(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422


def test_a_late_code_opens_nothing(visitor: Client, url: str, contact: Contact) -> None:
    code = mailed(visitor, url, contact)
    AccessCode.objects.update(expires_at=timezone.now())
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422


def test_a_new_code_ends_the_one_before(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    mailed(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "json", "key": key}).status_code == 422


def test_the_answer_is_the_same_with_and_without_an_address(visitor: Client, url: str, contact: Contact) -> None:
    with_address = visitor.post(url + "data/", {"action": "send"}).content
    for _time in range(5):
        assert visitor.post(url + "data/", {"action": "send"}).content == with_address
    assert Event.objects.filter(kind="consent.code_requested").count() == 5


def test_data_is_taken_along_as_json_and_html(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    answer = visitor.post(url + "data/", {"action": "json", "key": key})
    document = json.loads(b"".join(answer))  # type: ignore[call-overload]
    assert document["format"] == "rapport.person"
    assert 'filename="my-data.json"' in answer["Content-Disposition"]
    answer = visitor.post(url + "data/", {"action": "html", "key": key})
    assert ADDRESS in b"".join(answer).decode()  # type: ignore[call-overload]
    answer = visitor.post(url + "data/", {"action": "receipt", "key": key})
    assert (answer["Content-Type"], str(contact.public_id) in answer.content.decode()) == ("application/ld+json", True)
    kinds = RightsRequest.objects.values_list("kind", "source", "outcome")
    assert list(kinds) == [("access", "preferences", "done")] * 2


@pytest.mark.parametrize("action", ["json", "html", "receipt", "name", "address", "restrict", "erase", "nonsense"])
def test_nothing_happens_without_the_key(visitor: Client, url: str, contact: Contact, action: str) -> None:
    key = opened(visitor, url, contact)
    data = {"action": action, "email": "new@lake.example", "sure": "on", "first_name": "X"}
    assert visitor.post(url + "data/", data).status_code == 422
    AccessCode.objects.update(opened_at=timezone.now() - dt.timedelta(minutes=31))
    assert visitor.post(url + "data/", data | {"key": key}).status_code == 422
    contact.refresh_from_db()
    assert (contact.first_name, RightsRequest.objects.count(), AddressChange.objects.count()) == ("لينا", 0, 0)


def test_somebody_elses_key_opens_nothing(visitor: Client, url: str, contact: Contact) -> None:
    other = Contact.objects.create(workspace=contact.workspace, email="omar@lake.example")
    key = opened(visitor, links.preferences_url(other.public_id), other)
    assert visitor.post(url + "data/", {"action": "json", "key": key}).status_code == 422


def test_name_and_address_are_corrected(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    visitor.post(url + "data/", {"action": "name", "key": key, "first_name": "Lina", "last_name": "Haddad"})
    contact.refresh_from_db()
    assert (contact.first_name, contact.last_name) == ("Lina", "Haddad")
    answer = visitor.post(url + "data/", {"action": "address", "key": key, "email": "lina@new.example"})
    assert "We wrote to the new address." in answer.content.decode()
    contact.refresh_from_db()
    assert (AddressChange.objects.get().value, contact.email) == ("lina@new.example", ADDRESS)
    answer = visitor.post(url + "data/", {"action": "address", "key": key, "email": "nonsense"})
    assert answer.status_code == 422


def test_restricting_and_erasing_are_done_and_due(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "erase", "key": key}).status_code == 422
    assert not Restriction.objects.exists()
    visitor.post(url + "data/", {"action": "restrict", "key": key})
    assert Restriction.objects.filter(contact=contact).exists()
    for _time in range(2):
        answer = visitor.post(url + "data/", {"action": "erase", "key": key, "sure": "on"})
        assert "We erase your data within 30 days." in answer.content.decode()
    request = RightsRequest.objects.get(kind="erasure")
    assert (request.source, request.outcome) == ("preferences", "open")
    assert "so no news reaches you" in visitor.get(url).content.decode()


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


def test_a_lost_link_is_mailed_to_those_we_know_and_nobody_learns_who(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    assert visitor.get(here).status_code == 200
    known = visitor.post(here, {"email": f" {ADDRESS.upper()}"})
    unknown = visitor.post(here, {"email": "nobody@lake.example"})
    assert (
        (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (302, f"{here}?sent=1")
    )
    assert LinkRequest.objects.count() == 2
    assert ADDRESS not in str(list(Event.objects.values_list("properties", flat=True)))
    run_due_handlers()
    mail = Message.objects.get()
    assert mail.recipient == ADDRESS
    assert mail.data is not None
    assert links.preferences_url(contact.public_id) in mail.data["text"]
    assert not LinkRequest.objects.exists()


def test_a_mailbox_gets_three_lost_links_a_day(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    for _time in range(5):
        assert visitor.post(here, {"email": ADDRESS}).status_code == 302
    assert LinkRequest.objects.count() == 3


def test_lost_links_of_one_network_are_limited(visitor: Client, contact: Contact) -> None:
    here = f"/p/lost/{contact.workspace.public_id}/"
    statuses = [visitor.post(here, {"email": f"a{n}@lake.example"}).status_code for n in range(21)]
    assert statuses == [302] * 20 + [429]
    cache.clear()


@pytest.mark.parametrize("email", ["", "nonsense", "a\0b@lake.example", "x" * 400])
def test_what_is_no_address_is_said_to_be_none(visitor: Client, contact: Contact, email: str) -> None:
    assert visitor.post(f"/p/lost/{contact.workspace.public_id}/", {"email": email}).status_code == 422
    assert not LinkRequest.objects.exists()


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
