"""SIGTERM and a new start, as each deploy does it: nothing is cut in two."""

from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import World

PEOPLE, DEPLOYS = 5_000, 20
FEW_PEOPLE, FEW_DEPLOYS = 600, 2
SECONDS = 600
DELAY = 0.1


def run(world: World, size: int | None) -> list[Result]:
    """Nothing is unknown, nobody twice, and a worker that was asked to stop does so in time."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    deploys = FEW_DEPLOYS if world.is_small else DEPLOYS
    town, receiver, slowest = found_town("deploy", people), world.receiver, 0.0
    world.only(1)
    node = world.node()
    receiver.script.delay = DELAY
    watch, dispatch, done = Stopwatch(), town.launch(), 0
    for number in range(deploys):
        mark = people * (number + 1) // (deploys + 2)
        world.wait(world.has_sent(town.domain, mark), f"{mark} had theirs", seconds=SECONDS)
        if is_done(dispatch):
            break
        slowest = max(slowest, node.stop())
        done += 1
        node.start()
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    receiver.script.delay = 0
    result = compare("deploy", [(town, dispatch, receiver)], watch=watch)
    result.seen = {"deploys": done, "slowest stop in seconds": round(slowest, 1)}
    if done < deploys:
        result.problems.append(f"{done} of {deploys} deploys: sending was over too soon")
    if slowest >= node.child.grace:
        result.problems.append(f"a worker had to be killed after {slowest:.0f} s")
    return [result]
