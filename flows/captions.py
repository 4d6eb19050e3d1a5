"""Captions of videos: WebVTT files in the storage, under names nobody can guess.

A browser takes captions only from the site of the page, so they cannot lie where the video lies.
"""

import uuid
from typing import Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from core.ids import uuid7

# Three hours of talk are some 300 KB.
MAX_BYTES = 1_000_000
MOST = 2_000
_FIRST_LINE = "WEBVTT"


class NotCaptions(ValueError):
    """The file holds no captions, or there is no room; the text says which."""


class Upload(Protocol):
    """A file that somebody sent."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes."""


def save_captions(*, workspace: Workspace, upload: Upload) -> str:
    """Store captions after looking whether they are any (W3C WebVTT 1, 4.1), and return their address.

    Raises NotCaptions.
    """
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotCaptions(_("The file is larger than 1 MB. Captions are text only; nothing was stored."))
    if not _is_webvtt(data):
        raise NotCaptions(
            _("These are no captions of the kind WebVTT, whose first line is WEBVTT. Nothing was stored.")
        )
    if _count(workspace) >= MOST:
        raise NotCaptions(_("There are 2,000 files of captions already. Ask whoever runs this server to make room."))
    name = default_storage.save(path_of(workspace.public_id, uuid7()), ContentFile(data))
    return reverse("flow:captions", args=[workspace.public_id, name.rpartition("/")[2].removesuffix(".vtt")])


def path_of(folder: uuid.UUID, name: uuid.UUID) -> str:
    """Where captions lie in the storage; `folder` is the public id of their workspace."""
    return f"captions/{folder}/{name}.vtt"


def _is_webvtt(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    after = text.removeprefix(_FIRST_LINE)
    return after != text and (not after or after[0] in " \t\r\n") and "-->" in after


def _count(workspace: Workspace) -> int:
    try:
        return len(default_storage.listdir(f"captions/{workspace.public_id}")[1])
    except FileNotFoundError:
        return 0
