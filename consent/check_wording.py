"""What reading the ledger found, in sentences."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import absolute_time


def problem_sentence(problem: Mapping[str, Any]) -> str:
    """One problem as LedgerCheck keeps it."""
    kind: str = problem["kind"]
    if kind == "sealed":
        return _sealed(problem)
    sentences = {
        "changed": _("This line was changed after it was written."),
        "missing": _("Something this person said before this line is gone."),
        "moved": _("This line does not follow from the one before: it was put in or moved."),
        "unchained": _("This line was put in past the application."),
        "words": _("The words that go with this line were changed."),
        "state": _("What was worked out for this person does not follow from the record."),
        "seal": _("A seal does not follow from the one before: it was changed, or one is gone."),
    }
    return sentences.get(kind, kind)


def _sealed(problem: Mapping[str, Any]) -> str:
    values = {"count": abs(problem["missing"]), "day": absolute_time(dt.datetime.fromisoformat(problem["at"]))}
    if problem["missing"] > 0:
        return (
            ngettext(
                "%(count)d line that was sealed on %(day)s is gone.",
                "%(count)d lines that were sealed on %(day)s are gone.",
                values["count"],
            )
            % values
        )
    if problem["missing"] < 0:
        return (
            ngettext(
                "%(count)d line was put in among those sealed on %(day)s.",
                "%(count)d lines were put in among those sealed on %(day)s.",
                values["count"],
            )
            % values
        )
    return _("Lines that were sealed on %(day)s were changed or stand in another order.") % values
