"""The promise itself: who looks at every hour is not fooled more often than one time in twenty."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.lift import Sample, compare
from experiments.sequential import always_valid_p, critical_value, information_of
from experiments.winner import stand

LOOKS = 20


def binomial(people: int, rate: float, chance: random.Random) -> Callable[[], int]:
    """Draws of how many of `people` do it, by the inverse of the distribution."""
    terms = (
        math.exp(
            math.lgamma(people + 1) - math.lgamma(k + 1) - math.lgamma(people - k + 1)
            + k * math.log(rate) + (people - k) * math.log1p(-rate)
        )
        for k in range(people + 1)
    )  # fmt: skip
    table = list(accumulate(terms))
    return lambda: min(bisect_right(table, chance.random()), people)


def looked_at(arms: list[Callable[[], int]], people: int, *, all_at_once: bool = False) -> int | None:
    """The look at which a winner is named, None if never. People come in over time, or their clicks do."""
    successes = [0] * len(arms)
    for look in range(1, LOOKS + 1):
        successes = [count + draw() for count, draw in zip(successes, arms, strict=True)]
        known = people * (LOOKS if all_at_once else look)
        if stand([Sample(known, count) for count in successes]).winner is not None:
            return look
    return None


@pytest.mark.parametrize(
    ("versions", "people", "rate", "all_at_once"),
    [(2, 1000, 0.03, False), (2, 1000, 0.002, True), (4, 500, 0.2, False)],
)
def test_false_winners_in_4000_tests_without_a_difference_stay_below_one_in_twenty(versions, people, rate, all_at_once):
    draw = binomial(people, rate, random.Random(2026))
    named = sum(looked_at([draw] * versions, people, all_at_once=all_at_once) is not None for _each in range(4000))

    assert named <= 200


def test_a_plain_test_looked_at_as_often_would_be_fooled_many_times():
    draw = binomial(1000, 0.03, random.Random(2026))
    fooled = 0
    for _each in range(1000):
        first = second = 0
        for look in range(1, LOOKS + 1):
            first, second = first + draw(), second + draw()
            rate = (first + second) / (2000 * look)
            if abs(first - second) / (1000 * look) > 1.96 * math.sqrt(2 * rate * (1 - rate) / (1000 * look)):
                fooled += 1
                break

    assert fooled > 150


def test_a_fifth_more_clicks_is_found_three_times_out_of_five_with_20000_each():
    chance = random.Random(7)
    arms = [binomial(1000, 0.036, chance), binomial(1000, 0.03, chance)]
    found = [look for look in (looked_at(arms, 1000) for _each in range(1000)) if look is not None]

    assert len(found) >= 600
    assert sorted(found)[len(found) // 2] < LOOKS


@given(st.floats(-12, 12), st.floats(0.01, 1e7))
def test_p_value_and_critical_value_say_the_same(z, information):
    p_value = always_valid_p(z, information)

    assert 0 < p_value <= 1 or abs(z) > 8
    if abs(abs(z) - critical_value(information)) > 1e-6:
        assert (p_value < 0.05) == (abs(z) > critical_value(information))


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0, 1))
def test_information_never_shrinks_as_successes_come_in(first, second, rate):
    assert information_of(first, second, rate) >= information_of(first, second, rate * 0.9)


def test_a_handful_of_clicks_never_decides_anything():
    assert not compare(Sample(5000, 12), Sample(5000, 0)).is_clear
    assert compare(Sample(5000, 60), Sample(5000, 5)).is_clear
