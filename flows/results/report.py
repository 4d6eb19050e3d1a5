"""A flow's report: the way through its steps, what was answered, where people came from, which variant does better."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from core.clock import UTC, now
from experiments.lift import Sample
from experiments.winner import stand
from flows.documents import compiled
from flows.engine.flow import Flow as Compiled
from flows.engine.locales import chosen_text
from flows.models import Flow
from flows.results.counting import Counter, Totals
from flows.results.questions import Findings, findings_of, questions_of
from flows.results.wording import duration

PERIODS = {"7": 7, "30": 30, "90": 90, "all": None}
BEGINNING = dt.datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StepLine:
    """One step of the funnel. `part` is its share of all who began, `lost` who went away there, `here` who is there."""

    key: str
    label: str
    people: int
    part: float
    lost: int
    here: int
    seconds: float | None

    @property
    def time(self) -> str:
        """The median time in words."""
        return duration(self.seconds)

    @property
    def lost_part(self) -> float:
        """The share of those who saw the step and went away there."""
        return self.lost / self.people if self.people else 0.0


@dataclass(frozen=True)
class VariantLine:
    """One variant of a step: who saw it, who of them finished, and whether that is proved to be best."""

    key: str
    people: int
    completed: int
    rate: float
    low: float | None
    high: float | None
    is_winner: bool
    is_leader: bool
    is_decided: bool


@dataclass(frozen=True)
class OutcomeLine:
    """How many came to an outcome; `part` of those who finished."""

    key: str
    label: str
    people: int
    part: float


@dataclass(frozen=True)
class Report:
    """All of it. `days` has every day since the first of the period on which somebody began."""

    totals: Totals
    days: list[tuple[dt.date, int, int]]
    steps: list[StepLine]
    outcomes: list[OutcomeLine]
    findings: list[Findings]
    variants: dict[str, list[VariantLine]]

    @property
    def compared(self) -> list[tuple[str, list[VariantLine]]]:
        """Steps with variants that somebody saw, by their words."""
        labels = {step.key: step.label for step in self.steps}
        return [(labels[step], lines) for step, lines in self.variants.items() if any(line.people for line in lines)]

    @property
    def time(self) -> str:
        """How long half of those who finished took at most, in words."""
        return duration(self.totals.seconds)

    @property
    def rate(self) -> float:
        """The share of those who began and came to the end."""
        return self.totals.completed / self.totals.began if self.totals.began else 0.0


def since_of(period: str) -> dt.datetime:
    """When a period began; any other word is all time."""
    days = PERIODS.get(period)
    return now() - dt.timedelta(days=days) if days else BEGINNING


def compiled_of(flow: Flow) -> Compiled | None:
    """The live version ready to be asked; None for a flow that was never published."""
    return compiled(flow.live_version) if flow.live_version is not None else None


def report_of(flow: Flow, *, period: str) -> Report:
    """How a flow does. Steps and questions are those of the live version: what an older one asked beside is left out
    of the charts and stays with its responses."""
    counter = Counter(flow, since_of(period))
    totals = counter.totals()
    version = compiled_of(flow)
    locale = get_language() or ""
    return Report(
        totals=totals,
        days=_filled(counter.days(flow.workspace.time_zone)),
        steps=_steps(version, counter, totals, locale) if version else [],
        outcomes=_outcomes(version, totals, locale) if version else [],
        findings=findings_of(questions_of(version, locale), counter) if version else [],
        variants=_variants(version, counter.variants()) if version else {},
    )


def step_label(version: Compiled, step: Mapping[str, Any], locale: str) -> str:
    """What a step is called: its title, or else the first question or words in it."""
    texts = (step.get("title"), *(one.get("label") or one.get("title") for one in step["blocks"]))
    found = next((chosen_text(one, locale, version.default_locale) for one in texts if one), "")
    return found or str(step["key"])


def _steps(version: Compiled, counter: Counter, totals: Totals, locale: str) -> list[StepLine]:
    seen, gone = counter.steps(), counter.left_at()
    lines = []
    for step in version.steps:
        people, seconds = seen.get(step.key, (0, None))
        lost, there = gone.get(step.key, (0, 0))
        part = people / totals.began if totals.began else 0.0
        label = step_label(version, step.document, locale)
        lines.append(StepLine(step.key, label, people, min(part, 1.0), lost, there - lost, seconds))
    return lines


def _outcomes(version: Compiled, totals: Totals, locale: str) -> list[OutcomeLine]:
    finished = {one.name: one.completed for one in totals.by.get("outcome", [])}
    return [
        OutcomeLine(
            key=str(one["key"]),
            label=chosen_text(one.get("title") or one["key"], locale, version.default_locale),
            people=finished.get(str(one["key"]), 0),
            part=finished.get(str(one["key"]), 0) / totals.completed if totals.completed else 0.0,
        )
        for one in version.outcomes
    ]


def _variants(version: Compiled, counts: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[str, list[VariantLine]]:
    """Variants of each step with two or more, compared by who came to the end (experiments: looked at as often as one
    likes without false alarms adding up)."""
    found = {}
    for step in version.steps:
        keys = [str(one["key"]) for one in step.variants]
        if len(keys) > 1:
            samples = [Sample(*counts.get(step.key, {}).get(key, (0, 0))) for key in keys]
            found[step.key] = _compared(keys, samples)
    return found


def _compared(keys: list[str], samples: list[Sample]) -> list[VariantLine]:
    standing = stand(samples)
    lines = []
    for place, (key, sample) in enumerate(zip(keys, samples, strict=True)):
        behind = standing.against[place]
        is_known = behind is not None and all(sample.people for sample in samples)
        lines.append(
            VariantLine(
                key=key,
                people=sample.people,
                completed=sample.successes,
                rate=sample.value,
                low=behind.low if behind is not None and is_known else None,
                high=behind.high if behind is not None and is_known else None,
                is_winner=standing.winner == place,
                is_leader=standing.leader == place and any(one.people for one in samples),
                is_decided=standing.winner is not None,
            )
        )
    return lines


def _filled(days: list[tuple[dt.date, int, int]]) -> list[tuple[dt.date, int, int]]:
    """Every day from the first to the last, the quiet ones too."""
    if not days:
        return []
    known = {day: (began, completed) for day, began, completed in days}
    first, last = days[0][0], days[-1][0]
    every = (first + dt.timedelta(days=count) for count in range((last - first).days + 1))
    return [(day, *known.get(day, (0, 0))) for day in every]
