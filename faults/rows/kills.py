"""kill -9 of a random sender, again and again, while it sends; and once of a whole worker with all its processes."""

import random

from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import CONNECTIONS, World

PEOPLE, KILLS = 20_000, 200
FEW_PEOPLE, FEW_KILLS = 800, 8
SECONDS = 600
# Two round trips for a message: slow enough that a kill meets messages in flight on every connection.
DELAY = 0.01


def run(world: World, size: int | None) -> list[Result]:
    """Nobody twice, nobody forgotten; unknown are at most the messages in flight at each kill."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    kills = FEW_KILLS if world.is_small else min(KILLS, people // 100)
    town, receiver, chooser = found_town("kills", people), world.receiver, random.Random(7)
    world.only(1)
    node = world.node()
    receiver.script.delay = DELAY
    watch, dispatch, killed = Stopwatch(), town.launch(), 0
    begun = len(receiver.log)

    def kill_at_even_distances() -> None:
        nonlocal killed
        progress = len(receiver.log) - begun
        if killed < kills and progress > people * (killed + 1) // (kills + 2):
            killed += node.kill_one(chooser)

    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS, meanwhile=kill_at_even_distances)
    receiver.script.delay = 0
    result = compare("kills", [(town, dispatch, receiver)], watch=watch, bound=killed * CONNECTIONS)
    result.seen["kills"] = killed
    if killed < kills // 2:
        result.problems.append(f"{killed} kills only: sending was over too soon")
    return [result, _kill_everything(world, people // 4)]


def _kill_everything(world: World, people: int) -> Result:
    """The worker and all its processes at once; it starts again after that."""
    town, receiver, node = found_town("worker", people), world.receiver, world.node()
    receiver.script.delay = DELAY
    watch, dispatch = Stopwatch(), town.launch()
    world.wait(world.has_sent(town.domain, people // 4), "a quarter had theirs", seconds=SECONDS)
    node.kill()
    node.start()
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    receiver.script.delay = 0
    bound = node.processes * CONNECTIONS
    return compare("kills, whole worker", [(town, dispatch, receiver)], watch=watch, bound=bound)
