"""How long sending takes, as the last campaigns showed."""

import datetime as dt

import pytest

from campaigns.speed import FEWEST, seconds_for, seconds_left, usual_speed
from campaigns.timing_words import takes_sentence
from core.clock import now
from delivery.models import Dispatch, Message
from delivery.services import DispatchReport


def ended(workspace, *, seconds, sent=FEWEST, skipped=0, number=1, **fields):
    """A campaign that went out in so many seconds."""
    moment = now()
    dispatch = Dispatch.objects.create(
        workspace=workspace, source_kind="campaign", source_id=number, occurrence=moment, name="Old",
        status="finished", targeted=sent + skipped, finished_at=moment, **fields,
    )  # fmt: skip
    Dispatch.objects.filter(pk=dispatch.pk).update(created_at=moment - dt.timedelta(seconds=seconds))
    Message.objects.bulk_create(
        Message(
            workspace=workspace, dispatch=dispatch, purpose="marketing", recipient=f"{n}@example.com", due_at=moment,
            status="sent" if n < sent else "skipped", created_at=moment, settled_at=moment,
        )
        for n in range(sent + skipped)
    )  # fmt: skip
    return dispatch


def test_the_fastest_of_the_last_campaigns_counts_without_those_left_out(workspace):
    ended(workspace, seconds=86_400, number=1)
    ended(workspace, seconds=100, skipped=100, number=2)
    assert usual_speed(workspace) == pytest.approx(FEWEST / 100)
    assert seconds_for(workspace, 6_000) == pytest.approx(3_000)


def test_limited_small_old_and_foreign_campaigns_tell_nothing(workspace, stranger):
    ended(workspace, seconds=10, number=1, hourly_limit=100)
    ended(workspace, seconds=10, number=2, sent=FEWEST - 1)
    old = ended(workspace, seconds=10, number=3)
    Dispatch.objects.filter(pk=old.pk).update(finished_at=now() - dt.timedelta(days=100))
    ended(stranger.memberships.get().workspace, seconds=10, number=4)
    assert usual_speed(workspace) is None
    assert seconds_for(workspace, 6_000) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (20, "takes less than a minute."),
        (60, "about 1 minute."),
        (600, "about 10 minutes."),
        (7_200, "about 2 hours."),
    ],
)
def test_how_long_it_takes_is_said_in_the_coarsest_useful_unit(seconds, words):
    assert takes_sentence(seconds).endswith(words) if words else takes_sentence(seconds) == ""


@pytest.mark.parametrize(
    ("hourly_limit", "rate", "hours"),
    [
        (None, 10, 1),
        (120, 2, 5),  # the limit holds it back
        (120, 1, 5),  # a minute with one or none tells nothing of two a minute
        (120, 0, 5),
        (6_000, 10, 1),  # something else is slower than the limit
    ],
)
def test_what_is_left_takes_as_long_as_limits_or_the_present_speed_let_it(campaign, hourly_limit, rate, hours):
    campaign.hourly_limit = hourly_limit
    seconds = 3_600 if rate else None
    report = DispatchReport(pending=600, rate_per_minute=rate, seconds_left=seconds)
    assert seconds_left(campaign, report) == pytest.approx(3_600 * hours, abs=1_200 if hours > 1 else 1)


def test_nothing_waiting_leaves_nothing_to_reckon(campaign):
    campaign.hourly_limit = 120
    assert seconds_left(campaign, DispatchReport(rate_per_minute=10)) is None
