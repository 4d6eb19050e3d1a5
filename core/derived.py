"""What is stored twice for speed: each copy has a check that compares it with its source, and can put it right.

Filled in `AppConfig.ready()`. `manage.py check_summaries` runs all checks, and so does a worker once a day.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """What a check found: how many rows it compared, how many of them were wrong, and some of those in words."""

    compared: int
    wrong: int = 0
    examples: tuple[str, ...] = ()


# `check(repair)` compares in sets, at one instant of the database so that writers meanwhile are no differences; with
# `repair` it also puts right what it found.
Check = Callable[[bool], Findings]

_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Have a check run with all others. `name` is `app.what` and unique."""
    if _checks.get(name, check) is not check:
        raise ValueError(f"two checks are called {name}")
    _checks[name] = check


def checks() -> dict[str, Check]:
    """All checks by name."""
    return dict(sorted(_checks.items()))
