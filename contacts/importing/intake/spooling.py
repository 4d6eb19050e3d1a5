"""Having a file turned into CSV by a child process that may cost only so much."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.importing.dialect import UnreadableFile
from contacts.importing.intake.kinds import JSON_LINES, PARQUET, SPREADSHEET

logger = logging.getLogger(__name__)

# A workbook is held in memory while it is read. Whoever has more has it as CSV too, which may be twenty times larger.
MAX_BYTES = {SPREADSHEET: 100 * 1024**2}
MAX_OTHER_BYTES = 1024**3
# The child's own minute, and what a busy machine adds. Somebody waits for the answer.
SECONDS = 90
ROOT = Path(__file__).resolve().parents[3]

SENTENCES: dict[str, Promise] = {
    "empty": _("The file is empty. Choose one that has a line for each person."),
    "sheet_empty": _("This sheet is empty. Choose another one."),
    "password": _("The file is protected by a password. Save it without one and choose it again."),
    "spreadsheet": _("This spreadsheet cannot be read. Open it, save it as CSV and choose that file."),
    "bomb": _("This file grows out of all measure when it is unpacked, so we did not open it. Save the list as CSV."),
    "columns": _("The file has more than 300 columns. Leave out those you do not need."),
    "json": _("This is not JSON Lines. Each line must be an object in curly brackets, one for each person."),
    "array": _("This JSON array is larger than 64 MB. Write one object on each line instead."),
    "parquet": _("This Parquet file cannot be read. Save the list as CSV and choose that file."),
    "no_parquet": _(
        "This server does not read Parquet files. Save the list as CSV, or ask whoever runs the server to install what"
        " requirements-parquet.txt names."
    ),
    "too_large": _("The file takes too much time or memory to unpack. Save it as CSV, which may be up to 2 GB."),
    "no_room": _("There is not enough room on the server for this file. Nothing was kept of it."),
}
_UNREADABLE = {SPREADSHEET: "spreadsheet", JSON_LINES: "json", PARQUET: "parquet"}


@dataclass
class Spool:
    """A file as CSV in UTF-8, and the sheets it was chosen from."""

    file: BinaryIO
    sheets: list[str]
    sheet: int


def spooled(file: BinaryIO, kind: str, sheet: int | None = None) -> Spool:
    """The file, which is of another kind than CSV, as CSV. Raises UnreadableFile with a sentence.

    Neither file has a name while the child works: whoever is killed, nothing stays behind.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MAX_BYTES.get(kind, MAX_OTHER_BYTES):
        raise UnreadableFile(str(SENTENCES["too_large"]))
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - handed on, or closed below
    try:
        with _with_descriptor(file) as source:
            told = _told(kind, source, target, sheet)
        if "problem" in told:
            raise UnreadableFile(str(SENTENCES[told["problem"]]))
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return Spool(target, told.get("sheets", []), told.get("sheet", 0))


def _with_descriptor(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    """The file itself where it is one of this machine; else a copy: uploads may be in memory, stored files far away."""
    try:
        file.fileno()
    except (OSError, AttributeError):
        copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
        file.seek(0)
        shutil.copyfileobj(file, copy, 1024**2)
    else:
        copy = file
    copy.flush()
    copy.seek(0)
    return copy if copy is not file else nullcontext(file)


def _told(kind: str, source: BinaryIO, target: BinaryIO, sheet: int | None) -> dict[str, Any]:
    """What the child says at its end; one that was ended by its limits says nothing."""
    files = (source.fileno(), target.fileno())
    arguments: Sequence[str] = [kind, *map(str, files), *([] if sheet is None else [str(sheet)])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "contacts.importing.intake.child", *arguments],
            cwd=ROOT,
            # It needs nothing of ours, and gets none of our secrets.
            env={
                "PATH": os.defpath,
                "LC_ALL": "C.UTF-8",
                "OMP_NUM_THREADS": "1",
                "TMPDIR": tempfile.gettempdir(),
            },
            pass_fds=files,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"problem": "too_large"}
    if done.returncode < 0:  # ended by a limit
        return {"problem": "too_large"}
    if done.returncode:
        logger.warning("intake_failed kind=%s error=%s", kind, done.stderr[-500:].decode("utf-8", "replace"))
        return {"problem": _UNREADABLE[kind]}
    return cast(dict[str, Any], json.loads(done.stdout))
