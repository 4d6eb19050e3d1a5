"""Remembering what people chose for the columns of a file, so that nobody chooses again for the next one like it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Workspace
from contacts.importing.columns import Column
from contacts.models import Attribute, Import, ImportLayout
from core.clock import now

# Single headings are looked for in this many files of before.
LOOKED_AT = 30
REMEMBERED_OPTIONS = ("mode", "region", "match_by")


@dataclass(frozen=True)
class Remembered:
    """What was chosen before: by heading, and for a file with exactly these headings also how it was taken in."""

    columns: dict[str, Column] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    is_same_file: bool = False


def remember_layout(*, import_: Import, columns: Sequence[Column], options: Mapping[str, Any]) -> None:
    """Keep the choices of a started import. Files without headings say nothing about the next one."""
    if not import_.dialect.get("has_header", True):
        return
    ImportLayout.objects.update_or_create(
        workspace=import_.workspace,
        headings=_digest([column.heading for column in columns]),
        defaults={
            "columns": [column.as_json() for column in columns],
            "options": {name: options[name] for name in REMEMBERED_OPTIONS if options.get(name)},
            "used_at": now(),
        },
    )


def recall_layout(workspace: Workspace, headings: Sequence[str]) -> Remembered:
    """What was chosen for these headings: in a file with all of them, else for each one in the latest file it was in.

    From other files only what became something is taken: that a column was left out there says little here.
    """
    latest = list(ImportLayout.objects.in_workspace(workspace).latest_first()[:LOOKED_AT])
    digest = _digest(headings)
    same = next((layout for layout in latest if layout.headings == digest), None) or (
        ImportLayout.objects.in_workspace(workspace).filter(headings=digest).first()
    )
    if same is not None:
        return Remembered({column.heading: column for column in _columns(same)}, same.options, is_same_file=True)
    found: dict[str, Column] = {}
    targets: set[str] = set()
    for layout in latest:
        for column in _columns(layout):
            is_wanted = column.heading in headings and column.heading not in found
            if is_wanted and column.target and column.target not in targets:
                found[column.heading] = column
                targets.add(column.target)
    return Remembered(found)


def _columns(layout: ImportLayout) -> list[Column]:
    return [Column.from_json(stored) for stored in layout.columns]


def _digest(headings: Sequence[str]) -> str:
    """The same for the same set of headings, in whatever order."""
    return hashlib.sha256("\x1f".join(sorted(headings)).encode()).hexdigest()


def suggestions_from(workspace: Workspace) -> dict[str, str]:
    """Labels and keys of the workspace's attributes, by which headings are recognised, to keys."""
    pairs = Attribute.objects.in_workspace(workspace).values_list("label", "key")
    return {name: key for label, key in pairs for name in (label, key)}
