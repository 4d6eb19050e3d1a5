"""The arithmetic of limits: never more than the rate and a minute on top, whatever the schedule."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.pace.backoff import Slowness, asked_pause, current_rate, is_recovered, struck
from delivery.pace.meters import Lane, Meter, allot, burst, growing_plan, planned_for, refilled, whole
from delivery.pace.receivers import DOMAINS, GMAIL, LABELS, MICROSOFT, OTHERS, YAHOO, receiver_of

# How long an example takes says more about the machine than about the rule.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
START = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


@patiently
@given(
    hourly=st.integers(1, 500_000),
    steps=st.lists(st.tuples(st.floats(0, 4000), st.integers(0, 5000)), min_size=1, max_size=60),
)
def test_bucket_never_lets_through_more_than_rate_and_burst(hourly: int, steps: list[tuple[float, int]]) -> None:
    tokens, filled_at, at, taken = 0.0, None, START, 0
    for wait, wanted in steps:
        at += dt.timedelta(seconds=wait)
        tokens = refilled(tokens, filled_at, hourly, at)
        filled_at = at
        given_now = min(wanted, whole(tokens))
        tokens -= given_now
        taken += given_now
        seconds = (at - START).total_seconds()
        assert taken <= hourly * seconds / 3600 + burst(hourly) + 0.01


@patiently
@given(hourly=st.integers(1, 500_000), back=st.floats(0, 7200))
def test_bucket_gains_nothing_from_a_clock_that_runs_backwards(hourly: int, back: float) -> None:
    assert refilled(0.0, START, hourly, START - dt.timedelta(seconds=back)) == 0.0


def test_bucket_drained_steadily_lets_its_whole_rate_through() -> None:
    tokens, filled_at, at, taken = 0.0, None, START, 0
    for _tick in range(360):
        tokens = refilled(tokens, filled_at, 1000, at)
        filled_at, given_now = at, whole(tokens)
        tokens -= given_now
        taken += given_now
        at += dt.timedelta(seconds=10)
    assert 1000 <= taken <= 1000 + burst(1000)


LANES = [Lane(sender, receiver) for sender in (1, 2) for receiver in (0, 1, 2)]
METERS = st.lists(
    st.builds(
        Meter,
        key=st.integers(0, 3),
        left=st.integers(-5, 300),
        sender=st.sampled_from([None, 1, 2]),
        receiver=st.sampled_from([None, 0, 1]),
    ),
    max_size=5,
)


@patiently
@given(meters=METERS, limit=st.integers(1, 1000))
def test_no_meter_is_overdrawn_and_nothing_is_left_that_could_go(meters: list[Meter], limit: int) -> None:
    shares = allot(LANES, meters, limit)

    assert all(share >= 0 for share in shares)
    assert sum(shares) <= limit
    used = {
        id(meter): sum(share for lane, share in zip(LANES, shares, strict=True) if meter.covers(lane))
        for meter in meters
    }
    for meter in meters:
        assert used[id(meter)] <= max(0, meter.left)
    if sum(shares) < limit:
        for lane in LANES:
            assert any(meter.covers(lane) and used[id(meter)] >= max(0, meter.left) for meter in meters)


def test_lanes_share_evenly_and_an_exhausted_one_leaves_its_part_to_the_others() -> None:
    lanes = [Lane(1, GMAIL), Lane(1, MICROSOFT), Lane(1, OTHERS)]

    assert allot(lanes, [], 90) == [30, 30, 30]
    assert allot(lanes, [Meter(1, 0, 1, GMAIL)], 90) == [0, 45, 45]
    assert allot(lanes, [Meter(1, 10, 1, GMAIL)], 90) == [10, 40, 40]
    assert allot(lanes, [Meter(1, 0)], 90) == [0, 0, 0]
    assert sum(allot(lanes, [], 100)) == 100


def test_plan_grows_up_to_the_target_and_ends_there() -> None:
    assert growing_plan(50, 1000, 2, 60) == [50, 100, 200, 400, 800]
    assert growing_plan(50, 50, 2, 60) == []
    assert len(growing_plan(1, 10**9, 1.1, 60)) == 60


def test_plan_counts_days_from_its_start() -> None:
    start = dt.date(2026, 11, 22)
    plan = [50, 100, 200]

    assert planned_for(plan, start, start) == 50
    assert planned_for(plan, start, start + dt.timedelta(days=2)) == 200
    assert planned_for(plan, start, start + dt.timedelta(days=3)) is None
    assert planned_for(plan, start, start - dt.timedelta(days=1)) is None
    assert planned_for([], None, start) is None


def test_receivers_are_known_by_their_domains() -> None:
    assert receiver_of("Lina@GMAIL.com") == GMAIL
    assert receiver_of("lina@hotmail.co.nz") == MICROSOFT
    assert receiver_of("lina@aol.com") == YAHOO
    assert receiver_of("lina@gmail.com.lake.example") == OTHERS
    assert receiver_of("") == OTHERS
    assert set(LABELS) == {*DOMAINS, OTHERS}
    domains = [domain for names in DOMAINS.values() for domain in names]
    assert len(domains) == len(set(domains))


def test_first_refusal_halves_and_pauses_a_minute() -> None:
    assert struck(None, at=START, sent_last_minute=100, asked=None) == Slowness(3000.0, 6000.0, START + minutes(1), 1)


def test_every_further_refusal_halves_again_and_doubles_the_pause() -> None:
    state = struck(None, at=START, sent_last_minute=100, asked=None)
    assert state is not None
    pauses = []
    for _strike in range(8):
        at = state.paused_until
        state = struck(state, at=at, sent_last_minute=0, asked=None)
        assert state is not None
        pauses.append((state.paused_until - at) / minutes(1))
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert state.rate == 60.0


def test_refusals_during_the_pause_say_nothing_new() -> None:
    state = struck(None, at=START, sent_last_minute=100, asked=None)
    assert struck(state, at=START + minutes(0.5), sent_last_minute=0, asked=None) is None


def test_longer_wish_during_the_pause_is_kept_without_another_strike() -> None:
    state = struck(None, at=START, sent_last_minute=100, asked=None)
    longer = struck(state, at=START, sent_last_minute=0, asked=minutes(30))
    assert longer == Slowness(3000.0, 6000.0, START + minutes(30), 1)


def test_rate_climbs_back_in_twenty_five_minutes() -> None:
    state = struck(None, at=START, sent_last_minute=100, asked=None)
    assert state is not None

    assert current_rate(state, START + minutes(1)) == 3000
    assert current_rate(state, START + minutes(11)) == 4200
    assert not is_recovered(state, START + minutes(25))
    assert is_recovered(state, START + minutes(26))


def test_servers_words_tell_how_long_to_wait() -> None:
    assert asked_pause(421, 300, "4.7.0 Try again in 15 minutes") == minutes(15)
    assert asked_pause(451, 300, "please retry after 90 seconds") == minutes(1.5)
    assert asked_pause(421, 300, "too many messages, wait 2 hours") == minutes(120)
    assert asked_pause(429, 40, "slow down") == dt.timedelta(seconds=40)
    assert asked_pause(503, 40, "slow down") == dt.timedelta(seconds=40)
    assert asked_pause(429, 0, "Too Many Requests") is None
    assert asked_pause(421, 300, "4.7.28 unusual rate from 192.0.2.7") is None
    assert asked_pause(421, 300, "again in 99999 hours") == dt.timedelta(hours=6)
