"""All checks together, in the order in which they can be made."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from flows.checking.advice import give_advice
from flows.checking.meaning import check_meaning
from flows.checking.names import check_names
from flows.checking.places import Document
from flows.checking.problems import Problem, in_order, pointer
from flows.checking.setting import check_setting
from flows.checking.simulation import Runs, simulate
from flows.checking.ways import check_ways
from flows.engine.flow import Flow

SCHEMA = Path(__file__).parents[1] / "engine" / "flow.schema.json"
RUNS = 5_000
RARE = 0.05
OFTEN = 0.1


def check_flow(document: Any, *, runs: int = RUNS) -> list[Problem]:
    """Everything that is wrong with a document, errors first; nothing else is looked at while its shape is wrong.

    `runs` random sessions show rare outcomes (W01), ties (W03) and errors on the way (W13); 0 leaves that out, and so
    does any error. Numbers must have been read as decimals.
    """
    shape = list(_shape(document))
    if shape:
        return in_order(shape)
    problems = [*check_names(document), *check_ways(document), *check_meaning(document), *check_setting(document)]
    problems += give_advice(document)
    if runs and not any(problem.is_error for problem in problems):
        problems += _run(document, runs)
    return in_order(problems)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _shape(document: Any) -> Iterator[Problem]:
    """E01: what the schema says, at the deepest place that it can be said of."""
    for error in _validator().iter_errors(document):
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda one: len(one.absolute_path))
        yield Problem("E01", pointer(*deepest.absolute_path), {"words": deepest.message[:200]})


def _run(document: Document, count: int) -> Iterator[Problem]:
    found = simulate(Flow(document), count)
    yield from _rare_outcomes(document, found)
    if found.ties > OFTEN * count:
        yield Problem("W03", "/outcomes", {"share": found.ties / count})
    for where in found.noticed:
        yield Problem("W13", "", {"where": where, "times": found.noticed[where]})


def _rare_outcomes(document: Document, found: Runs) -> Iterator[Problem]:
    ended = sum(found.outcomes.values())
    for index, outcome in enumerate(document.get("outcomes") or ()):
        share = found.outcomes[outcome["key"]] / ended if ended else 0
        if share < RARE:
            yield Problem("W01", pointer("outcomes", index), {"outcome": outcome["key"], "share": share})
