"""send: a campaign of personal messages with tracked links, from claim to accepted, beside Postfix's smtp-source."""

from bench import mailing
from bench.figure import Figure
from bench.world import Bench
from core.clock import now
from delivery.assembly import assemble
from delivery.loading import load_batch
from delivery.models import Dispatch, Message
from delivery.pipeline import Library, sift, write_letter
from stack.children import sending_processes

RECIPIENTS = 200_000
# So many of those who are asked may be written to, with what `bench.consents` lets them say.
SHARE = 0.62
SAMPLE = 100


def run(bench: Bench) -> list[Figure]:
    """Messages a second of as many sender processes as `make run` starts.

    The ratio is to smtp-source with as many sessions and bytes.
    """
    world = mailing.have_mailing(bench)
    people = min(bench.rows, int(RECIPIENTS / SHARE))
    processes = sending_processes()
    with mailing.receiving_server() as (port, sink):
        dispatch, _seconds = world.launch(people)
        size = message_size(dispatch)
        sent = mailing.send(dispatch, processes=processes, port=port, sink=sink)
        sessions = processes * mailing.CONNECTIONS
        source = mailing.source_seconds(port, sessions=sessions, messages=sent.messages, size=size)
    baseline = sent.messages / source
    more = {**sent.costs(), "processes": float(processes), "size": float(size), "messages": float(sent.messages)}
    return [
        Figure("send", sent.rate, "messages/s", baseline, round(baseline, 1), more=more),
        Figure("send_memory", sent.memory, "MB", None, 150, is_less_better=True),
        Figure("send_writes", sent.writes, "rows/message", None, 3, is_less_better=True),
    ]


def message_size(dispatch: Dispatch) -> int:
    """Bytes of an average message of the dispatch."""
    pending = Message.objects.filter(dispatch=dispatch, status="pending")
    keys = list(pending.order_by("id").values_list("id", flat=True)[:SAMPLE])
    library = Library()
    chosen = sift(load_batch(keys, purpose="marketing"), library).chosen
    sizes = [len(assemble(write_letter(one, library), at=now(), eight_bit=True)) for one in chosen]
    return sum(sizes) // len(sizes)
