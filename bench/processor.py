"""Processor time of the database server, which tells more than the clock where neighbours share the machine."""

import os
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


def database_seconds() -> float:
    """CPU seconds, user and system, that all processes of the server have used so far; it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = _fields(cursor.fetchone()[0])[1]
    ticks = sum(_fields(server)[11:15])  # its own, and those of children that ended
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                fields = _fields(int(directory.name))
            except OSError:
                continue  # it ended meanwhile
            if fields[1] == server:
                ticks += sum(fields[11:13])
    return ticks / _TICKS


def process_seconds(pid: int) -> float:
    """CPU seconds, user and system, that one process has used so far."""
    return sum(_fields(pid)[11:13]) / _TICKS


def _fields(pid: int) -> list[int]:
    """The numbers behind the name in /proc/PID/stat: [1] the parent, [11:15] own and children's ticks (proc(5))."""
    behind = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [0, *map(int, behind[1:15])]
