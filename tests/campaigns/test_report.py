import datetime as dt

import pytest

from campaigns import services
from campaigns.models import Campaign
from campaigns.report import outcomes_of, report_data, results_of, unknown_of
from core.clock import now
from delivery.models import Message, MessageFact
from delivery.services import report_of


@pytest.fixture
def sent(campaign):
    """Two got it, one of them opened by a person and a machine; one is unknown, one was left out."""
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    launched = services.launch_campaign(campaign_id=campaign.pk)
    got = list(Message.objects.filter(status="pending").order_by("id"))
    Message.objects.filter(pk__in=[got[0].pk, got[1].pk]).update(status="sent", settled_at=now())
    Message.objects.filter(pk=got[2].pk).update(status="unknown", reason="no_reply", settled_at=now())
    for action, verdict, message in (
        ("opened", "human", got[0]),
        ("opened", "machine", got[0]),
        ("opened", "machine", got[1]),
        ("clicked", "human", got[0]),
        ("unsubscribed", "human", got[1]),
    ):
        MessageFact.objects.create(
            workspace=message.workspace,
            message=message,
            dispatch=message.dispatch,
            contact=message.contact,
            action=action,
            verdict=verdict,
            link=0 if action == "clicked" else -1,
            at=now(),
            last_at=now(),
        )
    return launched


def test_report_data_has_the_promised_shape_before_the_start(campaign):
    assert report_data(campaign) == {
        "targeted": 0,
        "pending": 0,
        "sent": 0,
        "delivered": 0,
        "unknown": 0,
        "cancelled": 0,
        "skipped": {},
        "failed": {},
        "opened": {"human": 0, "uncertain": 0, "machine": 0},
        "clicked": {"human": 0, "uncertain": 0, "machine": 0},
        "unsubscribed": 0,
        "bounced": {"hard": 0, "soft": 0},
        "complained": 0,
    }


def test_report_data_keeps_people_and_machines_apart(sent):
    data = report_data(sent)
    assert (data["targeted"], data["sent"], data["unknown"], data["skipped"]) == (4, 2, 1, {"no_consent": 1})
    assert data["opened"] == {"human": 1, "uncertain": 0, "machine": 1}
    assert data["clicked"] == {"human": 1, "uncertain": 0, "machine": 0}
    assert data["unsubscribed"] == 1


def test_outcomes_add_up_to_everybody(sent):
    report = report_of(sent.dispatch)
    assert sum(outcome.count for outcome in outcomes_of(report)) == report.targeted == 4


def test_results_of_many_campaigns_take_two_statements(sent, owner, django_assert_num_queries):
    draft = services.duplicate_campaign(campaign=sent, actor=owner)
    with django_assert_num_queries(2):
        found = results_of([sent, draft])
    assert set(found) == {sent.pk}
    result = found[sent.pk]
    assert (result.meant, result.sent, result.opened, result.clicked) == (3, 2, 1, 1)


def test_unknown_of_names_campaigns_with_an_open_question(sent, owner):
    draft = services.duplicate_campaign(campaign=sent, actor=owner)
    assert unknown_of([sent, draft]) == [(sent, 1)]
    Message.objects.filter(status="unknown").update(status="sent")
    assert unknown_of([sent, draft]) == []
