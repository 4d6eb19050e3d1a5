"""Reads of flows and of what people answered in them."""

import hashlib
from collections.abc import Mapping
from typing import Any, Self

from accounts.querysets import WorkspaceScopedQuerySet
from segments.language.registry import FlowEntry, ValueType


class FlowQuerySet(WorkspaceScopedQuerySet):
    """Flows."""

    def entries(self) -> dict[str, FlowEntry]:
        """What rules of segments can name, by key."""
        rows = self.values_list("key", "pk", "outcomes", "answers")
        return {key: FlowEntry(tuple(outcomes), answer_types(answers), pk) for key, pk, outcomes, answers in rows}


class SessionQuerySet(WorkspaceScopedQuerySet):
    """Sessions."""

    def of_contact(self, contact: Any) -> Self:
        """Where one person went, newest first; served by index flow_session_of_contact."""
        return self.filter(contact=contact).select_related("flow").order_by("-created_at", "-pk")

    def with_secret(self, secret: str) -> Self:
        """The session of whoever knows its secret."""
        return self.filter(secret_digest=secret_digest(secret))


class SubmissionQuerySet(WorkspaceScopedQuerySet):
    """Submissions."""

    def of_contact(self, contact: Any) -> Self:
        """What one person answered, newest first; served by index submission_of_contact."""
        return self.filter(contact=contact).select_related("flow").order_by("-at", "-pk")


def secret_digest(secret: str) -> bytes:
    """What is kept of a session's secret: 128 random bits need no salt."""
    return hashlib.sha256(secret.encode()).digest()


def answer_types(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, ValueType]:
    """The types of a flow's answers, from the form in which it keeps them."""
    return {key: ValueType(entry["type"], tuple(entry.get("options", ()))) for key, entry in answers.items()}
