"""Reads of flows and of what people answered in them."""

import datetime as dt
import functools
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection, models
from django.db.models import Count, Q

from accounts.querysets import WorkspaceScopedQuerySet
from segments.language.registry import FlowEntry, ValueType

# How often each answer was given, and as the row without one how many people answered at all.
ANSWER_COUNTS = """
WITH given AS (SELECT answers -> %s AS answer FROM ({rows}) AS sessions)
SELECT NULL, count(*) FROM given
UNION ALL
SELECT one, count(*) FROM given, jsonb_array_elements_text(
    CASE jsonb_typeof(answer) WHEN 'array' THEN answer ELSE jsonb_build_array(answer) END
) AS one GROUP BY one
"""


@dataclass(frozen=True)
class _Part:
    """Which columns of a joined row are those of a model."""

    model: type[models.Model]
    fields: tuple[Any, ...]
    begin: int

    def read(self, row: Sequence[Any]) -> Any:
        """The object of the row's columns."""
        values = list(row[self.begin : self.begin + len(self.fields)])
        for place, field in enumerate(self.fields):
            for convert in field.get_db_converters(connection):
                values[place] = convert(values[place], None, connection)
        return self.model.from_db(connection.alias, [one.attname for one in self.fields], values)


@functools.cache
def _page_statement(flow: Any) -> tuple[str, list[_Part]]:
    """The statement of `for_page`, and which of its columns are the flow's, its workspace's and its live version's."""
    related: list[Any] = [flow._meta.get_field(name).related_model for name in ("workspace", "live_version")]
    columns: list[str] = []
    parts: list[_Part] = []
    for alias, model, left_out in zip("fwv", [flow, *related], ("draft", "", "document"), strict=True):
        fields = tuple(one for one in model._meta.concrete_fields if one.name != left_out)
        parts.append(_Part(model, fields, len(columns)))
        columns += [f'{alias}."{one.column}"' for one in fields]
    tables = [one.model._meta.db_table for one in parts]
    return (
        f"SELECT {', '.join(columns)} FROM {tables[0]} f JOIN {tables[1]} w ON w.id = f.workspace_id "  # noqa: S608
        f"LEFT JOIN {tables[2]} v ON v.id = f.live_version_id WHERE f.public_id = %s",
        parts,
    )


class FlowQuerySet(WorkspaceScopedQuerySet):
    """Flows."""

    def published(self) -> Self:
        """Those that had a version people could see."""
        return self.filter(live_version__isnull=False)

    def with_page(self) -> Self:
        """With all that a public page needs, in one query."""
        return self.select_related("workspace", "live_version").defer("draft", "live_version__document")

    def for_page(self, public_id: uuid.UUID) -> Any:
        """The flow with all that a public page needs, in one query; None where there is none.

        The statement is put together once: for Django that takes four times as long as running it.
        """
        model: Any = self.model
        statement, parts = _page_statement(model)
        with connection.cursor() as cursor:
            cursor.execute(statement, [public_id])
            row = cursor.fetchone()
        if row is None:
            return None
        flow, workspace, version = (one.read(row) for one in parts)
        flow.workspace = workspace
        flow.live_version = version if version.pk is not None else None
        return flow

    def shown(self, words: str = "", state: str = "") -> Self:
        """Those of the list, last changed first: with these words in the name, and in a state."""
        rows = self.filter(name__icontains=words) if words else self
        if state == "archived":
            rows = rows.filter(archived_at__isnull=False)
        else:
            rows = rows.filter(archived_at__isnull=True)
            rows = rows.filter(status=state) if state else rows
        return rows.defer("draft").order_by(models.F("changed_at").desc(nulls_last=True), "-pk")

    def state_counts(self) -> dict[str, int]:
        """How many there are in each state, those put away apart."""
        gone = models.Q(archived_at__isnull=False)
        states = {one: models.Count("pk", filter=models.Q(status=one) & ~gone) for one in ("live", "draft", "closed")}
        return self.aggregate(**states, archived=models.Count("pk", filter=gone))

    def visit_counts(self, flows: list[int]) -> dict[int, tuple[int, int]]:
        """How many began each of these flows and how many finished; served by index flow_session_of_flow."""
        sessions = self.model._meta.apps.get_model("flows", "FlowSession").objects.filter(flow_id__in=flows)
        counted = sessions.values("flow_id").annotate(
            begun=models.Count("pk"), finished=models.Count("pk", filter=models.Q(status="completed"))
        )
        return {one["flow_id"]: (one["begun"], one["finished"]) for one in counted}

    def entries(self) -> dict[str, FlowEntry]:
        """What rules of segments can name, by key."""
        rows = self.values_list("key", "pk", "outcomes", "answers", "name").order_by("name", "pk")
        return {
            key: FlowEntry(tuple(outcomes), answer_types(answers), pk, name)
            for key, pk, outcomes, answers, name in rows
        }


class SessionQuerySet(WorkspaceScopedQuerySet):
    """Sessions."""

    def of_contact(self, contact: Any) -> Self:
        """Where one person went, newest first; served by index flow_session_of_contact."""
        return self.filter(contact=contact).select_related("flow").order_by("-created_at", "-pk")

    def counts_of(self, flow: Any, since: dt.datetime) -> dict[str, int]:
        """How many began since then, and how many of them came to the end."""
        rows = self.filter(flow=flow, created_at__gte=since)
        return rows.aggregate(began=Count("pk"), completed=Count("pk", filter=Q(status="completed")))

    def with_secret(self, secret: str) -> Self:
        """The session of whoever knows its secret."""
        return self.filter(secret_digest=secret_digest(secret))

    def reaches(self, flow: Any, most: int) -> bool:
        """Whether as many sessions of a flow came to their end; reads no more than that many."""
        return self.filter(flow=flow, status="completed")[most - 1 : most].exists()

    def answer_counts(self, flow_id: int, key: str) -> tuple[int, dict[str, int]]:
        """How many completed sessions of a flow answered a question, and how often each answer was given.

        Of an answer of several every one counts; texts are their own key, `true` and `false` those of yes and no.
        """
        rows = self.filter(flow=flow_id, status="completed", answers__has_key=key)
        with connection.cursor() as cursor:
            inner, parameters = rows.values("answers").query.sql_with_params()
            cursor.execute(ANSWER_COUNTS.format(rows=inner), [key, *parameters])
            found = cursor.fetchall()
        people = next((int(count) for answer, count in found if answer is None), 0)
        return people, {answer: int(count) for answer, count in found if answer is not None}


class MailedKeyQuerySet(models.QuerySet[Any]):
    """Codes and links that were mailed."""

    def codes_of(self, session: Any, block: str, address: bytes) -> Self:
        """The codes for one question that went to this address, newest first; only the newest counts."""
        rows = self.filter(session=session, kind="code", block=block, address=address)
        return rows.order_by("-sent_at", "-pk")

    def session_behind(self, secret: str, at: dt.datetime) -> int | None:
        """The session that a mailed link leads to, None for a link that ran out or never was."""
        rows = self.filter(kind="link", digest=secret_digest(secret), expires_at__gt=at)
        found: int | None = rows.values_list("session_id", flat=True).first()
        return found

    def number_since(self, since: dt.datetime, **whose: Any) -> int:
        """How many mails went to an address, or from a session, since then."""
        return self.filter(sent_at__gt=since, **whose).count()


class SubmissionQuerySet(WorkspaceScopedQuerySet):
    """Submissions."""

    def of_contact(self, contact: Any) -> Self:
        """What one person answered, newest first; served by index submission_of_contact."""
        return self.filter(contact=contact).select_related("flow").order_by("-at", "-pk")


class SplitQuerySet(WorkspaceScopedQuerySet):
    """Splits."""

    def with_arms(self) -> Self:
        """With their flows, in the order in which they were named."""
        return self.prefetch_related(
            models.Prefetch("arms", self.model._meta.apps.get_model("flows", "SplitArm").objects.order_by("pk")),
            models.Prefetch("arms__flow", self.model._meta.apps.get_model("flows", "Flow").objects.defer("draft")),
        )

    def session_counts(self, split: Any) -> dict[int, tuple[int, int]]:
        """By arm, how many began after a visit and how many of them came to the end."""
        rows = self.model._meta.apps.get_model("flows", "SplitEntry").objects.filter(arm__split=split).values("arm")
        counted = rows.annotate(began=Count("pk"), done=Count("pk", filter=Q(session__status="completed")))
        return {one["arm"]: (one["began"], one["done"]) for one in counted}


def secret_digest(secret: str) -> bytes:
    """What is kept of a session's secret: 128 random bits need no salt."""
    return hashlib.sha256(secret.encode()).digest()


def answer_types(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, ValueType]:
    """The types of a flow's answers, from the form in which it keeps them."""
    return {key: ValueType(entry["type"], tuple(entry.get("options", ()))) for key, entry in answers.items()}
