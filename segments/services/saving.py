"""Saving and deleting segments."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from accounts.models import User, Workspace
from accounts.services import record_audit
from core.queue import enqueue
from segments.language.canonical import canonical_rule
from segments.language.registry import Rule
from segments.language.validate import require_valid, segment_keys
from segments.models import Segment, SegmentVersion
from segments.registry import registry_of
from segments.services.errors import SegmentChanged, SegmentInUse, TooManySegments

# Every evaluation reads all rules of the workspace, for segments may name each other.
MAX_SEGMENTS = 1000
KEY_LENGTH = 60


@transaction.atomic
def save_segment(
    *,
    workspace: Workspace,
    actor: User | None,
    values: dict[str, Any],
    segment: Segment | None = None,
    expected_version: int | None = None,
) -> Segment:
    """Store a segment, new or given; `values` holds name and rule, and may hold description and key.

    The rule is checked under its own key, so that it cannot reach itself, and stored in canonical form.
    Raises RuleError, SegmentChanged when `expected_version` is no longer the stored one, TooManySegments.
    """
    # One at a time in a workspace: two rules saved at once could otherwise close a circle, or share a key. Whoever
    # writes something else that belongs to the workspace does not wait.
    Workspace.objects.select_for_update(of=("self",), no_key=True).get(pk=workspace.pk)
    is_new = segment is None
    if segment is None:
        if Segment.objects.filter(workspace=workspace).count() >= MAX_SEGMENTS:
            raise TooManySegments
        key = values.get("key") or free_key(workspace, values["name"])
        segment = Segment(workspace=workspace, key=key, created_by=actor)
    else:
        segment = Segment.objects.in_workspace(workspace).select_for_update(of=("self",)).get(pk=segment.pk)
        if expected_version is not None and expected_version != segment.version:
            raise SegmentChanged
    require_valid(values["rule"], registry_of(workspace), saving_as=segment.key)
    rule = storable_rule(values["rule"])
    if not is_new and rule != segment.rule:
        segment.version += 1
        segment.last_count = segment.last_counted_at = None
    segment.name, segment.rule = values["name"], rule
    segment.description = values.get("description", segment.description)
    segment.save()
    _keep_version(segment, actor)
    enqueue("segments.learn_values")
    enqueue("segments.note_size", segment_id=segment.pk)
    action = "segment.created" if is_new else "segment.changed"
    record_audit(workspace=workspace, actor=actor, action=action, target=segment.name, detail={"key": segment.key})
    return segment


def _keep_version(segment: Segment, actor: User | None) -> None:
    """Keep what was saved; a new name without new sentences is the name of the version there is."""
    SegmentVersion.objects.update_or_create(
        segment=segment,
        number=segment.version,
        defaults={"name": segment.name},
        create_defaults={
            "name": segment.name,
            "rule": segment.rule,
            "saved_at": segment.updated_at,
            "saved_by": actor,
        },
    )


def storable_rule(rule: Rule) -> Rule:
    """Return the canonical rule as plain JSON; decimals become numbers."""
    stored: Rule = json.loads(json.dumps(canonical_rule(rule), default=plain_json))
    return stored


def plain_json(value: Any) -> Any:
    """Return a decimal as a JSON number; raises TypeError for anything else JSON has no form for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)


def free_key(workspace: Workspace, name: str) -> str:
    """Return a key made of the name that no segment of the workspace has."""
    stem = slugify(name)[: KEY_LENGTH - 5].strip("-") or "segment"
    taken = set(Segment.objects.filter(workspace=workspace, key__startswith=stem).values_list("key", flat=True))
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


@transaction.atomic
def delete_segment(*, segment: Segment, actor: User | None) -> None:
    """Delete a segment. Raises SegmentInUse while another segment or a campaign needs it."""
    workspace = segment.workspace
    Workspace.objects.select_for_update(of=("self",), no_key=True).get(pk=workspace.pk)
    others = Segment.objects.in_workspace(workspace).exclude(pk=segment.pk).values_list("name", "rule")
    users = [name for name, rule in others if segment.key in segment_keys(rule)]
    if users:
        raise SegmentInUse(users)
    try:
        with transaction.atomic():
            segment.delete()
    except ProtectedError as error:
        raise SegmentInUse(sorted(str(one) for one in error.protected_objects)) from error
    record_audit(
        workspace=workspace, actor=actor, action="segment.deleted", target=segment.name, detail={"key": segment.key}
    )
