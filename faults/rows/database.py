"""PostgreSQL crashes and recovers while messages are sent: immediate shutdowns, which are no shutdowns at all."""

from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import CONNECTIONS, World

PEOPLE, CRASHES = 20_000, 5
FEW_PEOPLE, FEW_CRASHES = 800, 1
SECONDS = 600
DELAY = 0.01


def run(world: World, size: int | None) -> list[Result]:
    """Nobody twice, nothing marked as sent that was not accepted; unknown at most what was in flight."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    crashes = FEW_CRASHES if world.is_small else CRASHES
    town, receiver = found_town("database", people), world.receiver
    world.only(1)
    receiver.script.delay = DELAY
    watch, dispatch = Stopwatch(), town.launch()
    for number in range(crashes):
        mark = people * (number + 1) // (crashes + 2)
        world.wait(world.has_sent(town.domain, mark), f"{mark} had theirs", seconds=SECONDS)
        world.restart_database()
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    receiver.script.delay = 0
    # A sender outlives the crash and settles afterwards; one that gives up leaves its journal.
    bound = crashes * world.node().processes * CONNECTIONS
    result = compare("database", [(town, dispatch, receiver)], watch=watch, bound=bound)
    result.seen["crashes"] = crashes
    return [result]
