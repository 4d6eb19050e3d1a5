"""Did the groups come out in the sizes that were drawn? If not, something other than chance has chosen.

The chi-squared check for a sample ratio mismatch (Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online
controlled experiments"). Its bound is strict, because it is asked of every experiment and a yes stops the machine.
"""

import math
from collections.abc import Sequence

SUSPICIOUS = 0.001


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How likely sizes at least this uneven are by chance, given the shares that were drawn (any positive numbers).

    1 with nobody or with a single group. Raises ValueError when a share is not positive or lengths differ.
    """
    if len(counts) != len(shares) or any(share <= 0 for share in shares):
        raise ValueError("each group needs a positive share")
    people, whole = sum(counts), sum(shares)
    if len(counts) < 2 or not people:
        return 1.0
    expected = [people * share / whole for share in shares]
    statistic = sum((count - wanted) ** 2 / wanted for count, wanted in zip(counts, expected, strict=True))
    return chi_squared_tail(statistic, len(counts) - 1)


def is_mismatch(counts: Sequence[int], shares: Sequence[float]) -> bool:
    """Whether the sizes are so uneven that no conclusion should be drawn."""
    return sample_ratio_p(counts, shares) < SUSPICIOUS


def chi_squared_tail(statistic: float, degrees: int) -> float:
    """The chance that a chi-squared variable of `degrees` ≥ 1 is above `statistic`: the closed form for whole numbers.

    Abramowitz and Stegun, 26.4.4 and 26.4.5.
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    start = 0.0 if degrees % 2 == 0 else 0.5
    tail = 0.0 if degrees % 2 == 0 else math.erfc(math.sqrt(half))
    power = start
    while power < degrees / 2 - 0.25:
        tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        power += 1
    return min(tail, 1.0)
