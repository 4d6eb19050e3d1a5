"""The plain reading of rules finds what the vectors say; only then may it judge the SQL."""

from datetime import datetime

import pytest

from segments.language.registry import known_zones
from tests.segments import vectors
from tests.segments.oracle import Oracle

UNIVERSE = vectors.load()["universe"]
NOW = datetime.fromisoformat(UNIVERSE["now"])


def reading(now=NOW):
    return Oracle(UNIVERSE, now, known_zones())


@pytest.mark.parametrize("case", vectors.load()["rules"], ids=lambda case: f"{case['id']} {case['text'][:60]}")
def test_plain_reading_finds_the_members(case):
    assert reading().members(case["rule"]) == case["members"]


@pytest.mark.parametrize("case", vectors.load()["changes"], ids=lambda case: case["text"])
def test_plain_reading_sees_the_clock_move_people(case):
    before = set(reading().members(case["rule"]))
    after = set(reading(datetime.fromisoformat(case["at"])).members(case["rule"]))
    assert (sorted(after - before), sorted(before - after)) == (case["entered"], case["left"])


@pytest.mark.parametrize("case", vectors.load()["explain"], ids=lambda case: f"{case['contact']} {case['text'][:40]}")
def test_plain_reading_gives_the_tree(case):
    [contact] = [one for one in UNIVERSE["contacts"] if one["external_id"] == case["contact"]]
    assert reading().tree(case["rule"]["where"], contact) == case["tree"]
