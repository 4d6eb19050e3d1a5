"""two_workers: what a second sender process adds; both share the cores with the database and the receiving server."""

from bench import mailing
from bench.figure import Figure
from bench.figures.send import SHARE
from bench.world import Bench

RECIPIENTS = 60_000


def run(bench: Bench) -> list[Figure]:
    """The rate of two sender processes by that of one, each with the same campaign.

    `busy` is how many cores were at work with one and with two: where that is close to what the machine has, no
    further process can add anything there.
    """
    world = mailing.have_mailing(bench)
    people = min(bench.rows, int(RECIPIENTS / SHARE))
    done: list[mailing.Sent] = []
    with mailing.receiving_server() as (port, sink):
        for processes in (1, 2):
            dispatch, _seconds = world.launch(people)
            done.append(mailing.send(dispatch, processes=processes, port=port, sink=sink))
    one, two = done
    more = {"one": one.rate, "two": two.rate, "busy_one": one.busy, "busy_two": two.busy}
    return [Figure("two_workers", two.rate / one.rate, "times", 1, 1.1, more=more)]
