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


class ListInUse(SegmentInUse):
    """A segment still asks for the list; `users` names it."""


class ListIsFrozen(SegmentError):
    """A snapshot shows one moment: nobody is added to it or taken off."""


class TooManyLists(SegmentError):
    """The workspace holds as many lists as it may."""
