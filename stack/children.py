"""Programs under the supervisor: what to run, how to stop it, when to start it again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import StackError
from stack.places import ROOT
from stack.processes import Account, group_is_alive, identity, signal_group, spawn

LONGEST_WAIT_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
LARGEST_LOG_BYTES = 10_000_000
MOST_SENDING = 8


@dataclass
class Child:
    """One program kept running. `before` runs ahead of every start (stale files); it may raise StackError."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    directory: Path = ROOT
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    account: Account | None = None
    before: Callable[[], None] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0
    identity: str | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the program; raises StackError when that is impossible."""
        if self.before:
            self.before()
        rotate(self.log)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = spawn(
                self.command,
                environment=self.environment,
                directory=self.directory,
                output=descriptor,
                account=self.account,
                death_signal=self.stop_signal,
            )
        finally:
            os.close(descriptor)
        self.started_at = time.monotonic()
        self.start_again_at = 0.0
        self.identity = identity(self.process.pid)

    @property
    def running(self) -> bool:
        """True while the program has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def running_process(self) -> "subprocess.Popen[bytes]":
        """The process of a child that was started; raises StackError before that."""
        if self.process is None:
            raise StackError(f"{self.name} was not started.")
        return self.process

    def note_death(self) -> str | None:
        """If the program has just ended: plan its next start and return one line about it, else None.

        Whatever the program left in its process group is killed first. The wait doubles from one second to
        thirty and begins anew after a healthy minute.
        """
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        signal_group(self.process.pid, signal.SIGKILL)
        self.process = None
        if time.monotonic() - self.started_at > HEALTHY_SECONDS:
            self.failures = 0
        wait = min(2.0**self.failures, LONGEST_WAIT_SECONDS)
        self.failures += 1
        self.start_again_at = time.monotonic() + wait
        how = f"signal {-code}" if code < 0 else f"status {code}"
        return f"{self.name} ended ({how}) and starts again in {wait:.0f} s. Its log: {self.log}"

    def ask_to_stop(self) -> None:
        """Send the stop signal to the program itself; it stops its own children in its own order."""
        self.start_again_at = 0.0
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then kill what is left of the process group."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if group_is_alive(self.process.pid):
            signal_group(self.process.pid, signal.SIGKILL)
        self.process = None


def rotate(log: Path) -> None:
    """Keep one older file of a log past ten megabytes."""
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def sending_processes() -> int:
    """How many processes send campaigns: one more than there are cores, for each of them waits now and then.

    One too many costs its 135 MB and nothing else, and a server with many cores has other things to do.
    """
    return min((os.cpu_count() or 1) + 1, MOST_SENDING)


def application_children(environment: Mapping[str, str], logs: Path, host: str, port: int) -> list[Child]:
    """Web, workers, beat and, when mail stays here, the catcher; `environment` is what they all get.

    Four workers, so that nothing urgent ever waits behind something long: single mail (receipts, codes); ticks and
    what they wake; bulk sending; imports and what is counted once a day.
    """
    python = sys.executable
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "2"]
    web += ["--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--respawn-failed-workers"]
    web += ["--workers-kill-timeout", "8", "config.wsgi:application"]
    celery = [python, "-m", "celery", "-A", "config"]
    programs: list[tuple[str, list[str], float]] = [("web", web, 12.0)]
    for name, queues, processes in (
        ("worker", "tick,launch,default", 2),
        ("worker-mail", "transactional", 2),
        ("worker-bulk", "bulk", sending_processes()),
        ("worker-imports", "imports,daily", 1),
    ):
        worker = [*celery, "worker", "-Q", queues, "-c", str(processes), "-n", f"{name}@%h"]
        programs.append((name, [*worker, "--without-gossip", "--without-mingle", "--loglevel", "INFO"], 40.0))
    beat = [*celery, "beat", "--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"]
    programs.append(("beat", [*beat, "--pidfile=", "--loglevel", "INFO"], 8.0))
    return [
        Child(name=name, command=words, environment=environment, log=logs / f"{name}.log", grace=grace)
        for name, words, grace in programs
    ]


def catcher_child(environment: Mapping[str, str], logs: Path, port: int) -> Child:
    """The mail catcher on a loopback port."""
    words = [sys.executable, "manage.py", "run_catcher", "--port", str(port)]
    return Child(name="catcher", command=words, environment=environment, log=logs / "catcher.log")
