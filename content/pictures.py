"""Pictures a workspace uses in its messages: files in the storage, under names nobody can guess."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from content.images import MAX_BYTES, NotAPicture, inspect
from core.ids import uuid7
from core.limits import is_over_limit

SHOWN = 24
MOST = 2_000
UPLOADS_AN_HOUR = 200

_OURS = re.compile(r"[0-9a-f-]{36}\.(?:png|jpg|gif|webp)")


class Upload(Protocol):
    """A file that somebody sent."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One stored picture: its address for pages here, and the full one for messages."""

    url: str
    address: str


def receive_picture(*, workspace: Workspace, upload: Upload | None) -> tuple[Picture | None, str]:
    """Store what a form of a page sent; what was stored, or a sentence that says why nothing was.

    Messages and flows count together against one limit.
    """
    if upload is None:
        return None, _("Choose a picture first.")
    if is_over_limit("picture", str(workspace.pk), limit=UPLOADS_AN_HOUR, seconds=3600):
        return None, _("Too many pictures in one hour. Nothing was stored; try again later.")
    try:
        return save_picture(workspace=workspace, upload=upload), ""
    except NotAPicture as refusal:
        return None, str(refusal)


def save_picture(*, workspace: Workspace, upload: Upload) -> Picture:
    """Store a picture after looking at what it really is.

    Raises NotAPicture when it is no picture mail programs show, too large, or the workspace has too many.
    """
    data = upload.read(MAX_BYTES + 1)
    info = inspect(data)
    if len(_names(workspace)) >= MOST:
        raise NotAPicture(_("There are 2,000 pictures already. Ask whoever runs this server to make room."))
    # The name begins with the time, so that the newest sort last; its random part cannot be guessed.
    name = default_storage.save(path_of(workspace.public_id, f"{uuid7()}.{info.extension}"), ContentFile(data))
    return _picture(workspace, name.rpartition("/")[2])


def newest_pictures(workspace: Workspace) -> list[Picture]:
    """Return the newest pictures of a workspace, newest first."""
    return [_picture(workspace, name) for name in sorted(_names(workspace), reverse=True)[:SHOWN]]


def path_of(folder: uuid.UUID, name: str) -> str:
    """Return where a picture lies in the storage; `folder` is the public id of its workspace."""
    return f"pictures/{folder}/{name}"


def _names(workspace: Workspace) -> list[str]:
    try:
        _folders, names = default_storage.listdir(f"pictures/{workspace.public_id}")
    except FileNotFoundError:
        return []
    return [name for name in names if _OURS.fullmatch(name)]


def _picture(workspace: Workspace, file_name: str) -> Picture:
    name, _dot, extension = file_name.rpartition(".")
    url = reverse("pictures:picture", args=[workspace.public_id, name, extension])
    return Picture(url=url, address=f"{settings.BASE_URL}{url}")
