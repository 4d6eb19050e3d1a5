"""The difference between two groups, with an interval that holds however often it is looked at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.sequential import ALPHA, always_valid_p, critical_value, information_of


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of one group: its people, and how many of them did what counts.

    For a mean, such as revenue per person, `total` is the sum over people and `squares` the sum of their squares.
    """

    people: int
    successes: int
    total: float | None = None
    squares: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.people:
            raise ValueError("there are more successes than people, or fewer than none")

    @property
    def is_mean(self) -> bool:
        """Whether amounts are compared and not shares of people."""
        return self.total is not None

    @property
    def value(self) -> float:
        """The share of people, or the mean per person; 0 of an empty group."""
        if not self.people:
            return 0.0
        return (self.successes if self.total is None else self.total) / self.people

    @property
    def variance(self) -> float:
        """The variance of `value`. Shares are drawn a little to the middle: nobody of three is not "never"."""
        if not self.people:
            return math.inf
        if self.total is None:
            rate = (self.successes + 0.5) / (self.people + 1)
            return rate * (1 - rate) / self.people
        return max(self.squares / self.people - self.value**2, 0.0) / self.people

    @property
    def weight(self) -> float:
        """How many successes of equal size would say as much (Kish 1965): one large order is not many."""
        if self.total is None:
            return float(self.successes)
        return self.total**2 / self.squares if self.squares else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """`estimate` is the first group's value less the second's; the truth lies between `low` and `high`.

    In all but alpha of experiments, looked at as often as one likes. With nothing to go by yet the bounds are
    infinite.
    """

    estimate: float
    low: float
    high: float
    p_value: float

    @property
    def is_clear(self) -> bool:
        """Whether nothing at all is outside of the interval."""
        return self.low > 0 or self.high < 0


def compare(first: Sample, second: Sample, *, alpha: float = ALPHA) -> Difference:
    """The difference of two groups of the same kind. Raises ValueError for a share and a mean."""
    if first.is_mean != second.is_mean:
        raise ValueError("a share cannot be compared with a mean")
    estimate = first.value - second.value
    information = _information(first, second)
    error = math.sqrt(first.variance + second.variance)
    if information <= 0 or not error or math.isinf(error):
        return Difference(estimate, -math.inf, math.inf, 1.0)
    reach = critical_value(information, alpha) * error
    return Difference(estimate, estimate - reach, estimate + reach, always_valid_p(estimate / error, information))


def interval_of(sample: Sample, *, alpha: float = ALPHA) -> tuple[float, float]:
    """Where the true value of one group lies, however often it is looked at; a share stays between 0 and 1."""
    information = information_of(sample.people, sample.people, _rate(sample, sample))
    if information <= 0 or not sample.people:
        return (0.0, 1.0) if not sample.is_mean else (-math.inf, math.inf)
    reach = critical_value(information, alpha) * math.sqrt(sample.variance)
    low, high = sample.value - reach, sample.value + reach
    return (low, high) if sample.is_mean else (max(low, 0.0), min(high, 1.0))


def smallest_difference(sizes: Sequence[int], rate: float, *, alpha: float = ALPHA) -> float:
    """The smallest difference of shares that the two smallest groups would show four times out of five.

    `rate` is the share expected in the worse one. At the end, that is; infinite when a group is empty.
    """
    smallest = sorted(sizes)[:2]
    if len(smallest) < 2 or not smallest[0]:
        return math.inf
    error = math.sqrt(rate * (1 - rate) * (1 / smallest[0] + 1 / smallest[1]))
    # 0.84 standard errors beyond the boundary: the normal quantile of four out of five.
    return (critical_value(information_of(smallest[0], smallest[1], rate), alpha) + 0.8416) * error


def _information(first: Sample, second: Sample) -> float:
    return information_of(first.people, second.people, _rate(first, second))


def _rate(first: Sample, second: Sample) -> float:
    people = first.people + second.people
    return (first.weight + second.weight) / people if people else 0.0
