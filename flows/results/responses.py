"""Single responses: found by what they said, one by one, and as files."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from core.clock import zone_or_none
from flows.models import Flow, FlowSession
from flows.querysets import SessionQuerySet

MOST_TEXT = 200
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Wanted:
    """Which responses: each part is "" for all. `question` and `answer` go together; days are of the workspace."""

    status: str = ""
    outcome: str = ""
    question: str = ""
    answer: str = ""
    is_exact: bool = False
    contact: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()


def responses_of(flow: Flow, wanted: Wanted) -> SessionQuerySet:
    """The sessions that fit, newest first; their documents and states are left where they are."""
    rows: SessionQuerySet = FlowSession.objects.filter(flow=flow).order_by("-created_at", "-pk")
    plain = {"status": wanted.status, "outcome": wanted.outcome}
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if wanted.question and wanted.answer:
        rows = _with_answer(rows, wanted)
    if wanted.contact:
        rows = rows.filter(_contact(wanted.contact[:MOST_TEXT].strip()))
    zone = zone_or_none(flow.workspace.time_zone)
    if wanted.since:
        rows = rows.filter(created_at__gte=dt.datetime.combine(wanted.since, dt.time.min, tzinfo=zone))
    if wanted.until:
        after = wanted.until + dt.timedelta(days=1)
        rows = rows.filter(created_at__lt=dt.datetime.combine(after, dt.time.min, tzinfo=zone))
    return rows.select_related("contact").defer("state")


def _with_answer(rows: SessionQuerySet, wanted: Wanted) -> SessionQuerySet:
    """The answer has these words in it, or `is_exact`: is this choice, one of the choices, this number, yes or no."""
    answer = wanted.answer[:MOST_TEXT]
    if not wanted.is_exact:
        return rows.alias(said=KeyTextTransform(wanted.question, "answers")).filter(said__icontains=answer)
    values: list[Any] = [answer, [answer]]
    if answer in ("true", "false"):
        values.append(answer == "true")
    if _NUMBER.fullmatch(answer):
        values.append(float(answer) if "." in answer else int(answer))
    found = Q()
    for value in values:
        found |= Q(answers__contains={wanted.question: value})
    return rows.filter(found)


def _contact(text: str) -> Q:
    if "@" in text:
        return Q(contact__email__istartswith=text)
    names = Q(contact__first_name__istartswith=text) | Q(contact__last_name__istartswith=text)
    return names | Q(contact__email__istartswith=text)


def shown_answer(value: Any, words: Mapping[str, str]) -> str:
    """An answer as text: the words of what was chosen, parts of a record and names of files in a row."""
    if isinstance(value, bool):
        return words.get("true" if value else "false", str(value))
    if isinstance(value, list):
        return ", ".join(shown_answer(one, words) for one in value)
    if isinstance(value, dict):
        if "name" in value and "size" in value:  # a file
            return str(value["name"])
        return ", ".join(words.get(str(one), str(one)) for one in value.values())
    return words.get(str(value), str(value))
