"""The broker dies and forgets everything it carried; only beat's own tick wakes anybody."""

import time

from delivery.models import Dispatch
from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import World

PEOPLE, DEATHS = 5_000, 5
FEW_PEOPLE, FEW_DEATHS = 600, 1
SECONDS_TO_GO_ON = 60
SECONDS = 600
DELAY = 0.02


def run(world: World, size: int | None) -> list[Result]:
    """Nothing lost or doubled, and sending goes on within a minute of each death."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    deaths = FEW_DEATHS if world.is_small else DEATHS
    town, receiver = found_town("broker", people), world.receiver
    world.only(1, beats=1)
    receiver.script.delay = DELAY
    watch, dispatch, slowest = Stopwatch(), town.launch(), 0.0
    for number in range(deaths):
        mark = people * (number + 1) // (deaths + 2)
        world.wait(world.has_sent(town.domain, mark), f"{mark} had theirs", seconds=SECONDS, is_ticking=False)
        slowest = max(slowest, _kill_and_wait(world, dispatch))
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS, is_ticking=False)
    receiver.script.delay = 0
    result = compare("broker", [(town, dispatch, receiver)], watch=watch)
    result.seen = {"deaths": deaths, "seconds until it went on": round(slowest, 1)}
    if slowest > SECONDS_TO_GO_ON:
        result.problems.append(f"it stood still for {slowest:.0f} s")
    return [result]


def _kill_and_wait(world: World, dispatch: Dispatch) -> float:
    """Seconds until a task was run that was put into the new broker: workers finish what they hold without one."""
    world.empty_broker()
    began = time.monotonic()
    before = _last_tick()
    world.wait(
        lambda: _last_tick() != before, "a tick ran with the new broker", seconds=4 * SECONDS_TO_GO_ON, is_ticking=False
    )
    return time.monotonic() - began


def _last_tick() -> object:
    from core.models import Heartbeat

    return Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
