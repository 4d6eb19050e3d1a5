"""Several things break at once, on two nodes: what each of them leaves behind meets what the next one does."""

import random
import time
from collections.abc import Callable

from consent.evidence import Proof, Source
from consent.services import withdraw_topic
from contacts.models import Contact
from delivery.models import Dispatch, Message
from delivery.services import cancel_dispatch, pause_dispatch, resume_dispatch
from faults.people import Town, found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.result import Result
from faults.rows.disk import NO_ROOM, ROOM
from faults.world import CONNECTIONS, World, steadily

PEOPLE, ROUNDS = 12_000, 6
FEW_PEOPLE, FEW_ROUNDS = 900, 1
NODES = 2
SECONDS = 600
DELAY = 0.02


class Storm:
    """The trouble, one kind after the other, and how many processes died of it."""

    def __init__(self, world: World, town: Town, dispatch: Dispatch) -> None:
        self.world = world
        self.town = town
        self.dispatch = dispatch
        self.nodes = [world.node(number) for number in range(NODES)]
        self.killed = self.crashes = 0
        self.left: dict[str, float] = {}
        self._chooser = random.Random(11)

    @property
    def kinds(self) -> list[Callable[[], None]]:
        """Everything that breaks in a round."""
        return [self.full_disk, self.database_and_senders, self.pause, self.leavers]

    def kill_one_each(self) -> None:
        """kill -9 of a sending process on every node."""
        self.killed += sum(node.kill_one(self._chooser) for node in self.nodes)

    def full_disk(self) -> None:
        """A sender dies while there is no room for its node's journals."""
        node = self.nodes[0]
        node.allow_files_of(NO_ROOM)
        self.killed += node.kill_one(self._chooser)
        time.sleep(0.5)
        node.allow_files_of(ROOM)

    def database_and_senders(self) -> None:
        """Senders die while the database is away, and the database with its senders in the middle of a batch."""
        self.world.restart_database(meanwhile=self.kill_one_each)
        self.crashes += 1

    def pause(self) -> None:
        """A pause whose batch is never given back, and the resumption right after."""
        steadily(lambda: pause_dispatch(dispatch=self.dispatch))
        self.kill_one_each()
        steadily(lambda: resume_dispatch(dispatch=self.dispatch))

    def leavers(self) -> None:
        """People of a batch in hand and of the next ones leave, and their sender dies."""
        rows = Message.objects.filter(dispatch=self.dispatch, status__in=["pending", "sending"]).order_by("-status")
        chosen = steadily(lambda: list(rows.values_list("contact", flat=True)[:5]))
        for contact in steadily(lambda: list(Contact.objects.select_related("workspace").filter(id__in=chosen))):
            withdraw_topic(contact=contact, topic=self.town.topic, proof=Proof(Source.PREFERENCES))
            self.left[contact.email] = time.time()
        self.kill_one_each()


def run(world: World, size: int | None) -> list[Result]:
    """Nobody twice, nobody forgotten, nobody after their no; unknown are at most the messages that were in flight."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    town, receiver = found_town("together", people), world.receiver
    world.only(NODES)
    receiver.script.delay = DELAY
    watch, dispatch = Stopwatch(), town.launch()
    storm = Storm(world, town, dispatch)
    troubles = storm.kinds * (FEW_ROUNDS if world.is_small else ROUNDS)
    for number, trouble in enumerate(troubles, start=1):
        mark = people * number // (len(troubles) + 3)
        world.wait(world.has_sent(town.domain, mark), f"{mark} had theirs", seconds=SECONDS)
        trouble()
    mark = people * (len(troubles) + 1) // (len(troubles) + 3)
    world.wait(world.has_sent(town.domain, mark), f"{mark} had theirs", seconds=SECONDS)
    steadily(lambda: cancel_dispatch(dispatch=dispatch))
    storm.kill_one_each()
    world.wait(lambda: is_done(dispatch), EVERYBODY, seconds=SECONDS)
    receiver.script.delay = 0
    return [_judged(storm, watch)]


def _judged(storm: Storm, watch: Stopwatch) -> Result:
    town, receiver = storm.town, storm.world.receiver
    # A sender outlives a crash of the database and settles afterwards; one that gives up leaves its journal.
    in_flight = sum(node.processes for node in storm.nodes) * CONNECTIONS
    bound = storm.killed * CONNECTIONS + storm.crashes * in_flight
    result = compare("together", [(town, storm.dispatch, receiver)], watch=watch, bound=bound)
    late = sum(line.at > storm.left.get(line.recipient, line.at) for line in receiver.since(0, town.domain))
    result.seen = {"kills": storm.killed, "crashes": storm.crashes, "left": len(storm.left), "after leaving": late}
    if late > in_flight:
        result.problems.append(f"{late} accepted after they had left")
    if not result.outcomes.get("cancelled"):
        result.problems.append("it was over before it was cancelled")
    return result
