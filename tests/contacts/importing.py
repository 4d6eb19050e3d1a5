"""Imports made in one line, for the tests of importing."""

from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Workspace
from contacts.importing.columns import Column
from contacts.models import Import
from contacts.services.imports import start_import
from contacts.services.running import run_import
from contacts.services.uploading import headings, upload_import


def uploaded(workspace: Workspace, content: bytes | str, name: str = "people.csv") -> Import:
    """A draft of this file."""
    raw = content.encode() if isinstance(content, str) else content
    return upload_import(workspace=workspace, file=ContentFile(raw, name=name))


def started(workspace: Workspace, content: bytes | str, targets: list[str], **options: Any) -> Import:
    """An import whose columns become `targets`, waiting for a worker."""
    import_ = uploaded(workspace, content)
    columns = [Column(heading, target) for heading, target in zip(headings(import_), targets, strict=True)]
    return start_import(import_=import_, columns=columns, options={"mode": "upsert", **options})


def imported(workspace: Workspace, content: bytes | str, targets: list[str], **options: Any) -> Import:
    """The same, run to its end."""
    import_ = started(workspace, content, targets, **options)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    return import_


def tally(import_: Import) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected; together they are the total."""
    counts = (import_.created, import_.updated, import_.unchanged, import_.rejected)
    assert sum(counts) == import_.total
    return counts
