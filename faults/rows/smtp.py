"""The receiving server refuses, hangs and breaks off, at every stage of the conversation."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from delivery.models import Dispatch, Message
from delivery.services import resume_dispatch
from faults.people import Town, found_town
from faults.promises import EVERYBODY, Stopwatch, compare, is_done
from faults.receiver import Receiver
from faults.result import Result
from faults.world import World, steadily
from tests.smtp_server import Fault, Script

PEOPLE, FEW_PEOPLE = 200, 20
SECONDS = 400
PATIENCE_SECONDS = 2
# Before a message is named the whole server is at fault, for its first visitors; after that every tenth message.
FIRST_VISITORS, FEW_VISITORS = 6, 2
ONE_IN = 10


@dataclass(frozen=True)
class Cell:
    """A fault at a stage, and what becomes of the messages that meet it: "sent" later, a reason, or "unknown"."""

    stage: str
    action: str
    becomes: str
    text: str = ""

    @property
    def name(self) -> str:
        """Such as “RCPT 451” or “after dot hang”."""
        return f"{self.stage} {self.text[:3] or self.action}"


def _cells() -> list[Cell]:
    early = [
        Cell(stage, action, "sent")
        for stage in ("connect", "EHLO", "MAIL", "RCPT", "DATA")
        for action in ("hang", "reset")
    ]
    late = [Cell(stage, action, "unknown") for stage in ("dot", "after dot") for action in ("hang", "reset")]
    refused = [
        Cell("connect", "reply", "sent", "421 4.3.2 Not now"),
        Cell("EHLO", "reply", "sent", "421 4.3.2 Not now"),
        Cell("MAIL", "reply", "sent", "451 4.3.0 Try again"),
        Cell("RCPT", "reply", "sent", "451 4.3.0 Try again"),
        Cell("RCPT", "reply", "hard_bounce", "550 5.1.1 No such mailbox"),
        Cell("DATA", "reply", "sent", "451 4.3.0 Try again"),
        Cell("DATA", "reply", "refused", "554 5.0.0 Not this"),
        Cell("dot", "reply", "sent", "451 4.3.0 Try again"),
        Cell("dot", "reply", "refused", "554 5.0.0 Not this"),
    ]
    return [*early, *refused, *late]


class Meeting:
    """One cell with its server, its town and how many met the fault."""

    def __init__(self, world: World, cell: Cell, people: int) -> None:
        self.cell = cell
        self.met = 0
        self._visitors = FEW_VISITORS if world.is_small else FIRST_VISITORS
        patience = PATIENCE_SECONDS if cell.action == "hang" else 30
        script = Script(faults={cell.stage: Fault(cell.action, cell.text, self._is_due())})
        name = cell.name.replace(" ", "-").lower()
        self.receiver: Receiver = world.receive(f"smtp-{name}", script, patience=patience)
        self.town: Town = found_town("smtp", people, smtp_url=self.receiver.url_for())
        self.dispatch: Dispatch = self.town.launch()

    def _is_due(self) -> Callable[[int], bool]:
        is_before_messages = self.cell.stage in ("connect", "EHLO")

        def is_due(count: int) -> bool:
            due = count < self._visitors if is_before_messages else count % ONE_IN == ONE_IN // 2
            self.met += due
            return due

        return is_due

    def problems(self) -> list[str]:
        """What is not as the cell says."""
        rows = Message.objects.filter(dispatch=self.dispatch).values_list("status", "reason")
        found = Counter(steadily(lambda: list(rows)))
        reason = "no_reply" if self.cell.becomes == "unknown" else self.cell.becomes
        status = {"sent": "sent", "unknown": "unknown"}.get(self.cell.becomes, "failed")
        expected = Counter({("sent", ""): self.town.size})
        if status != "sent":
            expected = Counter({("sent", ""): self.town.size - self.met, (status, reason): self.met})
        wrong = [] if found == expected else [f"{self.cell.name}: {dict(found)}, {self.met} met it"]
        is_refused = status == "failed" or (status == "unknown" and self.cell.stage == "dot")
        accepted = self.town.size - (self.met if is_refused else 0)
        if len(self.receiver.copies(self.town.domain)) != accepted:
            wrong.append(f"{self.cell.name}: {len(self.receiver.copies(self.town.domain))} accepted, not {accepted}")
        return wrong if self.met else [f"{self.cell.name}: nobody met it"]


def run(world: World, size: int | None) -> list[Result]:
    """Each message in its right state, and only what met its fault after the final dot is unknown."""
    people = size or (FEW_PEOPLE if world.is_small else PEOPLE)
    world.only(1)
    watch = Stopwatch()
    meetings = [Meeting(world, cell, people) for cell in _cells()]
    dispatches = [meeting.dispatch for meeting in meetings]
    world.wait(lambda: is_done(*dispatches), EVERYBODY, seconds=SECONDS, meanwhile=lambda: _let_time_pass(dispatches))
    bound = sum(meeting.met for meeting in meetings if meeting.cell.becomes == "unknown")
    towns = [(meeting.town, meeting.dispatch, meeting.receiver) for meeting in meetings]
    result = compare("smtp", towns, watch=watch, bound=bound)
    result.seen = {"faults": len(meetings), "met": sum(meeting.met for meeting in meetings)}
    for meeting in meetings:
        result.problems += meeting.problems()
    return [result]


def _let_time_pass(dispatches: list[Dispatch]) -> None:
    """Make what was put off due, and have somebody resume what was paused: the minutes in between show nothing."""
    keys = [dispatch.pk for dispatch in dispatches]

    def bring_forward() -> None:
        moment = timezone.now()
        Message.objects.filter(dispatch__in=keys, status="pending", due_at__gt=moment).update(due_at=moment)
        for dispatch in Dispatch.objects.filter(id__in=keys, status="paused"):
            resume_dispatch(dispatch=dispatch)

    steadily(bring_forward)
