"""Programs are kept out, people are not bothered."""

import base64
import hashlib
import json
from typing import Any

import pytest
from django.core.cache import cache

from flows import shield


def solution(puzzle: dict[str, Any]) -> str:
    for number in range(int(puzzle["maxnumber"]) + 1):
        if hashlib.sha256(f"{puzzle['salt']}{number}".encode()).hexdigest() == puzzle["challenge"]:
            given = {**puzzle, "number": number}
            return base64.b64encode(json.dumps(given).encode()).decode()
    raise AssertionError("no number fits")


def test_solution_counts_once():
    found = solution(shield.challenge())

    assert shield.is_solved(found) is True
    assert shield.is_solved(found) is False


def test_puzzle_of_another_is_no_proof():
    salt, number = "own?expires=99999999999", 7
    wanted = hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
    own = {"algorithm": "SHA-256", "challenge": wanted, "salt": salt, "number": number, "signature": "0" * 64}

    assert shield.is_solved(base64.b64encode(json.dumps(own).encode()).decode()) is False


@pytest.mark.parametrize("text", ["", "x", "e30=", "W10=", base64.b64encode(b"[" * 900).decode(), "ü"])
def test_nonsense_is_no_proof(text):
    assert shield.is_solved(text) is False


def test_sum_is_a_proof_without_a_script_and_counts_once():
    asked = shield.little_sum()
    right = str(asked["one"] + asked["two"])

    assert shield.is_person({"sum": "0", "sum_token": asked["token"]}) is False
    assert shield.is_person({"sum": right, "sum_token": asked["token"]}) is True
    assert shield.is_person({"sum": right, "sum_token": asked["token"]}) is False
    assert shield.is_person({}) is False


def test_the_first_of_an_hour_are_not_asked():
    cache.clear()
    asked = [shield.asks_for_proof({}, "10.0.0.1", "flow") for _time in range(shield.UNASKED_AN_HOUR + 1)]

    assert asked == [False] * shield.UNASKED_AN_HOUR + [True]
    assert shield.asks_for_proof({"spam": {"pow": "altcha"}}, "10.0.0.2", "flow") is True
    assert shield.asks_for_proof({"spam": {"pow": "off"}}, "10.0.0.1", "flow") is False


def test_haste_and_hourly_limits():
    assert shield.is_too_quick({"spam": {"min_seconds": 3}}, 2.9) is True
    assert shield.is_too_quick({}, 0) is False
    many = [shield.is_too_many({"spam": {"rate_per_ip_hour": 2}}, "10.0.0.3", "flow") for _time in range(3)]
    assert many == [False, False, True]
