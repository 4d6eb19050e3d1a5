"""The disk that holds the journal is full, and later is not."""

import time

from delivery.models import Dispatch
from delivery.services import resume_dispatch
from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import World, steadily

PEOPLE, FEW_PEOPLE = 2_000, 200
SECONDS = 300
SECONDS_FULL = 90
FEW_SECONDS_FULL = 5
# No batch's room fits, while the line that opens a journal does.
NO_ROOM, ROOM = 8 * 1024, 2**30
DELAY = 0.01


def run(world: World, size: int | None) -> list[Result]:
    """Nothing is attempted without a journal, nobody is dropped, people are told, and all goes out later."""
    town, receiver = found_town("disk", size or (FEW_PEOPLE if world.is_small else PEOPLE)), world.receiver
    world.only(1)
    node = world.node()
    world.wait(lambda: len(node.senders()) == node.processes, "all senders ran", seconds=SECONDS)
    workers = [node.child.running_process.pid, *node.senders()]
    node.allow_files_of(NO_ROOM)
    watch, dispatch = Stopwatch(), town.launch()
    full_until = time.monotonic() + (FEW_SECONDS_FULL if world.is_small else SECONDS_FULL)
    world.wait(lambda: time.monotonic() > full_until, "the disk had been full long enough", seconds=SECONDS)
    early, words = len(receiver.copies(town.domain)), _words(dispatch, is_patient=world.is_small)
    survivors = set(workers) & {node.child.running_process.pid, *node.senders()}
    node.allow_files_of(ROOM)
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS, meanwhile=lambda: _resume(dispatch))
    result = compare("disk", [(town, dispatch, receiver)], watch=watch)
    result.seen = {"sent without a journal": early, "said": words or "nothing"}
    if early:
        result.problems.append(f"{early} were sent without a journal")
    if not words:
        result.problems.append("nobody was told")
    if len(survivors) < len(workers):
        result.problems.append("a full disk ended a worker")
    return [result]


def _words(dispatch: Dispatch, *, is_patient: bool) -> str:
    """What the campaign says. It pauses after a minute; before that it is noted that something is wrong."""

    def ask() -> str:
        row = Dispatch.objects.get(pk=dispatch.pk)
        return row.pause_reason or ("noted" if is_patient and row.trouble_since else "")

    return steadily(ask)


def _resume(dispatch: Dispatch) -> None:
    steadily(lambda: resume_dispatch(dispatch=dispatch))
