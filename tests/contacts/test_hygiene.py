"""The hygiene page and its figures."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consent.models import ConsentState, Topic
from contacts.hygiene import groups, offer_group
from contacts.hygiene_page import page_of, trend_of
from contacts.models import (
    Address,
    Contact,
    HygieneRefresh,
    HygieneReport,
    Import,
    ImportReject,
    LookUpRun,
    MailDomain,
)
from contacts.services.hygiene import request_refresh, run_refresh, wake_refreshes
from core.clock import now
from delivery.models import Message
from segments import hygiene as segment_hygiene
from segments.language.text_printer import print_rule
from segments.registry import registry_of
from segments.starters import starters_for
from tests.cast import client_of, make_contact

pytestmark = pytest.mark.django_db


def counted(workspace):
    request_refresh(workspace=workspace)
    assert run_refresh(workspace_id=workspace.pk)
    return HygieneReport.objects.get(workspace=workspace)


def url(name, workspace, *args):
    return reverse(f"contacts:{name}", args=[workspace.slug, *args])


# Figures.


def test_every_group_is_counted_as_its_segment_would_be(workspace, other_workspace):
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    make_contact(other_workspace, "dead@lake.example")
    states = {"dead": "dead", "invalid": "invalid", "risky": "risky", "good": "valid"}
    for name, status in states.items():
        make_contact(workspace, f"{name}@lake.example")
        Address.objects.filter(workspace=workspace, value=f"{name}@lake.example").update(status=status)
    for email in ("ada@gmial.com", "bob@yopmail.com", "info@lake.example"):
        make_contact(workspace, email)
    nobody = make_contact(workspace, first_name="Nobody", external_id="1")
    old = make_contact(workspace, "old@lake.example")
    Contact.objects.filter(pk=old.pk).update(created_at=now() - dt.timedelta(days=181))
    ConsentState.objects.create(
        workspace=workspace,
        contact=old,
        channel="email",
        topic=topic,
        purpose="marketing",
        state="granted",
        changed_at=now(),
    )
    for _number in range(5):
        Message.objects.create(
            workspace=workspace,
            purpose="marketing",
            contact=old,
            recipient=old.email,
            status="sent",
            created_at=now(),
            due_at=now(),
            settled_at=now() - dt.timedelta(hours=1),
        )

    report = counted(workspace)

    assert report.people == 9
    assert {group.key: report.figures[group.key] for group in groups()} == {
        "dead": 1,
        "invalid": 1,
        "risky": 1,
        "mistyped": 1,
        "disposable": 1,
        "role": 1,
        "unverified": 1,
        "unreachable": 3,
        "unengaged": 1,
        "never-mailed": 5,
        "no-consent": 8,
    }
    assert nobody.pk


def test_every_group_has_a_rule_that_reads_the_same(workspace, teammate):
    Topic.objects.create(workspace=workspace, key="news", name="News")
    fitting = starters_for(registry_of(workspace), segment_hygiene.STARTERS)

    assert [starter.key for starter, _rule in fitting] == [group.key for group in groups()]
    assert all(print_rule(rule) for _starter, rule in fitting)
    page = client_of(teammate).get(reverse("segments:create", args=[workspace.slug]) + "?starter=mistyped")
    assert "address email flag typo" in page.content.decode()


def test_a_group_that_does_not_fit_is_not_counted(workspace):
    assert counted(workspace).figures["no-consent"] is None


def test_two_groups_of_one_name_are_a_mistake():
    first = groups()[0]

    with pytest.raises(ValueError, match=first.key):
        offer_group(type(first)(**{**first.__dict__, "count": lambda workspace: 0}))


def test_the_last_imports_tell_their_worst_columns(workspace):
    imported = Import.objects.create(workspace=workspace, file_name="people.csv", status="done", total=10, rejected=3)
    Import.objects.create(workspace=workspace, file_name="none.csv", status="failed", total=1)
    for number, (column, reason) in enumerate(
        [("Mail", "email_no_at"), ("Mail", "email_no_at"), ("Tel", "phone_short")]
    ):
        ImportReject.objects.create(
            import_batch=imported, row_number=number, reason=reason, column=column, value="x", cells=["x"]
        )

    figures = counted(workspace).figures

    assert figures["imports"] == [
        {
            "id": str(imported.public_id),
            "file": "people.csv",
            "total": 10,
            "rejected": 3,
            "worst": [["Mail", "email_no_at", 2], ["Tel", "phone_short", 1]],
        }
    ]


def test_domains_without_mail_are_listed_and_their_addresses_moved(workspace):
    make_contact(workspace, "ada@null.nz")
    MailDomain.objects.create(domain="null.nz", answer="no_mail", next_check_at=now())

    figures = counted(workspace).figures

    assert figures["domains"] == [["null.nz", "no_mail", 1]]
    assert figures["invalid"] == 1


def test_one_worker_counts_and_a_second_leaves_it(workspace):
    HygieneRefresh.objects.create(workspace=workspace, lease_until=now() + dt.timedelta(minutes=1))

    assert not run_refresh(workspace_id=workspace.pk)
    assert not HygieneReport.objects.exists()


def test_a_wake_up_that_comes_after_the_work_counts_nothing_again(workspace):
    HygieneRefresh.objects.create(workspace=workspace)

    assert run_refresh(workspace_id=workspace.pk)
    assert not run_refresh(workspace_id=workspace.pk)


def test_the_days_figures_are_replaced_and_old_ones_forgotten(workspace):
    HygieneReport.objects.create(workspace=workspace, day=dt.date(2020, 1, 1), as_of=now(), people=1)
    counted(workspace)
    make_contact(workspace, "ada@lake.example")

    assert counted(workspace).people == 1


def woken(monkeypatch):
    found = []
    monkeypatch.setattr(
        "contacts.services.hygiene.enqueue", lambda name, **values: found.append(values["workspace_id"])
    )
    wake_refreshes()
    return found


def test_the_tick_wakes_for_new_asked_and_old_figures_only(workspace, other_workspace, monkeypatch):
    assert sorted(woken(monkeypatch)) == sorted([workspace.pk, other_workspace.pk])

    HygieneRefresh.objects.update(finished_at=now())
    assert woken(monkeypatch) == []

    request_refresh(workspace=workspace)
    assert woken(monkeypatch)[-1:] == [workspace.pk]

    HygieneRefresh.objects.update(requested_at=None, finished_at=now() - dt.timedelta(days=2))
    assert len(woken(monkeypatch)) == 2


def test_the_tick_wakes_some_time_after_an_import(workspace, monkeypatch):
    HygieneRefresh.objects.create(workspace=workspace, finished_at=now() - dt.timedelta(hours=2))
    Import.objects.create(
        workspace=workspace, file_name="a.csv", status="done", finished_at=now() - dt.timedelta(minutes=11)
    )

    assert woken(monkeypatch) == [workspace.pk]


def test_a_trend_needs_two_days(workspace):
    def report(days, dead):
        moment = now() - dt.timedelta(days=days)
        return HygieneReport(workspace=workspace, day=moment.date(), as_of=moment, people=100, figures={"dead": dead})

    assert trend_of([report(0, 1)]) is None
    trend = trend_of([report(0, 10), report(10, 5)])
    assert (trend.first, trend.last) == (0.05, 0.1)
    assert trend.points == "0.0,24.0 240.0,4.0"


# The page.


def test_the_page_counts_by_itself_at_first_and_then_shows_the_figures(workspace, teammate):
    client = client_of(teammate)
    make_contact(workspace, "ada@lake.example")

    assert "every 3s" in client.get(url("hygiene", workspace)).content.decode()
    counted(workspace)
    page = client.get(url("hygiene", workspace)).content.decode()

    assert "every 3s" not in page
    assert "1 of 1 person has an address that may work" in page
    assert "?starter=never-mailed" in page


def test_looking_changes_nothing(workspace, viewer):
    client_of(viewer).get(url("hygiene", workspace))

    assert not HygieneRefresh.objects.exists()


def test_counting_again_is_asked_for(workspace, teammate):
    counted(workspace)

    client_of(teammate).post(url("hygiene-refresh", workspace))

    assert page_of(workspace)["is_counting"]


def test_the_page_asks_the_database_as_often_for_many_domains(workspace, teammate):
    client = client_of(teammate)

    def queries():
        counted(workspace)
        with CaptureQueriesContext(connection) as seen:
            client.get(url("hygiene", workspace))
        return len(seen)

    make_contact(workspace, "ada@gmial.com")
    first = queries()
    for domain in ("gmal.com", "hotmial.com", "yaho.com", "outlok.com"):
        make_contact(workspace, f"ada@{domain}")
    assert queries() == first


def test_a_number_check_is_started_and_stopped_on_the_page(workspace, teammate):
    person = make_contact(workspace, phone="+64211111104")
    Address.objects.create(workspace=workspace, contact=person, channel="sms", value="+64211111104")
    counted(workspace)
    client = client_of(teammate)

    asked = client.post(url("look-up", workspace), {"provider": "local", "group": "unverified", "limit": "10"})
    assert asked.status_code == 302
    run = LookUpRun.objects.get()
    assert (run.total, run.created_by) == (1, teammate)
    assert "0 of 1 asked" in client.get(url("hygiene", workspace)).content.decode()

    client.post(url("look-up-stop", workspace, run.public_id))
    run.refresh_from_db()
    assert run.status == "stopped"


@pytest.mark.parametrize("limit", ["0", "1000000", "x", ""])
def test_a_check_that_cannot_be_comes_back_with_the_reason(workspace, teammate, limit):
    counted(workspace)

    answer = client_of(teammate).post(url("look-up", workspace), {"provider": "local", "group": "all", "limit": limit})

    assert answer.status_code == 422
    assert not LookUpRun.objects.exists()


def test_strangers_runs_do_not_exist(workspace, other_workspace, teammate):
    theirs = LookUpRun.objects.create(workspace=other_workspace, provider="local", group="all", limit=1)

    assert client_of(teammate).post(url("look-up-stop", workspace, theirs.public_id)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "queued"
