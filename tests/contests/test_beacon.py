"""Rounds of drand: which one a reference names, and answers that are not taken."""

import hashlib
import json

import pytest

from contests import beacon
from contests.beacon import NETWORKS, NoValue, round_of, time_of
from flows.engine.dates import read_moment

QUICKNET = NETWORKS["quicknet"]


def test_first_round_after_a_moment_is_the_next_one():
    _network, number = round_of("quicknet:first round after 2026-07-01T10:00:00Z")

    moment = read_moment("2026-07-01T10:00:00Z").timestamp()
    assert QUICKNET.genesis + (number - 1) * QUICKNET.period > moment
    assert QUICKNET.genesis + (number - 2) * QUICKNET.period <= moment
    assert time_of("quicknet:round 1").timestamp() == QUICKNET.genesis


@pytest.mark.parametrize("ref", ["quicknet", "moonnet:round 3", "quicknet:first round after noon", "lottery"])
def test_reference_to_nothing_asks_for_a_person(ref):
    with pytest.raises(NoValue) as problem:
        round_of(ref)
    assert problem.value.code == "unknown_ref"


def test_answer_must_be_the_hash_of_its_signature():
    signature = "ab" * 48
    said = {"round": 7, "randomness": hashlib.sha256(bytes.fromhex(signature)).hexdigest(), "signature": signature}

    assert beacon._checked(json.dumps(said).encode(), 7) == said["randomness"]
    for wrong in ({"round": 8}, {"randomness": "0" * 64}, {"signature": "x"}):
        with pytest.raises(NoValue):
            beacon._checked(json.dumps(said | wrong).encode(), 7)
    with pytest.raises(NoValue):
        beacon._checked(b"[]", 7)
