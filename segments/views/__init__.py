"""Pages of segments."""

from segments.views.building import create, detail
from segments.views.comings import comings
from segments.views.listing import contact_panel, delete, discard, duplicate, index, start
from segments.views.lists import (
    add_people,
    all_lists,
    delete_list,
    freeze,
    new_list,
    one_list,
    put_on_list,
    remove_people,
    write_to_list,
)
from segments.views.looking import check, overlap, preview
from segments.views.versions import changes, history, restore

__all__ = [
    "add_people",
    "all_lists",
    "changes",
    "check",
    "comings",
    "contact_panel",
    "create",
    "delete",
    "delete_list",
    "detail",
    "discard",
    "duplicate",
    "freeze",
    "history",
    "index",
    "new_list",
    "one_list",
    "overlap",
    "preview",
    "put_on_list",
    "remove_people",
    "restore",
    "start",
    "write_to_list",
]
