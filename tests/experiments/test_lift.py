"""Differences and their intervals."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.lift import Sample, compare, interval_of, smallest_difference
from experiments.winner import stand

groups = st.integers(0, 100_000).flatmap(lambda people: st.builds(Sample, st.just(people), st.integers(0, people)))


@given(groups, groups)
def test_turning_the_groups_round_turns_the_difference_round(first, second):
    there, back = compare(first, second), compare(second, first)

    assert there.estimate == -back.estimate
    assert there.low == pytest.approx(-back.high)
    assert there.p_value == pytest.approx(back.p_value)


@given(groups, groups)
def test_the_estimate_lies_in_its_interval_and_only_a_clear_one_leaves_zero_out(first, second):
    found = compare(first, second)

    assert found.low <= found.estimate <= found.high
    assert found.is_clear == (found.low > 0 or found.high < 0)


@given(groups)
def test_a_group_against_itself_is_never_clear(group):
    assert not compare(group, group).is_clear


@given(groups)
def test_the_interval_of_a_share_is_one_of_shares(group):
    low, high = interval_of(group)

    assert 0 <= low <= group.value <= high <= 1


def test_the_true_difference_is_inside_as_often_as_promised():
    chance = random.Random(11)
    outside = 0
    for _each in range(300):
        first = second = 0
        missed = False
        for look in range(1, 11):
            first += sum(chance.random() < 0.30 for _person in range(40))
            second += sum(chance.random() < 0.22 for _person in range(40))
            found = compare(Sample(40 * look, first), Sample(40 * look, second))
            missed = missed or not found.low <= 0.08 <= found.high
        outside += missed

    assert outside <= 15


def revenue(orders):
    return Sample(4000, len(orders), sum(orders), sum(order * order for order in orders))


def test_one_large_order_makes_no_winner_and_many_small_ones_do():
    usual = [40.0] * 120

    assert not compare(revenue([*usual, 90_000.0]), revenue(usual)).is_clear
    assert compare(revenue([40.0] * 260), revenue(usual)).low > 0


def test_revenue_without_a_difference_rarely_names_a_winner():
    chance = random.Random(5)
    named = 0
    for _each in range(400):
        orders = [[], []]
        for _look in range(20):
            for group in orders:
                group += [chance.lognormvariate(4, 1) for _order in range(chance.randrange(4, 13))]
            if compare(revenue(orders[0]), revenue(orders[1])).is_clear:
                named += 1
                break

    assert named <= 20


def test_a_share_and_a_mean_are_not_compared():
    with pytest.raises(ValueError, match="share"):
        compare(Sample(10, 1), Sample(10, 1, 5.0, 25.0))


def test_more_successes_than_people_are_refused():
    with pytest.raises(ValueError, match="more successes"):
        Sample(3, 4)


def test_of_many_versions_the_winner_beats_each_other_one():
    clear = stand([Sample(10_000, 300), Sample(10_000, 500), Sample(10_000, 310)])
    close = stand([Sample(10_000, 300), Sample(10_000, 500), Sample(10_000, 495)])

    assert (clear.leader, clear.winner) == (1, 1)
    assert clear.against[1] is None
    assert (close.leader, close.winner) == (1, None)


def test_the_smallest_difference_shrinks_with_size_and_is_endless_without_people():
    assert smallest_difference([20_000, 20_000], 0.03) == pytest.approx(0.0066, abs=0.0003)
    assert smallest_difference([5_000, 20_000, 20_000], 0.03) > smallest_difference([20_000, 20_000], 0.03)
    assert smallest_difference([0, 500], 0.03) == math.inf
