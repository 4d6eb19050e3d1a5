"""Going back to what a segment was, and making a second one of it."""

from __future__ import annotations

from accounts.models import User, Workspace
from segments.models import Segment, SegmentVersion
from segments.services.saving import save_segment

NAME_LENGTH = 80


def restore_version(*, segment: Segment, version: SegmentVersion, actor: User | None) -> Segment:
    """Make the sentences of an earlier version those of today; the name stays. Saves a new version.

    Raises RuleError when the old sentences name something that is gone.
    """
    values = {"name": segment.name, "rule": version.rule}
    return save_segment(workspace=segment.workspace, actor=actor, values=values, segment=segment)


def duplicate_segment(*, segment: Segment, name: str, actor: User | None) -> Segment:
    """Make a second segment with the same sentences. Raises RuleError and TooManySegments."""
    workspace: Workspace = segment.workspace
    values = {"name": name[:NAME_LENGTH], "rule": segment.rule, "description": segment.description}
    return save_segment(workspace=workspace, actor=actor, values=values)
