"""What can be done with segments."""

from segments.language.compile import CompiledRule
from segments.language.validate import require_valid
from segments.services.comparing import count_or_estimate, count_patiently
from segments.services.drafting import Work, discard_draft, keep_draft
from segments.services.errors import SegmentChanged, SegmentError, SegmentInUse, TooManySegments
from segments.services.estimating import Count
from segments.services.evaluation import audience_sql, count_many, count_rule
from segments.services.following import follow_all, follow_segment, follow_workspace, wake_following
from segments.services.previewing import Look, look_at
from segments.services.profiles import check_profiles
from segments.services.sampling import (
    Example,
    explain_contact,
    is_broken,
    sample_rule,
    segments_holding,
    segments_of_contact,
)
from segments.services.saving import delete_segment, save_segment
from segments.services.sizes import note_size, note_size_of, note_sizes, wake_sizes
from segments.services.statistics import learn_values
from segments.services.versions import duplicate_segment, restore_version

__all__ = [
    "CompiledRule",
    "Count",
    "Example",
    "Look",
    "SegmentChanged",
    "SegmentError",
    "SegmentInUse",
    "TooManySegments",
    "Work",
    "audience_sql",
    "check_profiles",
    "count_many",
    "count_or_estimate",
    "count_patiently",
    "count_rule",
    "delete_segment",
    "discard_draft",
    "duplicate_segment",
    "explain_contact",
    "follow_all",
    "follow_segment",
    "follow_workspace",
    "is_broken",
    "keep_draft",
    "learn_values",
    "look_at",
    "note_size",
    "note_size_of",
    "note_sizes",
    "require_valid",
    "restore_version",
    "sample_rule",
    "save_segment",
    "segments_holding",
    "segments_of_contact",
    "wake_following",
    "wake_sizes",
]
