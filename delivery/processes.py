"""Which processes can send, on which machines, and what each did in the last minute.

The program that starts such processes notes every few seconds which of them live; each of them notes now and then
what it did. So nothing is written per message, and a process without work costs nothing but its line.
"""

import datetime as dt
import logging
import os
import socket
import time
from collections import deque
from collections.abc import Collection
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection, transaction

from core.clock import now
from delivery.models import SendingProcess

logger = logging.getLogger(__name__)

ALIVE_EVERY_SECONDS = 15.0
TOLD_EVERY_SECONDS = 5.0
MINUTE = 60.0
# After three beats that nobody heard of it counts as gone; what never said goodbye is shown for an hour.
GONE_AFTER = dt.timedelta(seconds=50)
FORGOTTEN_AFTER = dt.timedelta(hours=1)
# For how long after its last batch a process counts as being at it.
AT_IT = dt.timedelta(seconds=12)

ALIVE = """
INSERT INTO delivery_sendingprocess (worker, machine, pid, sends_campaigns, started_at, seen_at)
SELECT %(worker)s, %(machine)s, pid, %(campaigns)s, %(now)s, %(now)s FROM unnest(%(pids)s::int[]) AS pid
ON CONFLICT (worker, pid) DO UPDATE SET seen_at = excluded.seen_at
"""


def machine_name() -> str:
    """What this machine is called, as far as it knows."""
    return socket.gethostname()[:100]


@transaction.atomic
def note_alive(*, worker: str, pids: Collection[int], sends_campaigns: bool) -> None:
    """Note that the processes `pids` of the program `worker` live, and that others of its processes do not.

    Rows that nobody has renewed for an hour go: their program was killed, or its machine is away for good.
    """
    moment = now()
    values: dict[str, Any] = {
        "worker": worker[:200],
        "machine": machine_name(),
        "pids": list(pids),
        "campaigns": sends_campaigns,
        "now": moment,
    }
    with connection.cursor() as cursor:
        cursor.execute(ALIVE, values)
    SendingProcess.objects.filter(worker=worker[:200]).exclude(pid__in=list(pids)).delete()
    SendingProcess.objects.filter(seen_at__lt=moment - FORGOTTEN_AFTER).delete()


def note_gone(*, worker: str) -> None:
    """Take away the rows of a program that ends."""
    SendingProcess.objects.filter(worker=worker[:200]).delete()


class Diary:
    """What this process sent in the last minute, told to its row every few seconds while there is something to do.

    What it settled after telling last is told with the next batch; a row that nobody has opened yet stays closed.
    """

    def __init__(self) -> None:
        self._done: deque[tuple[float, int]] = deque()
        self._told_at = -TOLD_EVERY_SECONDS

    def note(self, settled: int, dispatch: int | None) -> None:
        """Count messages of a batch, of a campaign or (None) single ones. Never raises for want of a database."""
        moment = time.monotonic()
        self._done.append((moment, settled))
        while self._done and self._done[0][0] < moment - MINUTE:
            self._done.popleft()
        if moment - self._told_at < TOLD_EVERY_SECONDS:
            return
        self._told_at = moment
        row = SendingProcess.objects.filter(machine=machine_name(), pid=os.getpid())
        try:
            row.update(
                worked_at=now(), settled_last_minute=sum(number for _at, number in self._done), dispatch=dispatch
            )
        except DatabaseError as error:
            # It is about pictures for people; whoever settles messages meets the same trouble and deals with it.
            logger.warning("diary_not_told error=%s", type(error).__name__)
