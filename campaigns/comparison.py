"""A comparison of versions as a page or a program is told of it: numbers, intervals and words."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaigns import verdicts
from campaigns.measuring import Assessment, VersionCounts, assess, measure
from campaigns.models import Campaign, CampaignVariant, Experiment
from campaigns.timing_words import hours_later
from campaigns.variants import template_of
from content.preview import readable
from core.clock import now
from experiments.lift import interval_of, smallest_difference
from experiments.winner import level_of

COLORS = ("1", "3", "2", "4", "5", "soft", "bad", "1")


@dataclass(frozen=True)
class VersionLine:
    """One version on the page. Values are shares of people, or amounts per person where `is_mean`."""

    variant: CampaignVariant
    label: str
    color: str
    people: int
    successes: int
    value: float
    low: float
    high: float
    is_mean: bool
    is_winner: bool

    @property
    def letter(self) -> str:
        """A, B, C …"""
        return self.variant.letter


@dataclass(frozen=True)
class Comparison:
    """All of it. `sentence` says what came of it, or what it waits for."""

    experiment: Experiment
    lines: list[VersionLine]
    finding: str
    label: str | Promise
    tone: str
    sentence: str
    smallest: float | None
    may_choose: bool


def comparison_of(experiment: Experiment) -> Comparison:
    """How a comparison stands now; before the start all numbers are zero."""
    counts = measure(experiment)
    found = assess(experiment, counts, is_ripe=_is_over(experiment)) if counts else Assessment(verdicts.TOO_EARLY, None)
    finding = experiment.outcome if experiment.outcome in verdicts.FINDINGS else found.finding
    label, tone = _badge(experiment, finding)
    return Comparison(
        experiment=experiment,
        lines=[_line(experiment, count, len(counts)) for count in counts],
        finding=finding,
        label=label,
        tone=tone,
        sentence=verdicts.outcome_sentence(experiment.outcome),
        smallest=_smallest(counts),
        may_choose=experiment.is_measured and not experiment.is_split,
    )


def comparison_data(experiment: Experiment) -> dict[str, Any]:
    """The same as plain values, for the API."""
    shown = comparison_of(experiment)
    return {
        "status": experiment.status,
        "finding": shown.finding,
        "outcome": experiment.outcome,
        "winner": experiment.winner,
        "goal": experiment.goal,
        "decided_at": experiment.decided_at,
        "versions": [
            {
                "version": line.variant.position,
                "people": line.people,
                "successes": line.successes,
                "value": line.value,
                "low": finite_or_none(line.low),
                "high": finite_or_none(line.high),
            }
            for line in shown.lines
        ],
    }


def finite_or_none(value: float) -> float | None:
    """A bound as JSON may have it: an endless one is none."""
    return value if abs(value) != float("inf") else None


def label_of(campaign: Campaign, variant: CampaignVariant) -> str:
    """What a version is about, in a few words: its subject, and what else differs."""
    template = template_of(campaign, variant)
    parts = [readable(template.subject, campaign.workspace) if template else ""]
    if variant.template is not None:
        parts.append(variant.template.name)
    if variant.sender is not None:
        parts.append(_("from %(sender)s") % {"sender": variant.sender.name})
    if variant.delay_minutes:
        parts.append(hours_later(variant.delay_minutes // 60))
    return " · ".join(part for part in parts if part) or _("As in the campaign")


def _line(experiment: Experiment, count: VersionCounts, versions: int) -> VersionLine:
    low, high = interval_of(count.sample, alpha=level_of(versions))
    return VersionLine(
        variant=count.variant,
        label=label_of(experiment.campaign, count.variant),
        color=COLORS[count.variant.position - 1],
        people=count.sample.people,
        successes=count.sample.successes,
        value=count.sample.value,
        low=low,
        high=high,
        is_mean=count.sample.is_mean,
        is_winner=experiment.winner == count.variant.position,
    )


def _badge(experiment: Experiment, finding: str) -> tuple[str | Promise, str]:
    if experiment.status == Experiment.Status.WAITING:
        return _("Waits for you"), "warn"
    if experiment.status == Experiment.Status.STOPPED:
        return _("Stopped"), ""
    if experiment.status == Experiment.Status.DECIDED and experiment.winner is not None:
        letter = chr(64 + experiment.winner)
        return _("Version %(letter)s was chosen") % {"letter": letter}, "ok"
    if experiment.status == Experiment.Status.DECIDED and finding != verdicts.UNEVEN:
        return _("No winner"), ""
    return verdicts.FINDINGS[finding]


def _is_over(experiment: Experiment) -> bool:
    return experiment.deadline_at is not None and now() >= experiment.deadline_at


def _smallest(counts: list[VersionCounts]) -> float | None:
    """The smallest difference these groups would show, at the rate seen so far; None where amounts count."""
    people = sum(count.sample.people for count in counts)
    successes = sum(count.sample.successes for count in counts)
    if not counts or counts[0].sample.is_mean or not successes:
        return None
    return finite_or_none(smallest_difference([count.sample.people for count in counts], successes / people))


def next_answer_at(experiment: Experiment) -> dt.datetime | None:
    """When it is decided at the latest; None once it is."""
    return experiment.deadline_at if experiment.status == Experiment.Status.RUNNING else None
