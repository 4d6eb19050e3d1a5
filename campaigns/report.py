"""What became of a campaign, as numbers for the page and the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from campaigns.models import Campaign
from delivery.models import Dispatch, Message, MessageFact
from delivery.services import UNCOUNTED, UNMOVED, DispatchReport, report_of

VERDICTS = ("human", "uncertain", "machine")


@dataclass(frozen=True)
class Results:
    """The few numbers of one campaign in a list; opened and clicked count people only.

    `meant` is everybody it goes to: those who were left out for a reason are not among them. `tracked` of those
    it was sent to agreed to be counted; opened and clicked are out of them.
    """

    meant: int = 0
    sent: int = 0
    tracked: int = 0
    opened: int = 0
    clicked: int = 0


def results_of(campaigns: Iterable[Campaign]) -> dict[int, Results]:
    """Results by campaign id, for those that have started, in two statements whatever their number."""
    started = {campaign.pk: campaign.dispatch for campaign in campaigns if campaign.dispatch is not None}
    found = results_of_dispatches(list(started.values()))
    return {campaign: found[dispatch.pk] for campaign, dispatch in started.items()}


def results_of_dispatches(dispatches: list[Dispatch]) -> dict[int, Results]:
    """Results by dispatch id, in two statements whatever their number."""
    if not dispatches:
        return {}
    keys = [dispatch.pk for dispatch in dispatches]
    states = {
        (dispatch, status): (count, tracked)
        for dispatch, status, count, tracked in Message.objects.filter(
            dispatch_id__in=keys, status__in=(Message.Status.SENT, Message.Status.SKIPPED)
        )
        .values_list("dispatch_id", "status")
        .annotate(people=models.Count("id"), counted=models.Count("id", filter=models.Q(is_tracked=True)))
    }
    people = {
        (dispatch, action): count
        for dispatch, action, count in MessageFact.objects.filter(
            dispatch_id__in=keys, action__in=("opened", "clicked"), verdict="human"
        )
        .values_list("dispatch_id", "action")
        .annotate(models.Count("message_id", distinct=True))
    }
    return {
        dispatch.pk: Results(
            meant=dispatch.targeted - states.get((dispatch.pk, "skipped"), (0, 0))[0],
            sent=states.get((dispatch.pk, "sent"), (0, 0))[0],
            tracked=states.get((dispatch.pk, "sent"), (0, 0))[1],
            opened=people.get((dispatch.pk, "opened"), 0),
            clicked=people.get((dispatch.pk, "clicked"), 0),
        )
        for dispatch in dispatches
    }


def unknown_of(campaigns: Iterable[Campaign]) -> list[tuple[Campaign, int]]:
    """Those with messages of which nobody knows whether they arrived, and how many, in one statement."""
    by_dispatch = {campaign.dispatch_id: campaign for campaign in campaigns if campaign.dispatch_id}
    if not by_dispatch:
        return []
    counts = (
        Message.objects.filter(dispatch_id__in=by_dispatch, status=Message.Status.UNKNOWN)
        .order_by("dispatch_id")
        .values_list("dispatch_id")
        .annotate(models.Count("id"))
    )
    return [(by_dispatch[dispatch], count) for dispatch, count in counts]


def report_data(campaign: Campaign) -> dict[str, Any]:
    """The report in the shape the API promises; zeros before the start.

    targeted = pending + sent + skipped + failed + unknown + cancelled at every moment. `delivered` is what their
    servers accepted: a message that they refused counts as failed, not as sent.
    """
    if campaign.dispatch is None:
        return {
            **dict.fromkeys(("targeted", "pending", "sent", "delivered", "unknown", "cancelled"), 0),
            "skipped": {},
            "failed": {},
            "opened": dict.fromkeys(VERDICTS, 0),
            "clicked": dict.fromkeys(VERDICTS, 0),
            "unsubscribed": 0,
            "bounced": {"hard": 0, "soft": 0},
            "complained": 0,
        }
    report = report_of(campaign.dispatch)
    return {
        "targeted": report.targeted,
        "pending": report.pending,
        "sent": report.sent,
        "delivered": report.sent,
        "unknown": report.unknown,
        "cancelled": report.cancelled,
        "skipped": dict(report.skipped),
        "failed": dict(report.failed),
        "opened": {verdict: report.opened.get(verdict, 0) for verdict in VERDICTS},
        "clicked": {verdict: report.clicked.get(verdict, 0) for verdict in VERDICTS},
        "unsubscribed": report.unsubscribed,
        "bounced": {kind: report.bounced.get(kind, 0) for kind in ("hard", "soft")},
        "complained": report.complained,
    }


@dataclass(frozen=True)
class Outcome:
    """One of the outcomes on the page: its colour, its number, and what it consists of."""

    key: str
    color: str
    count: int
    reasons: list[tuple[str, int]]


def outcomes_of(report: DispatchReport) -> list[Outcome]:
    """The outcomes in the order of the meter; together they are everybody."""
    outcomes = [
        Outcome("sent", "1", report.sent, []),
        Outcome("skipped", "2", sum(report.skipped.values()), _by_size(report.skipped)),
        Outcome("failed", "bad", sum(report.failed.values()), _by_size(report.failed)),
        Outcome("unknown", "3", report.unknown, []),
        Outcome("pending", "0", report.pending, []),
    ]
    if report.cancelled:
        outcomes.append(Outcome("cancelled", "5", report.cancelled, []))
    return outcomes


def meter_of(outcomes: list[Outcome]) -> list[tuple[int, str]]:
    """The bars of those it was meant for; who waits is what is left of the whole."""
    return [(outcome.count, f"c{outcome.color}") for outcome in outcomes if outcome.key not in ("pending", "skipped")]


def _by_size(reasons: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True)
class Reaction:
    """Opens or clicks, with people, the uncertain and machines apart."""

    action: str
    people: int
    uncertain: int
    machines: int
    base: int

    @property
    def parts(self) -> list[tuple[int, str]]:
        """For the meter."""
        return [(self.people, "c1"), (self.uncertain, "csoft"), (self.machines, "c5")]

    @property
    def total(self) -> int:
        """Everything that was counted."""
        return self.people + self.uncertain + self.machines


def reactions_of(report: DispatchReport) -> list[Reaction]:
    """Opens, then clicks, each out of what was sent to people who agreed to be counted."""
    return [
        Reaction(
            action=action,
            people=counts.get("human", 0),
            uncertain=counts.get("uncertain", 0),
            machines=counts.get("machine", 0),
            base=report.tracked,
        )
        for action, counts in (("opened", report.opened), ("clicked", report.clicked))
    ]


def deeds_of(report: DispatchReport, unmoved: int) -> list[tuple[str, int]]:
    """What people can have done with it, and how many did; `unmoved` did neither of what is counted."""
    came_back = sum(report.bounced.values()) - report.failed.get("hard_bounce", 0)
    return [
        (MessageFact.Action.OPENED, report.opened.get("human", 0)),
        (MessageFact.Action.CLICKED, report.clicked.get("human", 0)),
        (UNMOVED, unmoved),
        (UNCOUNTED, report.uncounted),
        (MessageFact.Action.UNSUBSCRIBED, report.unsubscribed),
        (MessageFact.Action.COMPLAINED, report.complained),
        (MessageFact.Action.BOUNCED, came_back),
    ]


def facts_of(messages: Iterable[Message]) -> dict[int, list[MessageFact]]:
    """What happened to each of these messages, in one statement, by message id and in the order it happened."""
    found: dict[int, list[MessageFact]] = {}
    facts = MessageFact.objects.filter(message_id__in=[message.pk for message in messages]).exclude(
        verdict=MessageFact.Verdict.MACHINE
    )
    for fact in facts.order_by("at", "id"):
        found.setdefault(fact.message_id, []).append(fact)
    return found
