"""Links are visited in the background; the review tells which lead nowhere."""

import datetime as dt

import pytest

from campaigns.links import digest_of, plain_links, problem_of
from campaigns.models import Campaign, LinkCheck
from campaigns.preflight import inspect_campaign
from campaigns.services import check_links, wake_link_check
from campaigns.services import links as service
from core.clock import now
from core.outbound import Answer, OutboundError

URL = "https://kea.example/nights"


@pytest.fixture
def web(monkeypatch):
    """What other people's servers answer, by address; whatever was asked is noted."""
    answers, asked = {}, []

    def fetch(url, *, most_bytes, seconds, method="GET"):
        asked.append((method, url))
        answer = answers.get((method, url), answers.get(url, 200))
        if isinstance(answer, str):
            raise OutboundError(answer)
        return Answer(answer, url, {}, b"")

    monkeypatch.setattr(service, "fetch", fetch)
    return answers, asked


def looked_at(campaign):
    found = inspect_campaign(Campaign.objects.with_parts().get(pk=campaign.pk))
    return [(check.code, check.level) for check in found.checks if "link" in check.code]


def test_nothing_is_said_before_somebody_looked(campaign):
    assert looked_at(campaign) == []


def test_links_that_work_are_fine_and_are_not_visited_twice(campaign, web):
    assert check_links(campaign_id=campaign.pk) == 1
    assert looked_at(campaign) == [("links", "ok")]
    assert check_links(campaign_id=campaign.pk) == 0
    assert web[1] == [("HEAD", URL)]


@pytest.mark.parametrize(
    ("answer", "problem"), [(404, "gone"), (503, "refused"), ("unreachable",) * 2, ("private",) * 2]
)
def test_a_link_that_leads_nowhere_is_to_consider(campaign, web, answer, problem):
    web[0][URL] = answer
    check_links(campaign_id=campaign.pk)
    assert looked_at(campaign) == [("broken_links", "warn")]
    assert LinkCheck.objects.get().problem == problem


@pytest.mark.parametrize("answer", [403, 429, "too_large"])
def test_servers_that_refuse_programs_are_believed(campaign, web, answer):
    web[0][URL] = answer
    check_links(campaign_id=campaign.pk)
    assert looked_at(campaign) == [("links", "ok")]


def test_a_server_that_answers_head_badly_is_asked_again(campaign, web):
    web[0][("HEAD", URL)] = 404
    check_links(campaign_id=campaign.pk)
    assert looked_at(campaign) == [("links", "ok")]


def test_after_some_hours_it_is_visited_again(campaign, web):
    check_links(campaign_id=campaign.pk)
    LinkCheck.objects.update(asked_at=now() - dt.timedelta(hours=7))
    web[0][URL] = 410
    assert check_links(campaign_id=campaign.pk) == 1
    assert looked_at(campaign) == [("broken_links", "warn")]


def test_a_link_that_is_being_visited_is_left_alone(campaign, web):
    LinkCheck.objects.create(workspace=campaign.workspace, digest=digest_of(URL), url=URL, asked_at=now())
    assert check_links(campaign_id=campaign.pk) == 0


def test_a_worker_is_woken_only_for_what_is_not_known(campaign, web, wakeups, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert wake_link_check(campaign)
    assert wakeups == [("campaigns.check_links", {"campaign_id": campaign.pk})]
    check_links(campaign_id=campaign.pk)
    assert not wake_link_check(campaign)


def test_personal_links_and_our_own_are_left_out(settings):
    settings.BASE_URL = "https://mail.kea.example"
    targets = ["https://a.example/{{ contact.id }}", "https://mail.kea.example/x", "mailto:a@b.example", URL, URL]
    assert plain_links(targets) == [URL]
    assert [problem_of(status) for status in (200, 302, 404, 410, 500, 403)] == ["", "", "gone", "gone", "refused", ""]


def test_a_campaign_that_is_gone_is_no_trouble(db):
    assert check_links(campaign_id=1) == 0
