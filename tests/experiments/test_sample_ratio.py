"""Sizes that chance does not make."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.sample_ratio import SUSPICIOUS, chi_squared_tail, is_mismatch, sample_ratio_p


@pytest.mark.parametrize(
    ("statistic", "degrees", "tail"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (18.475307, 7, 0.01), (10.827566, 1, 0.001)],
)
def test_the_tail_agrees_with_printed_tables(statistic, degrees, tail):
    assert chi_squared_tail(statistic, degrees) == pytest.approx(tail, rel=1e-5)


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=8))
def test_the_answer_is_a_probability_that_does_not_depend_on_the_order(counts):
    shares = [1.0] * len(counts)

    assert 0 <= sample_ratio_p(counts, shares) <= 1
    assert sample_ratio_p(counts, shares) == pytest.approx(sample_ratio_p(counts[::-1], shares), rel=1e-6, abs=1e-12)


@given(st.integers(2, 8), st.integers(1, 10**6))
def test_sizes_as_drawn_are_never_suspicious(groups, size):
    assert sample_ratio_p([size] * groups, [1.0] * groups) == 1


def test_chance_alone_is_suspected_about_as_rarely_as_promised():
    chance = random.Random(3)
    found = 0
    for _each in range(2000):
        first = sum(chance.random() < 0.5 for _person in range(200))
        found += is_mismatch([first, 200 - first], [1, 1])

    assert found <= 2000 * SUSPICIOUS * 4


def test_a_tenth_missing_from_one_of_two_large_groups_is_a_mismatch():
    assert is_mismatch([10_000, 9_000], [1, 1])
    assert not is_mismatch([10_000, 9_900], [1, 1])
    assert not is_mismatch([9_000, 1_000], [9, 1])


def test_nobody_and_a_single_group_are_no_mismatch():
    assert sample_ratio_p([0, 0], [1, 1]) == 1
    assert sample_ratio_p([5], [1]) == 1


@pytest.mark.parametrize(("counts", "shares"), [([1], [1, 1]), ([1, 1], [1, 0])])
def test_groups_without_a_share_are_refused(counts, shares):
    with pytest.raises(ValueError, match="positive share"):
        sample_ratio_p(counts, shares)
