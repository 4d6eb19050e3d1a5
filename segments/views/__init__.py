"""Pages of segments."""

from segments.views.building import create, detail
from segments.views.listing import contact_panel, delete, discard, duplicate, index, start
from segments.views.looking import check, overlap, preview
from segments.views.versions import changes, history, restore

__all__ = [
    "changes",
    "check",
    "contact_panel",
    "create",
    "delete",
    "detail",
    "discard",
    "duplicate",
    "history",
    "index",
    "overlap",
    "preview",
    "restore",
    "start",
]
