"""Why a segment could not be saved or deleted."""

from __future__ import annotations


class SegmentError(Exception):
    """A refusal; nothing was changed."""


class SegmentChanged(SegmentError):
    """Somebody else saved the segment since it was opened."""


class SegmentInUse(SegmentError):
    """Something still needs the segment; `users` says what, for people."""

    def __init__(self, users: list[str]) -> None:
        super().__init__(", ".join(users))
        self.users = users


class TooManySegments(SegmentError):
    """The workspace holds as many segments as it may."""
