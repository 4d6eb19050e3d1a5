"""What can be done with segments."""

from segments.language.compile import CompiledRule
from segments.language.validate import require_valid
from segments.services.errors import SegmentChanged, SegmentError, SegmentInUse, TooManySegments
from segments.services.evaluation import Count, audience_sql, count_many, count_rule
from segments.services.sampling import (
    Example,
    explain_contact,
    is_broken,
    sample_rule,
    segments_holding,
    segments_of_contact,
)
from segments.services.saving import delete_segment, save_segment

__all__ = [
    "CompiledRule",
    "Count",
    "Example",
    "SegmentChanged",
    "SegmentError",
    "SegmentInUse",
    "TooManySegments",
    "audience_sql",
    "count_many",
    "count_rule",
    "delete_segment",
    "explain_contact",
    "is_broken",
    "require_valid",
    "sample_rule",
    "save_segment",
    "segments_holding",
    "segments_of_contact",
]
