"""`make run`: every server and process of a development installation under one parent.

Databases start first and stop last. A program that dies is started again. Nothing outlives the supervisor:
Linux signals its children when it dies in any way, and the next start clears what is left elsewhere.
"""

import contextlib
import fcntl
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from stack.children import Child, application_children, catcher_child, rotate
from stack.environment import forget_environment, store_environment
from stack.errors import StackError
from stack.places import ROOT, data_directory, make_directory, read_secret_key, write_private
from stack.postgres import Postgres, choose_home
from stack.processes import group_is_alive, identity, signal_group, spawn, stop_stranger, unprivileged_account
from stack.valkey import Valkey

READY_SECONDS = 120
SETUP_SECONDS = 600
TOO_MANY_FAILURES = 4
DATABASE = "rapport"
WORKER_AGE = re.compile(r'^rapport_heartbeat_age_seconds\{process="worker"\} ([0-9.e+-]+)$', re.MULTILINE)
ERROR_LINE = re.compile(r"(\w+\.)*\w*(Error|Exception|Configured|Denied)\b")


class StopRequested(BaseException):
    """Ctrl-C, a closed terminal or SIGTERM, raised in the main thread wherever it is."""


class Supervisor:
    """One run. `run` is the whole life; tests use its parts with programs of their own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = dict(environ)
        self.data = data_directory(environ)
        self.logs = self.data / "log"
        self.host = environ.get("HOST") or "127.0.0.1"
        self.port = _port(environ.get("PORT") or "8000")
        # In starting order; they stop from the end to the beginning.
        self.services: list[Child] = []
        self.programs: list[Child] = []
        self.stopping = False

    @property
    def address(self) -> str:
        """What people type into a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def run(self) -> int:
        """Start everything, say so once, keep it running until told to stop; returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle_stop)
        try:
            # PostgreSQL's account has to pass through when root starts it; what is private inside has its own mode.
            make_directory(self.data, 0o711 if os.getuid() == 0 else 0o700)
            make_directory(self.logs)
            make_directory(self.data / "static")
            with self._lock():
                self.check_address()
                self.clear_stale()
                try:
                    self.start_everything()
                    self.watch()
                finally:
                    self.stop()
        except StopRequested:
            return 0
        return 0

    def watch(self) -> None:
        """Keep every child running; ends only by an exception."""
        while True:
            self.tend()
            time.sleep(0.3)

    def tend(self) -> None:
        """One look at every child: note deaths, start again what is due."""
        for child in [*self.services, *self.programs]:
            line = child.note_death()
            if line:
                say(line)
            if child.process is None and child.start_again_at and time.monotonic() >= child.start_again_at:
                try:
                    child.start()
                except StackError as error:
                    child.start_again_at = time.monotonic() + 5
                    say(str(error))
                self._store_children()

    def stop(self) -> None:
        """Stop every child in order: programs together, then the catcher, the broker and the database."""
        self.stopping = True
        asked_at = time.monotonic()
        for child in self.programs:
            child.ask_to_stop()
        for child in self.programs:
            child.finish(asked_at + child.grace)
        for child in reversed(self.services):
            child.ask_to_stop()
            child.finish(time.monotonic() + child.grace)
        forget_environment(self.data)
        (self.data / "children.json").unlink(missing_ok=True)

    def check_address(self) -> None:
        """Raise StackError unless HOST and PORT can be listened on."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
        except PermissionError as error:
            raise StackError(f"This account may not use port {self.port}: try PORT=8080 make run.") from error
        except socket.gaierror as error:
            raise StackError(f"HOST={self.host} is not an address of this machine.") from error
        except OSError as error:
            other = self.port + 1 if self.port < 65535 else self.port - 1
            raise StackError(
                f"Port {self.port} on {self.host} is already in use or not available: stop what uses it, "
                f"or choose another with PORT={other} make run."
            ) from error

    def clear_stale(self) -> None:
        """Stop children of an earlier supervisor that was killed. Only the very same processes are touched."""
        with contextlib.suppress(OSError, ValueError):
            for pid, known in json.loads((self.data / "children.json").read_text()):
                if identity(pid) == known:
                    stop_stranger(pid, signal.SIGTERM, 5)
                elif identity(pid) is None and group_is_alive(pid):
                    # A number stays taken while its group lives, so these are the leader's own children.
                    signal_group(pid, signal.SIGKILL)

    def start_service(self, child: Child) -> "subprocess.Popen[bytes]":
        """Start a server everything else needs and keep it; returns its process."""
        self.services.append(child)
        child.start()
        self._store_children()
        return child.running_process

    def start_everything(self) -> None:
        """Servers, migrations, demo, programs; returns once people can sign in."""
        say("Starting …")
        values = self._start_servers()
        environment = {**self.environ, **values, "PYTHONUNBUFFERED": "1"}
        store_environment(self.data, values)
        self._manage("migrate", "--no-input", environment=environment)
        demo = self.data / "demo.json"
        is_first = not demo.exists()
        if is_first:
            say("Loading the demo workspace …")
        if is_first or "DATABASE_URL" in self.environ:
            self._manage("load_demo", environment=environment)
        if not self.environ.get("SMTP_URL"):
            self.start_service(catcher_child(environment, self.logs, int(values["SMTP_URL"].rpartition(":")[2])))
        for child in application_children(environment, self.logs, self.host, self.port):
            self.programs.append(child)
            child.start()
            self._store_children()
        self._wait_until_ready()
        self._greet(demo, is_first)

    def _start_servers(self) -> dict[str, str]:
        """PostgreSQL and Valkey unless the environment names others; returns the variables for the children."""
        given = self.environ
        values = {
            "RAPPORT_ENV": given.get("RAPPORT_ENV") or "development",
            "DATA_DIR": str(self.data),
            "HOST": self.host,
            "PORT": str(self.port),
            "BASE_URL": given.get("BASE_URL") or _base_url(self.host, self.port),
            "SECRET_KEY": given.get("SECRET_KEY") or read_secret_key(self.data),
            "SMTP_URL": given.get("SMTP_URL") or f"smtp://127.0.0.1:{_free_port()}",
            "DATABASE_URL": given.get("DATABASE_URL") or self._start_postgres(),
        }
        if not (given.get("BROKER_URL") and given.get("CACHE_URL")):
            valkey = self._start_valkey()
            values |= {"BROKER_URL": valkey.broker_url(), "CACHE_URL": valkey.cache_url()}
        chosen = {name: given[name] for name in ("BROKER_URL", "CACHE_URL") if given.get(name)}
        return values | chosen

    def _start_postgres(self) -> str:
        account = unprivileged_account()
        server = Postgres(choose_home(self.data, account), self.logs / "postgres.log", account=account)
        server.prepare()
        child = Child(
            name="postgres",
            command=server.command(),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            log=server.log_file,
            directory=server.home,
            stop_signal=signal.SIGINT,
            grace=30.0,
            account=account,
            before=server.clear_stale,
        )
        server.wait_until_ready(self.start_service(child))
        server.create_database(DATABASE)
        return server.url(DATABASE)

    def _start_valkey(self) -> Valkey:
        server = Valkey(self.data / "valkey", self.logs / "valkey.log")
        server.prepare()
        child = Child(
            name="valkey",
            command=server.command(),
            environment={"LC_ALL": "C"},
            log=server.log_file,
            directory=server.home,
        )
        server.wait_until_ready(self.start_service(child))
        return server

    def _manage(self, *words: str, environment: Mapping[str, str]) -> None:
        """Run a management command to its end; raises StackError with its last line when it fails."""
        log = self.logs / f"{words[0]}.log"
        rotate(log)
        with log.open("ab") as output:
            process = spawn(
                [sys.executable, "manage.py", *words], environment=environment, directory=ROOT, output=output.fileno()
            )
            try:
                code = process.wait(timeout=SETUP_SECONDS)
            except BaseException:
                signal_group(process.pid, signal.SIGKILL)
                process.wait()
                raise
        if code:
            raise StackError(f"“manage.py {words[0]}” failed: {_last_line(log)} (the whole story is in {log})")

    def _wait_until_ready(self) -> None:
        began = time.monotonic()
        while time.monotonic() < began + READY_SECONDS:
            self.tend()
            for child in self.programs:
                if child.failures >= TOO_MANY_FAILURES:
                    raise StackError(f"{child.name} does not start: {_last_line(child.log)} (its log: {child.log})")
            if self._ask("/readyz") is not None and self._worker_was_seen(began):
                return
            time.sleep(0.1)
        raise StackError(f"Rapport was not ready after {READY_SECONDS} seconds; its logs are in {self.logs}.")

    def _worker_was_seen(self, since: float) -> bool:
        """True when a worker has reported after `since` (monotonic seconds): without one nothing would be sent."""
        found = WORKER_AGE.search(self._ask("/metrics") or "")
        return found is not None and float(found.group(1)) < time.monotonic() - since

    def _ask(self, path: str) -> str | None:
        """What our web process answers to a GET, or None for anything but 200."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - asked, not bound
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.read().decode(errors="replace") if response.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _greet(self, demo: Path, is_first: bool) -> None:
        mine = json.loads(demo.read_text())
        say(f"Rapport  {self.address}")
        if not self.environ.get("SMTP_URL"):
            say(f"Mail     {self.address}mail/")
        say(f"Sign in  {mine['email']} / {mine['password']}")
        say(f"API key  {mine['api_key']}")
        say("")
        if is_first:
            say("Try this: sign in and watch the campaign “Summer at the lake” start by itself within a minute.")
        else:
            say("Try this: make demo, in another terminal, loads the demo anew and starts its campaign a minute later.")
        say("Its mail arrives on the Mail page: open one, follow a link, unsubscribe, then read the campaign's report.")
        say("Import a CSV of your own under Contacts. Every route of the API is at /api/v1/docs/.")
        say(f"Ctrl-C stops everything; what you did is kept in {self.data}.")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        path = self.data / "lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StackError(f"Could not open {path}: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise StackError(
                f"Rapport is already running on {self.data}: stop that one with Ctrl-C, or set another DATA_DIR."
            ) from error
        try:
            yield
        finally:
            os.close(descriptor)

    def _store_children(self) -> None:
        running = [child for child in [*self.services, *self.programs] if child.process is not None]
        known = [[child.process.pid, child.identity] for child in running if child.process]
        write_private(self.data / "children.json", json.dumps(known) + "\n")

    def _handle_stop(self, number: int, frame: FrameType | None) -> None:
        """The first signal begins an orderly stop; another one while it lasts kills what still works."""
        if not self.stopping:
            self.stopping = True
            say("Stopping …")
            raise StopRequested
        for child in self.programs:
            if child.process is not None:
                signal_group(child.process.pid, signal.SIGKILL)


def say(line: str) -> None:
    """Print one line for the person at the terminal; a closed terminal is no error."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StackError(f"PORT must be a number from 1 to 65535, not “{text}”.")
    return int(text)


def _base_url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    """The line that says most about a failure: the last one that begins with an error's name, else the last."""
    with contextlib.suppress(OSError):
        lines = log.read_bytes()[-20_000:].decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if ERROR_LINE.match(line)]
        if lines:
            return (errors or lines)[-1].strip()[:300]
    return "it said nothing"
