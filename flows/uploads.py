"""Files in the forms of visitors: taken only where a question asks for them, and only as large as it allows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from core.uploads import FilesOnDisk
from flows.engine.state import State
from flows.models import FlowFile, FlowSession
from flows.pages.blocks import PREFIX
from flows.services.files import described, keep_file, let_go_of_tries

MEGABYTE = 10**6
# What the other fields of the form and the lines between the parts may take.
AROUND = 2 * MEGABYTE
Block = Mapping[str, Any]


class AskedFilesOnly(FileUploadHandler):
    """Stands before the handler that stores: refuses a request that is larger than its questions allow at once, and
    stops reading one that does not say how large it is.
    """

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.seen = most, 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_more: Any, **_named: Any) -> None:
        """Raise RequestDataTooBig before anything is read."""
        if content_length > self.most:
            raise RequestDataTooBig("The files are larger than the question allows.")

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Stop at a visitor's first file where no question asks for one; the fields before it are kept."""
        if not self.most:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand everything on until it is too much."""
        self.seen += len(raw_data)
        if self.seen > self.most:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handler behind."""


def allow_files(request: HttpRequest, blocks: Sequence[Block]) -> None:
    """Let a request bring what these questions ask for. To be called before its form is read."""
    asked = [one for one in blocks if one["type"] == "file_upload"]
    most = sum(int(Decimal(one.get("max_size_mb", 10)) * MEGABYTE) * int(one.get("max_files", 1)) for one in asked)
    if asked and not hasattr(request, "_files"):  # else its form was read before, under the same rule
        request.upload_handlers = [AskedFilesOnly(request, most + AROUND), FilesOnDisk(request)]


def keep_files(
    request: HttpRequest, session: FlowSession, blocks: Sequence[Block], state: State | None
) -> dict[str, list[dict[str, Any]]]:
    """Store what was sent for these questions; the answers by key, those that stay from before included."""
    answers = {}
    for block in blocks:
        if block["type"] == "file_upload":
            key = str(block["key"])
            let_go_of_tries(session=session, block=key)
            found = [*_staying(request, session, key), *_arriving(request, session, block)]
            if found:
                answers[key] = found
    return answers


def _staying(request: HttpRequest, session: FlowSession, key: str) -> list[dict[str, Any]]:
    """Files of this session that the visitor did not take away again."""
    wished = set(request.POST.getlist(f"{PREFIX}{key}.keep")[:50])
    rows = FlowFile.objects.filter(session=session, block=key).order_by("pk") if wished else []
    return [described(row) for row in rows if str(row.public_id) in wished]


def _arriving(request: HttpRequest, session: FlowSession, block: Block) -> list[dict[str, Any]]:
    """New files. One that is larger than allowed is named, so that it can be refused, but not kept."""
    limit = int(Decimal(block.get("max_size_mb", 10)) * MEGABYTE)
    found = []
    for file in request.FILES.getlist(f"{PREFIX}{block['key']}")[: int(block.get("max_files", 1)) + 1]:
        if (file.size or 0) > limit:
            found.append({"id": "", "name": file.name or "", "size": file.size, "type": file.content_type or ""})
        elif file.size:
            found.append(described(keep_file(session=session, block=str(block["key"]), file=file)))
    return found
