"""Which of several versions is the best, if any."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.lift import Difference, Sample, compare
from experiments.sequential import ALPHA


@dataclass(frozen=True, slots=True)
class Standing:
    """How the versions stand at one look. `leader` and `winner` are places in the list that was given.

    `against` holds the leader's difference from each version, None at its own place. `winner` is None while the
    leader has not clearly beaten every other version.
    """

    leader: int
    winner: int | None
    against: list[Difference | None]


def stand(samples: Sequence[Sample], *, alpha: float = ALPHA) -> Standing:
    """How two or more versions stand, the first of equals leading. Raises ValueError for fewer than two.

    A winner must beat each of the k - 1 others at α/(k - 1), Bonferroni's bound for the intervals against one version.
    That also bounds the chance to name a wrong winner: of m versions that are equally good each wins falsely with
    at most α/2(k - 1), together m α/2(k - 1) ≤ α, since m ≤ k ≤ 2(k - 1).
    """
    if len(samples) < 2:
        raise ValueError("there is nothing to compare")
    leader = max(range(len(samples)), key=lambda place: (samples[place].value, -place))
    level = level_of(len(samples), alpha)
    against = [
        None if place == leader else compare(samples[leader], other, alpha=level) for place, other in enumerate(samples)
    ]
    is_clear = all(difference is None or difference.low > 0 for difference in against)
    return Standing(leader, leader if is_clear else None, against)


def level_of(versions: int, alpha: float = ALPHA) -> float:
    """The level at which each pair of so many versions is compared."""
    return alpha / max(versions - 1, 1)
