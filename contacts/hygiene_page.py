"""What the hygiene page shows, read from what was counted. No writes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.hygiene import ADDRESSES, PEOPLE, Group, groups
from contacts.lookups.providers import provider_of, providers
from contacts.models import HygieneRefresh, HygieneReport, LookUp, LookUpRun, MailDomain, MistypedDomain
from contacts.problems import describe

TREND_DAYS = 90
WIDTH, HEIGHT = 240, 48
RUNS_SHOWN = 3
TYPOS_SHOWN = 50
# Whoever cannot be reached: the trend is about them.
_LOST = ("dead", "invalid")


@dataclass(frozen=True)
class Figure:
    """A group with its number of people; None where it was not counted."""

    group: Group
    people: int | None


@dataclass(frozen=True)
class Trend:
    """The share of dead and invalid addresses over some weeks, as the points of a line."""

    points: str
    area: str
    since: dt.date
    first: float
    last: float


def page_of(workspace: Workspace) -> dict[str, Any]:
    """Everything for the page, from the newest report."""
    reports = list(HygieneReport.objects.in_workspace(workspace).newest(TREND_DAYS))
    report = reports[0] if reports else None
    figures: dict[str, Any] = report.figures if report else {}
    counted = [Figure(group, figures.get(group.key)) for group in groups()]
    unreachable = figures.get("unreachable")
    people = report.people if report else 0
    return {
        "report": report,
        "people": people,
        "reachable": people - unreachable if unreachable is not None else None,
        "sections": [
            (_("Their addresses"), [figure for figure in counted if figure.group.part == ADDRESSES]),
            (_("The people"), [figure for figure in counted if figure.group.part == PEOPLE]),
        ],
        "trend": trend_of(reports),
        "is_counting": is_counting(workspace),
        "typos": _typos(workspace, figures),
        "bad_domains": _domains(figures),
        "imports": _imports(figures),
        **look_ups_of(workspace),
    }


def is_counting(workspace: Workspace) -> bool:
    """Whether the figures were asked for and are not there yet."""
    row = HygieneRefresh.objects.filter(pk=workspace.pk).first()
    if row is None or row.finished_at is None:
        return True
    return row.requested_at is not None and row.requested_at > row.finished_at


def trend_of(reports: Sequence[HygieneReport]) -> Trend | None:
    """The line from the oldest to the newest of these reports, newest first; None for fewer than two days."""
    days = [(report.day, _lost(report)) for report in reversed(reports) if report.people]
    if len(days) < 2:
        return None
    first, last = days[0][0], days[-1][0]
    span = (last - first).days or 1
    top = max(0.01, *(share for _day, share in days))
    places = [(WIDTH * (day - first).days / span, HEIGHT - 4 - (HEIGHT - 8) * share / top) for day, share in days]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Trend(points, f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}", first, days[0][1], days[-1][1])


def _lost(report: HygieneReport) -> float:
    return sum(report.figures.get(key) or 0 for key in _LOST) / report.people


def _typos(workspace: Workspace, figures: dict[str, Any]) -> list[tuple[MistypedDomain, int | None]]:
    """Mistyped domains with their numbers of addresses, the commonest first."""
    counts = dict(figures.get("typos", []))
    rows = list(MistypedDomain.objects.in_workspace(workspace).open()[:500])
    found = [(row, counts.get(row.domain)) for row in rows]
    return sorted(found, key=lambda pair: (-(pair[1] or 0), pair[0].domain))[:TYPOS_SHOWN]


def _domains(figures: dict[str, Any]) -> list[dict[str, Any]]:
    labels = dict(MailDomain.Answer.choices)
    return [
        {"domain": domain, "answer": labels.get(answer, answer), "count": count}
        for domain, answer, count in figures.get("domains", [])
    ]


def _imports(figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        entry
        | {
            "taken": entry["total"] - entry["rejected"],
            "worst": [
                {"column": column or _("The whole row"), "problem": describe(reason), "count": count}
                for column, reason, count in entry["worst"]
            ],
        }
        for entry in figures.get("imports", [])
    ]


def look_ups_of(workspace: Workspace) -> dict[str, Any]:
    """Number checks: who can be asked, the run under way, and the last ones."""
    runs = list(LookUpRun.objects.in_workspace(workspace).newest_first()[:RUNS_SHOWN])
    return {
        "providers": providers(),
        "runs": [_run(run) for run in runs],
        "is_asking": any(run.status in ("queued", "running") for run in runs),
    }


def _run(run: LookUpRun) -> dict[str, Any]:
    provider = provider_of(run.provider)
    labels = dict(LookUp.Answer.choices)
    return {
        "row": run,
        "provider": provider.label if provider else run.provider,
        "is_open": run.status in ("queued", "running"),
        "answers": [
            (labels.get(key, key), count) for key, count in sorted(run.counts.items(), key=lambda one: -one[1])
        ],
    }
