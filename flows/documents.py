"""Documents and states between the database and the engine, which wants its numbers as decimals."""

import functools
import json
from decimal import Decimal
from typing import Any

from flows.engine.documents import canonical
from flows.engine.flow import Flow as Compiled
from flows.engine.state import State
from flows.engine.values import Value
from flows.models import FlowVersion

# A version is some 50 KB when it is ready to be asked.
KEPT_VERSIONS = 64
# Twice what floats have; the engine itself stops at 30.
LARGEST_EXPONENT = 400


def read_json(text: str) -> Any:
    """The JSON value of a text, numbers as decimals.

    Raises ValueError, also for NaN and Infinity, which JSON lacks, and for numbers that nobody could write out.
    """
    return json.loads(text, parse_float=_decimal, parse_constant=_refuse)


def write_json(value: Any) -> str:
    """The canonical text of JSON values with decimals."""
    return canonical(value)


def plain_json(value: Value) -> Any:
    """The same value with numbers as JSON columns and templates have them: int, or a decimal as its float."""
    if isinstance(value, Decimal):
        whole = int(value)
        return whole if value == whole else float(value)
    if isinstance(value, dict):
        return {key: plain_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(one) for one in value]
    return value


def compiled(version: FlowVersion) -> Compiled:
    """A published version, ready to be asked; kept by its digest, since it never changes."""
    found = _kept(version.digest)
    if not found:
        found.append(Compiled(read_json(version.document)))
    return found[0]


def read_state(text: str) -> State:
    """The state that `write_state` wrote."""
    return State.from_record(read_json(text))


def write_state(state: State) -> str:
    """A session's state as text."""
    return write_json(state.to_record())


@functools.lru_cache(maxsize=KEPT_VERSIONS)
def _kept(_digest: str) -> list[Compiled]:
    return []


def _decimal(text: str) -> Decimal:
    """Ten letters such as 1e99999999 are a number that would fill the memory as soon as it is written plainly."""
    try:
        number = Decimal(text)
    except ArithmeticError as error:
        raise ValueError("an exponent beyond all numbers") from error
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("an exponent beyond all numbers")
    return number


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
