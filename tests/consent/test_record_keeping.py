"""Checking the record, whose rules hold, and who was asked to confirm."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, User, Workspace
from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import (
    Basis,
    Confirmation,
    ConsentRecord,
    ConsentSettings,
    ConsentState,
    LedgerCheck,
    SignupPage,
    State,
    Topic,
)
from consent.profiles import all_profiles
from consent.services import record_consent
from consent.services.confirmations import CannotResend, forget_ended_confirmations, resend_confirmation
from consent.services.verification import run_check
from contacts.models import Contact
from core.clock import now
from events.models import Event
from tests.cast import client_of, make_contact
from tests.consent.test_verification import tamper

HOME = "/w/kea-cabins/consent"
DAY = dt.timedelta(days=1)


@pytest.fixture
def said(contact: Contact, topic: Topic) -> ConsentRecord:
    return record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))


@pytest.fixture
def confirmation(workspace: Workspace, contact: Contact, front_page: SignupPage) -> Confirmation:
    return Confirmation.objects.create(
        workspace=workspace,
        contact=contact,
        page=front_page,
        sent_count=1,
        last_sent_at=now() - DAY,
        expires_at=now() + DAY,
    )


def test_the_button_has_the_record_read(teammate: User, viewer: User, said: ConsentRecord) -> None:
    assert client_of(teammate).post(f"{HOME}/check/").status_code == 302
    assert "Reading the whole record" in client_of(viewer).get(f"{HOME}/check/").content.decode()
    run_check(check_id=LedgerCheck.objects.get().pk)
    page = client_of(viewer).get(f"{HOME}/check/").content.decode()
    assert "All intact" in page
    assert "Check the record" not in page
    assert AuditEntry.objects.filter(action="ledger.checked", actor=teammate).count() == 1


def test_a_broken_record_is_told_with_the_line(teammate: User, said: ConsentRecord) -> None:
    tamper("UPDATE consent_consentrecord SET basis = 'contract'")
    client = client_of(teammate)
    client.post(f"{HOME}/check/")
    run_check(check_id=LedgerCheck.objects.get().pk)
    page = client.get(f"{HOME}/check/").content.decode()
    assert "Not intact" in page
    assert "This line was changed after it was written." in page
    assert f"{HOME}/ledger/{said.public_id}/" in page
    assert "The record is not as it was written." in client.get(f"{HOME}/").content.decode()


def test_a_check_whose_worker_died_is_begun_anew(teammate: User, said: ConsentRecord) -> None:
    client = client_of(teammate)
    client.post(f"{HOME}/check/")
    client.post(f"{HOME}/check/")
    assert LedgerCheck.objects.count() == 1
    LedgerCheck.objects.update(created_at=now() - DAY, status="running")
    client.post(f"{HOME}/check/")
    assert LedgerCheck.objects.count() == 2


def test_a_viewer_starts_nothing(viewer: User, said: ConsentRecord) -> None:
    assert client_of(viewer).post(f"{HOME}/check/").status_code == 403
    assert not LedgerCheck.objects.exists()


def test_the_rules_are_shown_with_their_sources(viewer: User, workspace: Workspace) -> None:
    page = client_of(viewer).get(f"{HOME}/rules/").content.decode()
    assert "47 CFR 64.1200" in page
    assert "“They bought”: ends after 24 months." in page
    assert "not legal advice" in page
    assert 'name="ip_policy"' not in page


def test_the_workspace_chooses_its_usual_rules(teammate: User, workspace: Workspace) -> None:
    ConsentSettings.objects.create(workspace=workspace, tracking_needs_consent=False)
    values = {"default_profile": "casl", "ip_policy": "none", "contact_point": "privacy@kea.example"}
    assert client_of(teammate).post(f"{HOME}/rules/", values).status_code == 302
    settings = ConsentSettings.objects.get()
    assert (settings.default_profile, settings.ip_policy, settings.uses_profiling) == ("casl", "none", False)
    assert (settings.contact_point, settings.tracking_needs_consent) == ("privacy@kea.example", False)
    assert "privacy@" not in str(AuditEntry.objects.get(action="consent_settings.changed").detail)
    refused = client_of(teammate).post(f"{HOME}/rules/", {**values, "default_profile": "atlantis"})
    assert refused.status_code == 422
    assert ConsentSettings.objects.get().default_profile == "casl"


@pytest.mark.parametrize(
    ("policy", "kept"), [("none", None), ("network", "2001:db8:1::"), ("full", "2001:db8:1:2:3::4")]
)
def test_of_an_address_is_kept_what_the_workspace_says(
    workspace: Workspace, contact: Contact, topic: Topic, policy: str, kept: str | None
) -> None:
    ConsentSettings.objects.create(workspace=workspace, ip_policy=policy)
    proof = Proof(Source.SIGNUP, visitor=Visitor.seen("2001:db8:1:2:3::4", "Firefox"))
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    assert ConsentRecord.objects.get().ip_address == kept


def test_the_profile_of_the_day_is_kept(contact: Contact, topic: Topic) -> None:
    Contact.objects.filter(pk=contact.pk).update(country="CA")
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=Proof("api"))
    row = ConsentRecord.objects.get()
    assert (row.profile, row.profile_date) == ("casl", all_profiles()["casl"].reviewed)


def test_what_does_not_count_is_not_offered_and_not_taken(teammate: User, workspace: Workspace, topic: Topic) -> None:
    german = make_contact(workspace, "a@x.example", country="DE")
    address = f"{HOME}/contacts/{german.public_id}/"
    client = client_of(teammate)
    page = client.get(address).content.decode()
    assert "They agreed" in page
    assert "They bought" not in page
    values = {"topic": str(topic.public_id), "state": "granted", "basis": "implied_purchase", "note": "Shop"}
    assert client.post(address, values).status_code == 422
    assert not ConsentRecord.objects.exists()


def test_the_overview_says_what_runs_out_and_who_waits(
    viewer: User, contact: Contact, topic: Topic, confirmation: Confirmation
) -> None:
    proof = Proof("api", Basis.IMPLIED_PURCHASE, at=now() - 700 * DAY)
    record_consent(contact=contact, choice=Choice(State.GRANTED, topic), proof=proof)
    page = client_of(viewer).get(f"{HOME}/").content.decode()
    assert "Running out" in page
    assert "1 person was asked to confirm" in page
    ConsentState.objects.update(expires_at=now() + 90 * DAY)
    assert "Running out" not in client_of(viewer).get(f"{HOME}/").content.decode()


def test_somebody_is_asked_once_more(teammate: User, viewer: User, confirmation: Confirmation) -> None:
    client = client_of(teammate)
    assert "Ask once more" in client.get(f"{HOME}/confirmations/").content.decode()
    client.post(f"{HOME}/confirmations/{confirmation.public_id}/resend/")
    confirmation.refresh_from_db()
    assert confirmation.sent_count == 2
    event = Event.objects.get(kind="consent.requested")
    assert event.properties == {"confirmation": str(confirmation.public_id), "page": "Front page"}
    assert "Ask once more" not in client.get(f"{HOME}/confirmations/").content.decode()
    assert client_of(viewer).post(f"{HOME}/confirmations/{confirmation.public_id}/resend/").status_code == 403


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sent_count": 2}, "asked twice"),
        ({"last_sent_at": dt.timedelta(0)}, "two minutes"),
        ({"expires_at": -DAY}, "seven days"),
        ({"confirmed_at": dt.timedelta(0)}, "confirmed already"),
    ],
)
def test_nobody_is_asked_too_often(
    teammate: User, confirmation: Confirmation, change: dict[str, Any], words: str
) -> None:
    moments = {name: now() + value for name, value in change.items() if isinstance(value, dt.timedelta)}
    Confirmation.objects.update(**{**change, **moments})
    with pytest.raises(CannotResend, match=words):
        resend_confirmation(confirmation=confirmation, actor=teammate)
    assert not Event.objects.filter(kind="consent.requested").exists()


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"expires_at": now() - 31 * DAY}, True),
        ({"expires_at": now() - 29 * DAY}, False),
        ({"expires_at": now() - 31 * DAY, "confirmed_at": now() - 35 * DAY}, False),
    ],
)
def test_what_ended_long_ago_is_forgotten(confirmation: Confirmation, change: dict[str, Any], gone: bool) -> None:
    Confirmation.objects.update(**change)
    assert forget_ended_confirmations() == int(gone)
    assert Confirmation.objects.exists() is not gone


@pytest.mark.parametrize("path", ["check/", "rules/", "confirmations/"])
def test_lists_take_the_same_queries_for_one_as_for_many(
    viewer: User, workspace: Workspace, confirmation: Confirmation, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        person = make_contact(workspace, f"{number}@x.example")
        Confirmation.objects.create(workspace=workspace, contact=person, expires_at=now() + DAY)
        LedgerCheck.objects.create(workspace=workspace)
    client: Client = client_of(viewer)
    with django_assert_max_num_queries(14):
        assert client.get(f"{HOME}/{path}").status_code == 200
