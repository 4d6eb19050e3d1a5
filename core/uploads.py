"""Who may send files, and how large a request may be: every form is read before its view is asked."""

import errno
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, StopUpload, TemporaryFileUploadHandler

# The largest import, and the other fields of its form.
LARGEST_REQUEST = 2 * 1024**3 + 1024**2


class KnownPeopleOnly(FileUploadHandler):
    """Stands before Django's handlers and takes files from signed-in people and API keys only.

    No page for visitors takes a file. Without this, anybody could fill the disk by sending one to the sign-in form.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_more: Any, **_named: Any) -> None:
        """Raise RequestDataTooBig for more than an import may be, before anything is read."""
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig("The request is larger than any file that is taken.")

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Stop reading at a visitor's first file; the fields before it are kept."""
        user = getattr(self.request, "user", None)
        if getattr(user, "is_authenticated", False) or getattr(self.request, "auth", None):
            return
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand everything on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers behind."""


class FilesOnDisk(TemporaryFileUploadHandler):
    """Django's files in the folder for temporary ones. A full disk is no error: the view says it, `has_no_room`."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next part. Stops reading where there is no room, and keeps nothing of the file."""
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
            self.request.has_no_room = True  # type: ignore[union-attr]
            self.file.close()
            raise StopUpload(connection_reset=True) from error


def has_no_room(request: Any) -> bool:
    """True when a file of this request was given up because the disk is full."""
    return getattr(request, "has_no_room", False)
