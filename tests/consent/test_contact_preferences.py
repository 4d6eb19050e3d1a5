"""A teammate or a program writes down how somebody wants to be written to."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User, Workspace
from consent.models import ContactPreference
from contacts.models import Contact
from contacts.services import restrict_contact
from tests.api import ApiClient
from tests.cast import client_of

NEW = {"frequency": "7", "until": "", "quiet_from": "21:00", "quiet_until": "08:00"}


@pytest.fixture
def api(workspace: Workspace, owner: User) -> ApiClient:
    return ApiClient(workspace, maker=owner)


@pytest.fixture
def page(contact: Contact) -> str:
    return reverse("consent:contact-preferences", args=[contact.workspace.slug, contact.public_id])


def test_a_teammate_changes_them_and_it_is_audited(teammate: User, contact: Contact, page: str) -> None:
    day = timezone.localdate() + dt.timedelta(days=30)
    answer = client_of(teammate).post(page, NEW | {"until": day.isoformat()})
    assert answer.status_code == 302
    row = ContactPreference.objects.get(contact=contact)
    assert (row.days_between, row.quiet_from, row.quiet_until) == (7, dt.time(21), dt.time(8))
    assert row.paused_until is not None
    assert timezone.localtime(row.paused_until, ZoneInfo("Pacific/Auckland")).hour == 0
    entry = AuditEntry.objects.get(action="preferences.changed")
    assert (entry.actor, entry.target) == (teammate, str(contact.public_id))


def test_saving_again_changes_nothing(teammate: User, contact: Contact, page: str) -> None:
    browser = client_of(teammate)
    browser.post(page, NEW)
    browser.post(page, NEW)
    assert AuditEntry.objects.filter(action="preferences.changed").count() == 1


@pytest.mark.parametrize("bad", [{"until": "2001-01-01"}, {"quiet_until": ""}, {"frequency": "x"}, {"until": "x"}])
def test_what_makes_no_sense_is_refused(teammate: User, page: str, bad: dict[str, str]) -> None:
    assert client_of(teammate).post(page, NEW | bad).status_code == 422
    assert not ContactPreference.objects.exists()


def test_a_viewer_may_not(viewer: User, page: str) -> None:
    assert client_of(viewer).post(page, NEW).status_code == 403
    assert not ContactPreference.objects.exists()


def test_the_panel_says_what_they_get(teammate: User, contact: Contact) -> None:
    panel = reverse("consent:contact-panel", args=[contact.workspace.slug, contact.public_id])
    assert "Messages as they come." in client_of(teammate).get(panel).content.decode()
    ContactPreference.objects.create(
        contact=contact, workspace=contact.workspace, days_between=7, quiet_from=dt.time(22), quiet_until=dt.time(7),
        paused_until=timezone.now() + dt.timedelta(days=9),
    )  # fmt: skip
    html = client_of(teammate).get(panel).content.decode()
    assert "They take a break until" in html
    assert "At most one message a week." in html
    assert "Nothing between 22:00 and 7:00 on their clock." in html


def test_program_reads_and_changes_them(api: ApiClient, contact: Contact) -> None:
    where = f"contacts/{contact.public_id}/preferences/"
    nothing: dict[str, Any] = dict.fromkeys(["paused_until", "days_between", "quiet_from", "quiet_until"])
    assert api.get(where) == nothing | {"preferred_channel": ""}
    body = {"days_between": 10, "quiet_from": "22:00", "quiet_until": "07:00", "preferred_channel": "email"}
    answer = api.patch(where, body)
    assert (answer["days_between"], answer["quiet_from"]) == (10, "22:00:00")
    assert api.patch(where, {"days_between": None})["days_between"] is None
    assert ContactPreference.objects.get(contact=contact).preferred_channel == "email"


@pytest.mark.parametrize(
    "body",
    [{"days_between": 0}, {"days_between": 400}, {"quiet_from": "22:00"}, {"paused_until": "2090-01-01T00:00:00Z"},
     {"preferred_channel": "pigeon"}, {"nonsense": 1}, {"paused_until": "2026-01-01"}],
)  # fmt: skip
def test_program_is_refused_nonsense(api: ApiClient, contact: Contact, body: dict[str, Any]) -> None:
    api.patch(f"contacts/{contact.public_id}/preferences/", body, 400)
    assert not ContactPreference.objects.exists()


def test_program_changes_nothing_of_the_restricted(api: ApiClient, contact: Contact) -> None:
    restrict_contact(contact=contact)
    api.patch(f"contacts/{contact.public_id}/preferences/", {"days_between": 7}, 409)
    assert not ContactPreference.objects.exists()


def test_somebody_elses_page_is_not_found(stranger: User, page: str) -> None:
    assert Client().get(page).status_code == 302
    assert client_of(stranger).get(page).status_code == 404
