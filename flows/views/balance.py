"""What pretend people come to: results and endings with their shares, as far as a few seconds go."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from flows.building.sentences import ending_title, plain
from flows.checking import check_flow
from flows.checking.simulation import simulate
from flows.engine.flow import Flow as Compiled

RUNS, BATCH, SECONDS = 5_000, 100, 4.0
RARE = 0.05


@dataclass(frozen=True)
class Share:
    """One result or ending: how many of the people came to it."""

    title: str
    count: int
    percent: int
    is_rare: bool


@dataclass(frozen=True)
class Balance:
    """How many pretend people went through, how many never came to an end, and what the others came to."""

    count: int
    stuck: int
    outcomes: list[Share]
    endings: list[Share]

    @property
    def groups(self) -> list[list[Share]]:
        """What there is to show: results where there are some, and endings where there are several."""
        return [lines for lines in (self.outcomes, self.endings if len(self.endings) > 1 else []) if lines]


def balance_of(document: Any) -> Balance | None:
    """Send pretend people through a document, 5,000 of them or as many as the time allows; None with errors."""
    if any(problem.is_error for problem in check_flow(document, runs=0)):
        return None
    flow, until = Compiled(document), time.monotonic() + SECONDS
    outcomes: Counter[str | None] = Counter()
    endings: Counter[str | None] = Counter()
    count = stuck = 0
    while count < RUNS and time.monotonic() < until:
        runs = simulate(flow, BATCH, seed=count)
        outcomes += runs.outcomes
        endings += runs.endings
        stuck, count = stuck + runs.stuck, count + BATCH
    titles = {one["key"]: plain(document, one["title"]) for one in document.get("outcomes") or ()}
    ends = {one["key"]: ending_title(document, one) for one in document["endings"]}
    return Balance(count, stuck, _shares(titles, outcomes, count) if titles else [], _shares(ends, endings, count))


def _shares(titles: dict[str, str], counts: Counter[str | None], total: int) -> list[Share]:
    lines = [(titles[key], counts[key]) for key in titles]
    rest = sum(number for key, number in counts.items() if key not in titles)
    if rest:
        lines.append((_("None of them"), rest))
    return [Share(title, number, round(number * 100 / total), number < RARE * total) for title, number in lines]
