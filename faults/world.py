"""What every row needs: servers of its own, a receiving mail server, two worker nodes and beat, kept running."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections

from core.services import run_tick
from faults.nodes import Beat, Node
from faults.receiver import Receiver, receiving
from faults.result import Wait
from stack.children import Child
from stack.testing import TestServers
from tests.smtp_server import Script

T = TypeVar("T")

SECONDS_BETWEEN_TICKS = 0.5
CONNECTIONS = 4


class World:
    """The running stack. `receiver` is the mail server that senders have in SMTP_URL.

    `is_small` asks rows for the run that is part of the tests.
    """

    def __init__(self, servers: TestServers, *, is_small: bool) -> None:
        self.servers = servers
        self.is_small = is_small
        self.home = servers.home / "faults"
        self.home.mkdir()
        self.nodes: list[Node] = []
        self.beats: list[Beat] = []
        self._receivers = ExitStack()
        self._next_tick = 0.0
        self._waits: list[Wait] = []
        self.receiver = self.receive("main", Script())

    @property
    def children(self) -> list[Child]:
        """Every program that is to be kept running."""
        return [node.child for node in self.nodes] + [beat.child for beat in self.beats]

    def environment(self, **more: str) -> dict[str, str]:
        """What the project's processes get."""
        return {**os.environ, **self.servers.environment, "LOG_LEVEL": "WARNING", **more}

    def receive(self, name: str, script: Script, *, patience: int = 30) -> Receiver:
        """A mail server that runs to the end; senders wait `patience` seconds for its answers."""
        receiver = Receiver(script, self.home / f"{name}.accepted", patience)
        self._receivers.enter_context(receiving([receiver]))
        return receiver

    def node(self, number: int = 0) -> Node:
        """The node of this number, running. Nodes are kept from row to row."""
        while len(self.nodes) <= number:
            name = f"node-{'abcdefgh'[len(self.nodes)]}"
            clock = str(self.clock_of(len(self.nodes)))
            environment = self.environment(SMTP_URL=self.receiver.url_for(name, CONNECTIONS), RAPPORT_CLOCK=clock)
            self.nodes.append(Node(name, environment, self.home))
        node = self.nodes[number]
        if not node.child.running:
            node.start()
        return node

    def clock_of(self, number: int) -> Path:
        """The file that moves a node's clock (core.clock)."""
        return self.home / f"node-{number}.clock"

    def beat(self, number: int = 0) -> Beat:
        """The beat of this number, running."""
        while len(self.beats) <= number:
            self.beats.append(Beat(f"beat-{len(self.beats)}", self.environment(), self.home))
        if not self.beats[number].child.running:
            self.beats[number].child.start()
        return self.beats[number]

    def only(self, nodes: int, beats: int = 0) -> None:
        """Stop the nodes and beats past these numbers, and have the others run."""
        for node in self.nodes[nodes:]:
            node.stop()
        for beat in self.beats[beats:]:
            beat.child.ask_to_stop()
            beat.child.finish(time.monotonic() + beat.child.grace)
        for number in range(nodes):
            self.node(number)
        for number in range(beats):
            self.beat(number)

    def tend(self, *, is_ticking: bool = True) -> None:
        """Start again what has died, and tick twice a second: beat's ten seconds are for beat's own row."""
        for child in self.children:
            child.note_death()
            if child.process is None and child.start_again_at and time.monotonic() >= child.start_again_at:
                child.start()
        if is_ticking and time.monotonic() >= self._next_tick:
            self._next_tick = time.monotonic() + SECONDS_BETWEEN_TICKS
            steadily(run_tick)

    def wait(
        self,
        condition: Callable[[], object],
        what: str,
        *,
        seconds: float,
        meanwhile: Callable[[], object] = lambda: None,
        is_ticking: bool = True,
    ) -> bool:
        """Wait until the condition holds; False when it did not within `seconds`.

        `what` says in words what is waited for. Every wait is noted, for whoever wonders where a row's time went.
        """
        began = time.monotonic()
        while not (came := bool(steadily(condition))) and time.monotonic() - began <= seconds:
            self.tend(is_ticking=is_ticking)
            meanwhile()
            time.sleep(0.05)
        self._waits.append(Wait(what, time.monotonic() - began, came))
        return came

    def waits(self) -> list[Wait]:
        """What was waited for since this was asked last."""
        noted, self._waits = self._waits, []
        return noted

    def has_sent(self, domain: str, people: int) -> Callable[[], bool]:
        """The condition that so many people of a town have got their message."""
        return lambda: len(self.receiver.copies(domain)) >= people

    def restart_database(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """PostgreSQL's immediate shutdown, which is a crash, and its recovery; `meanwhile` while it is away."""
        postgres = self.servers.postgres
        assert postgres.process is not None
        postgres.process.send_signal(signal.SIGQUIT)
        postgres.process.wait()
        meanwhile()
        postgres.start()

    def empty_broker(self) -> None:
        """kill -9 of the broker, and a new one that knows nothing."""
        valkey = self.servers.valkey
        assert valkey.process is not None
        valkey.process.kill()
        valkey.process.wait()
        for left in valkey.home.rglob("*"):
            if left.is_file():
                left.unlink()
        valkey.start()

    def close(self) -> None:
        """Stop everything but the servers."""
        for child in self.children:
            child.ask_to_stop()
        until = time.monotonic() + 20
        for child in self.children:
            child.finish(until)
        self._receivers.close()


@contextmanager
def running_world(servers: TestServers, *, is_small: bool) -> Iterator[World]:
    """The world on these servers, stopped at the end."""
    world = World(servers, is_small=is_small)
    try:
        yield world
    finally:
        world.close()


def steadily(ask: Callable[[], T], seconds: float = 60) -> T:
    """What `ask` returns, asked again while the database is away; raises its error after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except DatabaseError:
            if time.monotonic() > until:
                raise
            close_old_connections()
            time.sleep(0.1)


def load_schema(servers: TestServers, dump: Path) -> None:
    """Fill the empty database from a dump, which is quicker than migrating."""
    program = servers.postgres.programs / "bin" / "psql"
    url = servers.postgres.url("rapport")
    subprocess.run(
        [str(program), "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", str(dump)], check=True, stdout=subprocess.DEVNULL
    )
