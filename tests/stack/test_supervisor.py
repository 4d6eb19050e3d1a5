"""The supervisor: children restart, and none outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stack.environment import load_development_environment
from stack.places import ROOT
from stack.processes import identity
from stack.supervisor import Supervisor

# A supervisor over two programs of its own: one that stays and one that ends at once; each has a child too.
PROGRAM = """
import os, sys
from stack.children import Child
from stack.supervisor import Supervisor, say

class Small(Supervisor):
    def start_everything(self):
        words = "import os, subprocess, sys, time; c = subprocess.Popen(['sleep', '60']); "
        stays = words + "print(os.getpid(), c.pid, flush=True); signal = __import__('signal'); "
        stays += "signal.signal(signal.SIGTERM, lambda *a: (c.terminate(), sys.exit())); time.sleep(60)"
        for name, code in (("stays", stays), ("ends", "import sys; sys.exit(3)")):
            log = self.logs / f"{name}.log"
            child = Child(name=name, command=[sys.executable, "-c", code], environment=os.environ, log=log)
            self.programs.append(child)
            child.start()
            self._store_children()
        say("ready")

raise SystemExit(Small(os.environ).run())
"""


def environment(data: Path, **values: str) -> dict[str, str]:
    """This process's environment with a data directory of its own and no server named."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**kept, "DATA_DIR": str(data), "PORT": str(free_port()), **values}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def supervisor(tmp_path):
    """A running small supervisor, and the pids of a child and a grandchild."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    log = tmp_path / "log" / "stays.log"
    wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
    pids = [int(word) for word in log.read_text().split()]
    yield process, pids
    process.kill()
    process.wait()
    process.stdout.close()


def wait_for(condition, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_signal_leaves_no_child(supervisor, number):
    process, pids = supervisor
    process.send_signal(number)
    assert process.wait(10) == 0
    # The grandchild was told by its parent, and may take a moment longer.
    wait_for(lambda: [identity(pid) for pid in pids] == [None, None])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's death signal is Linux's own")
def test_killed_supervisor_leaves_no_child(supervisor):
    process, pids = supervisor
    process.kill()
    wait_for(lambda: [identity(pid) for pid in pids] == [None, None])


def test_ended_child_is_started_again_with_one_line(supervisor):
    process, _ = supervisor
    assert process.stdout.readline().startswith("ends ended (status 3) and starts again in 1 s. Its log: /")
    assert process.stdout.readline().startswith("ends ended (status 3) and starts again in 2 s.")


def test_second_start_on_the_same_data_is_one_sentence(supervisor, tmp_path):
    process, _ = supervisor
    done = run_stack(environment(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Rapport is already running on {tmp_path}")
    assert done.stderr.count("\n") == 1
    assert process.poll() is None


def run_stack(values: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """`python -m stack run`, expected to end by itself."""
    command = [sys.executable, "-m", "stack", "run"]
    return subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, timeout=20, check=False)


def test_port_in_use_is_one_sentence(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run_stack(environment(tmp_path, PORT=str(port)))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 is already in use")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1"])
def test_port_that_is_none_is_one_sentence(tmp_path, port):
    done = run_stack(environment(tmp_path, PORT=port))
    assert (done.returncode, done.stderr) == (1, f"PORT must be a number from 1 to 65535, not “{port}”.\n")


def test_data_directory_that_cannot_be_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    done = run_stack(environment(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert done.stderr.startswith("Could not write to")
    assert done.stderr.count("\n") == 1


def test_orphans_of_a_killed_supervisor_are_cleared(tmp_path):
    orphan = subprocess.Popen(["sleep", "60"], start_new_session=True)
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        pairs = [[orphan.pid, identity(orphan.pid)], [stranger.pid, "another boot 1"]]
        (tmp_path / "children.json").write_text(str(pairs).replace("'", '"'))
        Supervisor(environment(tmp_path)).clear_stale()
        assert orphan.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()


def test_manage_without_servers_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "shell"])
    with pytest.raises(SystemExit, match="No database is running here"):
        load_development_environment(str(tmp_path), {})


def test_manage_without_servers_still_makes_migrations(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "makemigrations"])
    values: dict[str, str] = {}
    load_development_environment(str(tmp_path), values)
    assert values == {"RAPPORT_ENV": "development"}


def test_address_in_brackets_for_the_sixth_protocol(tmp_path):
    assert Supervisor({"DATA_DIR": str(tmp_path), "HOST": "::1", "PORT": "8001"}).address == "http://[::1]:8001/"
