"""Staff and others who are in a segment take no part, and nobody learns that by typing their address."""

import pytest

from contests.services import verify_entry
from flows.answers import FlowProblem
from segments.models import Segment
from segments.services import segments_holding
from segments.uses import uses_of
from tests.cast import make_contact
from tests.contests.giveaway import enter, published

pytestmark = pytest.mark.django_db
KEPT_OUT = {"exclude_segments": ["staff"]}


@pytest.fixture
def staff(workspace):
    """A segment of everybody with an address of ours."""
    where = {"kind": "address", "channel": "email", "domain": ["kea.example"]}
    return Segment.objects.create(workspace=workspace, name="Staff", key="staff", rule={"version": 1, "where": where})


def test_staff_is_turned_down_at_once_where_nothing_is_confirmed(workspace, owner, staff):
    make_contact(workspace, "ada@kea.example")
    make_contact(workspace, "bob@lake.example")
    contest = published(workspace, owner, verification="none", eligibility=KEPT_OUT)

    theirs, other = enter(contest, "ada@kea.example"), enter(contest, "bob@lake.example")

    assert (theirs.status, theirs.reason, theirs.verified_at) == ("rejected", "segment", None)
    assert other.status == "verified"


def test_stranger_who_types_the_address_of_staff_sees_what_everybody_sees(workspace, owner, staff):
    make_contact(workspace, "ada@kea.example")
    contest = published(workspace, owner, verification="email_link", eligibility=KEPT_OUT)

    entry = enter(contest, "ada@kea.example")
    assert (entry.status, entry.reason) == ("pending", "")

    verify_entry(entry=entry)
    entry.refresh_from_db()
    assert (entry.status, entry.reason) == ("rejected", "segment")


def test_friend_who_is_kept_out_brings_no_tickets(workspace, owner, staff):
    make_contact(workspace, "bob@lake.example")
    make_contact(workspace, "ada@kea.example")
    methods = [{"key": "form", "type": "form", "tickets": 1}, {"key": "friend", "type": "referral", "tickets": 5}]
    contest = published(
        workspace, owner, verification="email_link", eligibility=KEPT_OUT, entry_methods=methods,
        referral={"tickets_per_referral": 5, "cap": 5, "count_only_verified": False},
    )  # fmt: skip
    first = enter(contest, "bob@lake.example")
    friend = enter(contest, "ada@kea.example", ref=first.code)
    first.refresh_from_db()
    assert first.tickets == 6

    verify_entry(entry=friend)

    first.refresh_from_db()
    assert first.tickets == 1


def test_contest_shows_among_the_uses_of_its_segment(workspace, owner, staff):
    assert uses_of(staff) == []

    published(workspace, owner, eligibility=KEPT_OUT)

    assert [(one.kind, one.name) for one in uses_of(staff)] == [("Contest", "Win a week")]


def test_only_named_segments_are_asked(workspace, staff):
    everyone = {"version": 1, "where": {"kind": "everyone"}}
    Segment.objects.create(workspace=workspace, name="All", key="all", rule=everyone)
    ada = make_contact(workspace, "ada@kea.example")

    assert [one.key for one in segments_holding(workspace, ada)] == ["all", "staff"]
    assert [one.key for one in segments_holding(workspace, ada, keys=["staff"])] == ["staff"]
    assert segments_holding(workspace, ada, keys=[]) == []


def test_segment_that_cannot_be_asked_any_more_is_not_published(workspace, owner, staff):
    Segment.objects.update(rule={"version": 1, "where": {"kind": "list", "key": "gone"}})

    with pytest.raises(FlowProblem) as refused:
        published(workspace, owner, eligibility=KEPT_OUT)

    assert refused.value.path == "/contest/eligibility/exclude_segments"
