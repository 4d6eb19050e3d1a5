"""What pretend people come to: results and endings with their shares, as far as a few seconds go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from flows.building.sentences import ending_title, plain
from flows.checking import check_flow
from flows.checking.balancing import measure
from flows.engine.documents import version_of
from flows.models import Flow

# As long as somebody waits for a page.
SECONDS = 4.0
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


def balance_of(flow: Flow, document: Any) -> Balance | None:
    """Send pretend people through a document, or remember what they came to; None with errors."""
    known = known_balance(flow, document)
    if known is not None:
        return known
    if any(problem.is_error for problem in check_flow(document, runs=0)):
        return None
    return _in_words(document, measure(document, seconds=SECONDS))


def known_balance(flow: Flow, document: Any) -> Balance | None:
    """What they came to when this very document was published; None for one that was not, or not measured yet."""
    figures = flow.versions.filter(digest=version_of(document)).values_list("balance", flat=True).first()
    return _in_words(document, figures) if figures else None


def _in_words(document: Any, figures: Mapping[str, Any]) -> Balance:
    titles = {one["key"]: plain(document, one["title"]) for one in document.get("outcomes") or ()}
    ends = {one["key"]: ending_title(document, one) for one in document["endings"]}
    count = figures["count"]
    outcomes = _shares(titles, figures["outcomes"], count) if titles else []
    return Balance(count, figures["stuck"], outcomes, _shares(ends, figures["endings"], count))


def _shares(titles: Mapping[str, str], counts: Mapping[str, int], total: int) -> list[Share]:
    lines = [(title, counts.get(key, 0)) for key, title in titles.items()]
    rest = sum(number for key, number in counts.items() if key not in titles)
    if rest:
        lines.append((_("None of them"), rest))
    return [Share(title, number, round(number * 100 / total), number < RARE * total) for title, number in lines]
