"""Two worker nodes share one campaign; one dies, and comes back after the other gave up what it held."""

import datetime as dt
from uuid import UUID

from celery import current_app
from django.utils import timezone

from delivery.models import Dispatch, Message
from faults.people import found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import CONNECTIONS, World, steadily

PEOPLE, FEW_PEOPLE = 5_000, 600
SECONDS = 300
DELAY = 0.01


def run(world: World, size: int | None) -> list[Result]:
    """Both send a part, nobody twice; what the dead one held is given up after its lease, and settled on its return."""
    town = found_town("nodes", size or (FEW_PEOPLE if world.is_small else PEOPLE))
    world.only(2)
    receiver, dead = world.receiver, world.node(1)
    receiver.script.delay = DELAY
    # On a busy machine one node would be done before the other one is there.
    world.wait(lambda: len(current_app.control.ping(timeout=1.0) or ()) >= 2, "both nodes answered", seconds=SECONDS)
    watch, dispatch = Stopwatch(), town.launch()
    world.wait(
        lambda: _has_sent(world, dead.name, town.domain, town.size // 8),
        "an eighth left through the one that dies",
        seconds=SECONDS,
    )
    dead.kill()
    away = dead.journals.rename(dead.journals.with_name("away"))
    owners = [UUID(path.stem) for path in away.iterdir()]
    world.wait(lambda: _count(dispatch, "pending") == 0, "nothing waited", seconds=SECONDS)
    world.wait(lambda: _left_by_others(dispatch, owners) == 0, "the other had settled its own", seconds=SECONDS)
    held, early = _count(dispatch, "sending"), _count(dispatch, "unknown")
    _end_leases(dispatch, owners)
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    given_up = _count(dispatch, "unknown")

    names = [path.name for path in away.iterdir()]
    away.rename(dead.journals)
    dead.start()
    world.wait(
        lambda: not any((dead.journals / name).exists() for name in names),
        "it had settled its journals",
        seconds=SECONDS,
    )
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    receiver.script.delay = 0
    result = compare("nodes", [(town, dispatch, receiver)], watch=watch, bound=held)
    ambiguous = steadily(lambda: Message.objects.filter(dispatch=dispatch, reason="owner_lost").count())
    shares = {node.name: _sent_by(world, node.name, town.domain) for node in world.nodes[:2]}
    result.seen = {**shares, "held by the dead": held, "given up": given_up, "unknown with its journal": ambiguous}
    if not all(shares.values()):
        result.problems.append("one node sent everything")
    if early or given_up != held:
        result.problems.append(f"{early} given up within the lease, {given_up} of {held} after it")
    if ambiguous > dead.processes * CONNECTIONS:
        result.problems.append(f"the journal came back and left {ambiguous} unknown")
    return [result]


def _count(dispatch: Dispatch, *states: str) -> int:
    return steadily(lambda: Message.objects.filter(dispatch=dispatch, status__in=states).count())


def _sent_by(world: World, node: str, domain: str) -> int:
    return sum(line.client == node for line in world.receiver.since(0, domain))


def _has_sent(world: World, node: str, domain: str, messages: int) -> bool:
    return _sent_by(world, node, domain) >= messages


def _left_by_others(dispatch: Dispatch, dead: list[UUID]) -> int:
    """Open messages but those that the dead node held."""
    still_open = Message.objects.filter(dispatch=dispatch, status__in=Message.OPEN)
    return steadily(lambda: still_open.exclude(owner__in=dead, status="sending").count())


def _end_leases(dispatch: Dispatch, owners: list[UUID]) -> None:
    """Let the quarter of an hour pass that a lease lasts."""
    past = timezone.now() - dt.timedelta(seconds=1)
    held = Message.objects.filter(dispatch=dispatch, status="sending", owner__in=owners)
    steadily(lambda: held.update(lease_until=past))
