"""Segments, lists, and who is and was in them."""

from segments.models.drafts import SegmentDraft
from segments.models.lists import ListMember, StaticList
from segments.models.membership import ContactTouch, Following, MemberChange, SegmentMember, Watch
from segments.models.profiles import Profile
from segments.models.rules import Segment, SegmentSize, SegmentVersion

__all__ = [
    "ContactTouch",
    "Following",
    "ListMember",
    "MemberChange",
    "Profile",
    "Segment",
    "SegmentDraft",
    "SegmentMember",
    "SegmentSize",
    "SegmentVersion",
    "StaticList",
    "Watch",
]
