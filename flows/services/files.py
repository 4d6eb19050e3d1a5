"""Files that came with answers: kept under names of ours, removed when their session is gone."""

import functools
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet

from core.ids import uuid7
from core.queue import enqueue
from flows.models import FlowFile, FlowSession
from flows.sniffing import kind_of

SWEPT_AT_ONCE = 200
# Two tabs, or a form that is sent again because something else is missing.
TRIES_KEPT = 10


@transaction.atomic
def keep_file(*, session: FlowSession, block: str, file: UploadedFile) -> FlowFile:
    """Store a file. What kind it is is told by its first bytes; what the browser said of it proves nothing."""
    head = file.read(4_096)
    file.seek(0)
    path = f"flows/{session.workspace_id}/{uuid7()}"
    stored = default_storage.save(path, file)
    return FlowFile.objects.create(
        workspace_id=session.workspace_id, session=session, block=block[:64], name=plain_name(file.name or ""),
        size=file.size or 0, type=kind_of(head, file.name or ""), path=stored,
    )  # fmt: skip


def plain_name(name: str) -> str:
    """The name of a file as people may see it: no folders, no control or direction marks, at most 120 letters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in last if one.isprintable())
    return kept[-120:] or "file"


def let_go_of_tries(*, session: FlowSession, block: str) -> int:
    """Leave files that became no answer to the next sweep, but for the newest tries; how many.

    Otherwise one session could fill the disk with files that are refused. What the session's state names stays.
    """
    rows = FlowFile.objects.filter(session=session, block=block).order_by("-pk")
    tries = [row.pk for row in rows if str(row.public_id) not in session.state]
    return FlowFile.objects.filter(pk__in=tries[TRIES_KEPT:]).update(session=None)


def described(file: FlowFile) -> dict[str, Any]:
    """A file as the engine's answers have it."""
    return {"id": str(file.public_id), "name": file.name, "size": file.size, "type": file.type}


def sweep_files() -> int:
    """Remove files whose session is gone, erased with its person or forgotten; how many."""
    with transaction.atomic():
        rows = list(_left().select_for_update(of=("self",), skip_locked=True).order_by("pk")[:SWEPT_AT_ONCE])
        FlowFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for row in rows:
            transaction.on_commit(functools.partial(default_storage.delete, row.path))
    return len(rows)


def wake_sweeping() -> None:
    """Have it done where there is something to do; a tick job."""
    if _left().exists():
        enqueue("flows.sweep_files")


def _left() -> QuerySet[FlowFile]:
    return FlowFile.objects.filter(Q(session=None) | Q(session__state=""))
