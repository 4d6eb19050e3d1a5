"""Starting and stopping child processes so that none is ever left behind."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


@dataclass(frozen=True)
class Account:
    """A user and group a server runs as."""

    name: str
    user: int
    group: int


def unprivileged_account() -> Account | None:
    """The account for servers that refuse to run as root; None when we are not root and need no other.

    Raises StackError when the machine has no such account.
    """
    if os.getuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackError("PostgreSQL refuses to run as root and there is no account “nobody”: run make as a normal user.")


def reachable(path: Path) -> bool:
    """True when every directory above `path` lets any account pass through."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    output: int,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> "subprocess.Popen[bytes]":
    """Start `command` in its own process group, writing to the file descriptor `output`.

    On Linux the kernel sends it `death_signal` when the thread that called this ends, however it ends; call from
    the main thread. Raises StackError when it cannot be started.
    """
    identity: dict[str, object] = {}
    if account:
        identity = {"user": account.user, "group": account.group, "extra_groups": []}
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=directory,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_die_with_parent(death_signal),  # noqa: PLW1509 - started from the only thread
            **identity,  # type: ignore[call-overload]
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StackError(f"Could not start {command[0]}: {reason}.") from error


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        # The parent may have died before prctl took effect.
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def identity(pid: int) -> str | None:
    """What tells this process from a later one with the same number: boot and start time; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        state, *rest = text.rpartition(")")[2].split()
        if state in "ZX":
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {rest[18]}"
    except (OSError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    return found.stdout.strip() or None


def command_line(pid: int) -> str:
    """The command of a running process, or an empty text."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        found = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
        )
        return found.stdout.strip()


def group_is_alive(group: int) -> bool:
    """True while any process of the group still runs (zombies count until they are reaped)."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group; a group that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def stop_stranger(pid: int, first: signal.Signals, grace: float) -> None:
    """Stop the process group led by `pid`, which is not our child: `first`, then after `grace` seconds SIGKILL."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, first)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline:
        if identity(pid) is None:
            break
        time.sleep(0.05)
    signal_group(pid, signal.SIGKILL)
