"""Somebody says stop while messages leave: a pause, people who unsubscribe, a cancellation."""

import time

from consent.evidence import Proof, Source
from consent.services import withdraw_topic
from contacts.models import Contact
from delivery.models import Dispatch, Message
from delivery.services import cancel_dispatch, pause_dispatch, resume_dispatch
from delivery.watch import SECONDS_BETWEEN_LOOKS
from faults.people import Town, found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.world import CONNECTIONS, World, steadily

PEOPLE, LEAVERS = 5_000, 200
FEW_PEOPLE, FEW_LEAVERS = 700, 20
SECONDS = 300
# A message takes two of these at least, so that between two looks a connection can begin one more at most.
DELAY = SECONDS_BETWEEN_LOOKS
STILL_SECONDS = 2.0


def run(world: World, size: int | None) -> list[Result]:
    """After the commit no more leave than were in flight, or began between two looks a tenth of a second apart."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    leavers = min(FEW_LEAVERS if world.is_small else LEAVERS, people // 10)
    town, receiver = found_town("stop", people), world.receiver
    world.only(1)
    receiver.script.delay = DELAY
    watch, dispatch = Stopwatch(), town.launch()

    _wait_for(world, town, people // 5)
    pause_dispatch(dispatch=dispatch)
    late = {"after the pause": _late(world, town, dispatch, time.time())}
    resume_dispatch(dispatch=dispatch)

    _wait_for(world, town, people * 2 // 5)
    left = _unsubscribe(town, dispatch, leavers)
    # Whoever was next in turn has been reached by now.
    _wait_for(world, town, people * 7 // 10)
    cancel_dispatch(dispatch=dispatch)
    late["after the cancellation"] = _late(world, town, dispatch, time.time())
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    late["after leaving"] = sum(line.at > left.get(line.recipient, line.at) for line in receiver.since(0, town.domain))
    receiver.script.delay = 0
    result = compare("stop", [(town, dispatch, receiver)], watch=watch)
    in_flight = world.node().processes * CONNECTIONS
    result.seen = {"in flight": in_flight, "left": len(left), **late}
    bound = in_flight * 3
    result.problems += [f"{number} accepted {words}" for words, number in late.items() if number > bound]
    if not result.outcomes.get("cancelled"):
        result.problems.append("it was over before it was cancelled")
    if not result.outcomes.get("skipped"):
        result.problems.append("nobody left before their turn")
    return [result]


def _wait_for(world: World, town: Town, messages: int) -> None:
    world.wait(world.has_sent(town.domain, messages), f"{messages} had theirs", seconds=SECONDS)


def _late(world: World, town: Town, dispatch: Dispatch, moment: float) -> int:
    """How many were accepted after the moment, counted once nothing is on its way and some time passed."""
    in_hand = Message.objects.filter(dispatch=dispatch, status="sending")
    world.wait(lambda: not in_hand.exists(), "nothing was in flight", seconds=SECONDS)
    time.sleep(STILL_SECONDS / 4 if world.is_small else STILL_SECONDS)
    return len(world.receiver.since(moment, town.domain))


def _unsubscribe(town: Town, dispatch: Dispatch, people: int) -> dict[str, float]:
    """Let people leave who have had nothing yet, half of them already taken by a sender; returns when each had left."""
    waiting = Message.objects.filter(dispatch=dispatch).order_by("due_at", "id")

    def contacts(status: str) -> list[int]:
        return list(waiting.filter(status=status).values_list("contact", flat=True))

    # The waiting ones first: who leaves while a sender has them sends its batch to the end of the line.
    next_in_turn, taken = steadily(lambda: (contacts("pending"), contacts("sending")))
    chosen = [*next_in_turn[: people // 2], *taken[-(people // 2) :]]
    found = Contact.objects.select_related("workspace").in_bulk(chosen)
    left: dict[str, float] = {}
    for contact in (found[pk] for pk in chosen):
        withdraw_topic(contact=contact, topic=town.topic, proof=Proof(Source.PREFERENCES))
        left[contact.email] = time.time()
    return left
