"""Keeping what somebody builds before they save it, so that a closed tab loses nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from segments.language.registry import Node
from segments.models import Segment, SegmentDraft
from segments.services.saving import plain_json

# Unsaved new segments of one person; the oldest gives way.
MAX_NEW_DRAFTS = 20
MAX_DRAFT_CHARACTERS = 300_000


@dataclass(frozen=True)
class Work:
    """What is on the page: the open rule with unfinished sentences, and the words above it."""

    root: Node
    name: str = ""
    description: str = ""


@transaction.atomic
def keep_draft(
    *,
    workspace: Workspace,
    user: User,
    work: Work,
    segment: Segment | None = None,
    base_version: int = 0,
    draft: UUID | None = None,
) -> SegmentDraft | None:
    """Keep unsaved work on a segment, or on a new one (`draft` names the one kept before).

    Returns None when the work cannot be stored: characters no database keeps, or far too long.
    """
    text = json.dumps(work.root, default=plain_json, ensure_ascii=True)
    words = json.dumps([work.name, work.description])
    if len(text) > MAX_DRAFT_CHARACTERS or not _is_storable(text) or not _is_storable(words):
        return None
    values = {
        "root": json.loads(text),
        "name": work.name[:80],
        "description": work.description[:300],
        "base_version": base_version,
    }
    if segment is None:
        return _keep_new(workspace, user, values, draft)
    kept, _is_new = SegmentDraft.objects.update_or_create(
        user=user, segment=segment, defaults=values, create_defaults={**values, "workspace": workspace}
    )
    return kept


def _keep_new(workspace: Workspace, user: User, values: dict[str, Any], number: UUID | None) -> SegmentDraft | None:
    """Keep work on a segment that is not stored yet, under the number its page has for it."""
    own = SegmentDraft.objects.in_workspace(workspace).of(user)
    known = own.filter(segment=None, public_id=number).first() if number else None
    if known is None:
        known = SegmentDraft(workspace=workspace, user=user)
        if number and not SegmentDraft.objects.filter(public_id=number).exists():
            known.public_id = number
        surplus = own.filter(segment=None).values_list("pk", flat=True)[MAX_NEW_DRAFTS - 1 :]
        SegmentDraft.objects.filter(pk__in=list(surplus)).delete()
    for name, value in values.items():
        setattr(known, name, value)
    try:
        with transaction.atomic():
            known.save()
    except IntegrityError:
        # Two requests of one page began the same draft at once; the other one keeps the same work.
        return own.filter(public_id=known.public_id).first()
    return known


def _is_storable(text: str) -> bool:
    """JSON columns take neither NUL nor half of a surrogate pair, however either is written."""
    try:
        unescaped = json.dumps(json.loads(text), ensure_ascii=False)
        unescaped.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in unescaped


def discard_draft(
    *, workspace: Workspace, user: User, segment: Segment | None = None, draft: UUID | None = None
) -> bool:
    """Throw unsaved work away; says whether there was any."""
    own = SegmentDraft.objects.in_workspace(workspace).of(user)
    found = own.filter(segment=segment) if segment is not None else own.filter(segment=None, public_id=draft)
    return bool(found.delete()[0])
