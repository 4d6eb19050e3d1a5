"""The process that turns one file into CSV: `python -m contacts.importing.intake.child KIND SOURCE TARGET [SHEET]`.

SOURCE and TARGET are numbers of open files that nobody else can name, so nothing stays behind when either process is
killed. The last line it prints is JSON: what the format tells, or `{"problem": code}`.
"""

import errno
import importlib
import json
import resource
import sys
from collections.abc import Sequence
from typing import Any

from contacts.importing.intake.cells import Unreadable
from contacts.importing.intake.kinds import JSON_LINES, PARQUET, SPREADSHEET

CPU_SECONDS = 60
# Address space, not memory in use: pyarrow's allocator alone reserves a gigabyte.
MAX_MEMORY = {SPREADSHEET: 2 * 1024**3, JSON_LINES: 1024**3, PARQUET: 4 * 1024**3}
MAX_TARGET = 4 * 1024**3
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Turn the file; returns what is printed."""
    kind, source, target, *sheet = arguments
    _limit(kind)
    convert = importlib.import_module(f"contacts.importing.intake.{kind}").convert
    try:
        with open(int(target), "w", encoding="utf-8", errors="replace", newline="", closefd=False) as file:
            told: dict[str, Any] = convert(f"/dev/fd/{source}", file, int(sheet[0]) if sheet else None)
    except Unreadable as problem:
        return {"problem": problem.code}
    except MemoryError:
        return {"problem": "too_large"}
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        return {"problem": "no_room"}
    return told


def _limit(kind: str) -> None:
    """What the file may cost at most; the kernel ends us beyond it."""
    _lower(resource.RLIMIT_CPU, CPU_SECONDS)
    _lower(resource.RLIMIT_AS, MAX_MEMORY[kind])
    _lower(resource.RLIMIT_FSIZE, MAX_TARGET)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(which: int, limit: int) -> None:
    """Systems that do not know one of the limits (macOS: address space) go without it."""
    _soft, hard = resource.getrlimit(which)
    wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(which, (wanted, hard))
    except (ValueError, OSError):
        return


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])) + "\n")
