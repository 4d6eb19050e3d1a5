"""Worker nodes: a Celery worker with its sending processes, a DATA_DIR and a name of its own."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from stack.children import Child
from stack.processes import signal_group

PROCESSES = 2
# All but imports and what is counted once a day, which have a worker of their own.
QUEUES = "bulk,transactional,launch,default,tick"


class Node:
    """One machine's workers. `child` is the Celery worker; its children send."""

    def __init__(self, name: str, environment: Mapping[str, str], home: Path, processes: int = PROCESSES) -> None:
        self.name = name
        self.processes = processes
        self.data = home / name
        self.data.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", QUEUES, "-c", str(processes)]
        words += ["-n", f"{name}@%h", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        own = {**environment, "DATA_DIR": str(self.data)}
        self.child = Child(name=name, command=words, environment=own, log=home / f"{name}.log", grace=40.0)

    @property
    def journals(self) -> Path:
        """Where its senders keep their journals."""
        return self.data / "journal"

    def start(self) -> None:
        """Start the worker."""
        self.child.start()

    def senders(self) -> list[int]:
        """Its sending processes."""
        if not self.child.running:
            return []
        pid = self.child.running_process.pid
        try:
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def kill_one(self, chooser: random.Random) -> bool:
        """kill -9 of one sending process; the worker starts another. False when there was none to kill."""
        senders = self.senders()
        if not senders:
            return False
        try:
            os.kill(chooser.choice(senders), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """kill -9 of everything at once, as when the machine loses its power. It stays away."""
        if self.child.process is not None:
            signal_group(self.child.process.pid, signal.SIGKILL)
            self.child.process.wait()
            self.child.process = None
        self.child.start_again_at = 0.0

    def stop(self) -> float:
        """SIGTERM, as a deploy does, and wait; returns the seconds it took."""
        began = time.monotonic()
        self.child.ask_to_stop()
        self.child.finish(began + self.child.grace)
        return time.monotonic() - began

    def allow_files_of(self, size: int) -> None:
        """Let every process of the node write files up to `size` bytes: a disk that is full, and then is not."""
        for pid in [self.child.running_process.pid, *self.senders()]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Beat:
    """One beat, which fires the tick."""

    def __init__(self, name: str, environment: Mapping[str, str], home: Path) -> None:
        words = [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile=", "--loglevel", "WARNING"]
        words += ["--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"]
        own = {**environment, "DATA_DIR": str(home)}
        self.child = Child(name=name, command=words, environment=own, log=home / f"{name}.log", grace=8.0)


def manage(environment: Mapping[str, str], *words: str) -> None:
    """Run a management command to its end; raises CalledProcessError."""
    subprocess.run([sys.executable, "manage.py", *words], env=dict(environment), check=True)
