"""Where things lie: the project, the data directory and what is kept in it."""

import errno
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stack.errors import StackError

ROOT = Path(__file__).resolve().parent.parent
# A unix socket's path holds 107 bytes; PostgreSQL adds "/.s.PGSQL.5432".
LONGEST_SOCKET_DIRECTORY = 90
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


def data_directory(environ: Mapping[str, str]) -> Path:
    """The absolute DATA_DIR: the variable's value, else `.data` beside the code."""
    chosen = environ.get("DATA_DIR", "")
    return Path(chosen).expanduser().resolve() if chosen else ROOT / ".data"


def make_directory(path: Path, mode: int = 0o700) -> Path:
    """Create `path` with its parents and give it `mode`; raises StackError when the disk does not allow it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StackError(disk_sentence(error, path)) from error
    return path


def disk_sentence(error: OSError, path: Path | str) -> str:
    """One sentence for a disk that refused; `path` is what was being written."""
    if error.errno == errno.EROFS:
        return f"The disk that holds {path} is read-only: set DATA_DIR to a folder that can be written."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room left on the disk that holds {path}: free some space and start again."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This account may not write to {path}: set DATA_DIR to a folder of your own."
    return f"Could not write to {path}: {error.strerror or error}."


def read_secret_key(data: Path) -> str:
    """The installation's own SECRET_KEY, made once and kept in a file only its owner can read."""
    path = data / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(50)
        write_private(path, key + "\n")
        return key
    except OSError as error:
        raise StackError(f"Could not read {path}: {error.strerror}.") from error


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step with a file only its owner can read; raises StackError when the disk refuses."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise StackError(disk_sentence(error, path)) from error


def socket_directory(home: Path, owner: tuple[int, int] | None = None) -> Path:
    """A private directory for unix sockets whose path is short and plain.

    `home/run` when that fits, else one in the system's temporary directory named after the account and `home`.
    `owner` is (user id, group id) when the server runs as another account. Raises StackError when somebody
    else made a directory of that name first: its sockets could not be trusted.
    """
    path = home / "run"
    if len(os.fsencode(path)) > LONGEST_SOCKET_DIRECTORY or not PLAIN_PATH.fullmatch(str(path)):
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        name = f"rapport-{os.getuid()}-{digest}"
        path = Path(tempfile.gettempdir()) / name
        if len(os.fsencode(path)) > LONGEST_SOCKET_DIRECTORY or not PLAIN_PATH.fullmatch(str(path)):
            path = Path("/tmp") / name  # noqa: S108 - created private and checked below
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
        mine = {os.getuid(), *(owner[:1] if owner else ())}
        if path.is_symlink() or not path.is_dir() or status.st_uid not in mine:
            raise StackError(f"Another account owns {path}: remove it and start again.")
        path.chmod(0o700)
        if owner:
            os.chown(path, *owner)
    except OSError as error:
        raise StackError(disk_sentence(error, path)) from error
    return path
