"""How many people each version goes to, and how small a difference that many people can show."""

from dataclasses import dataclass

from accounts.models import Workspace
from campaigns.models import Campaign, Experiment
from campaigns.preflight import audience_of
from campaigns.report import results_of
from experiments.lift import smallest_difference
from experiments.winner import level_of
from segments.language.problems import RuleError

Goal = Experiment.Goal
# What to expect where nothing was sent yet: usual rates of people who react to a newsletter, and who buy.
USUAL: dict[str, float] = {Goal.OPENED: 0.2, Goal.CLICKED: 0.03, Goal.EVENT: 0.01}
LAST_CAMPAIGNS = 5


@dataclass(frozen=True)
class Sizes:
    """Of `people` each of `versions` goes to `each`, and `rest` get the winner.

    `rate` is what is expected, `smallest` the difference that would show four times out of five; None where nothing
    can be said. `goal` is what counts.
    """

    people: int
    versions: int
    share: int
    each: int
    rest: int
    goal: str
    rate: float | None
    smallest: float | None

    @property
    def is_hopeless(self) -> bool:
        """Whether even a version twice as good would most likely not be seen to be better."""
        return self.rate is not None and (self.smallest is None or self.smallest > self.rate)


def sizes_of(campaign: Campaign, *, share: int, versions: int, goal: str, people: int | None = None) -> Sizes | None:
    """The sizes for the campaign's people as of now, or for so many `people`; None while nobody can be counted."""
    if people is None:
        people = _people_of(campaign)
    if people is None or versions < 2:
        return None
    each = people * share // 100 // versions
    rate = usual_rate(campaign.workspace, goal)
    smallest = smallest_difference([each] * versions, rate, alpha=level_of(versions)) if rate and each else None
    return Sizes(
        people=people,
        versions=versions,
        share=share,
        each=each,
        rest=people - each * versions if share < 100 else 0,
        goal=goal,
        rate=rate,
        smallest=smallest if smallest is not None and smallest < 1 else None,
    )


def usual_rate(workspace: Workspace, goal: str) -> float | None:
    """The share of people who opened or clicked the last campaigns; None where money counts."""
    if goal not in USUAL:
        return None
    if goal == Goal.EVENT:
        return USUAL[goal]
    rows = list(Campaign.objects.in_workspace(workspace).lately_done().select_related("dispatch")[:LAST_CAMPAIGNS])
    results = results_of(rows).values()
    tracked = sum(result.tracked for result in results)
    reacted = sum(result.opened if goal == Goal.OPENED else result.clicked for result in results)
    return reacted / tracked if reacted >= 20 else USUAL[goal]


def _people_of(campaign: Campaign) -> int | None:
    if campaign.topic is None:
        return None
    try:
        found = audience_of(campaign)
    except RuleError:
        return None
    return found.will_get if found else None
