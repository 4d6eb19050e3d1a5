"""Makes `.venv` and installs the pinned requirements, only when they changed.

`python -m stack.prepare run` installs what Rapport runs with; any other word adds what tests and checks need.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from stack.errors import StackError
from stack.places import ROOT, disk_sentence

ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
READ_ONLY = f"{ROOT} cannot be written, so Rapport cannot be set up there: copy it to a folder of your own."
NEEDED_BYTES = {"run": 500_000_000, "dev": 1_200_000_000}


def main(words: list[str]) -> int:
    """Set up for the target in `words`; returns the exit status."""
    kind = "run" if words[:1] in ([], ["run"], ["demo"]) else "dev"
    try:
        prepare(kind)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(disk_sentence(error, error.filename or ROOT), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped while setting up; the next start goes on from here.", file=sys.stderr)
        return 130
    return 0


def prepare(kind: str) -> None:
    """Bring `.venv` up to date for `kind` (`run` or `dev`); raises StackError with one sentence."""
    if is_current(kind):
        return
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        # Two makes started at once must not install into one directory together.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(kind):
            _check_room(kind)
            _make_environment()
            _install(kind)
            for satisfied in ("run", "dev")[: 1 if kind == "run" else 2]:
                _stamp(satisfied).write_text(fingerprint(satisfied))
    finally:
        os.close(lock)


def is_current(kind: str) -> bool:
    """True when `.venv` was completed for today's requirements, at this place."""
    try:
        return PYTHON.exists() and _stamp(kind).read_text() == fingerprint(kind)
    except OSError:
        return False


def fingerprint(kind: str) -> str:
    """Changes with the requirements and with the place: scripts in `.venv` name it."""
    digest = hashlib.sha256(os.fsencode(ENVIRONMENT))
    for path in _requirements(kind):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _requirements(kind: str) -> list[Path]:
    names = ["requirements.txt"] if kind == "run" else ["requirements.txt", "requirements-dev.txt"]
    return [ROOT / name for name in names]


def _stamp(kind: str) -> Path:
    return ENVIRONMENT / f".complete-{kind}"


def _check_room(kind: str) -> None:
    if not os.access(ROOT, os.W_OK) or os.statvfs(ROOT).f_flag & os.ST_RDONLY:
        raise StackError(READ_ONLY)
    needed = 0 if PYTHON.exists() else NEEDED_BYTES[kind]
    if shutil.disk_usage(ROOT).free < needed:
        raise StackError(f"Setting up needs {needed // 1_000_000} MB of free disk at {ROOT}: free some space.")


def _make_environment() -> None:
    if _runs([str(PYTHON), "-c", "import pip"]):
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise StackError(
            f"{sys.executable} cannot make virtual environments: install its venv module "
            f"(Debian, Ubuntu: apt-get install python3-venv) and try again."
        )
    print("Making .venv …", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StackError(_sentence("Could not make .venv", done.stdout + done.stderr))


def _install(kind: str) -> None:
    print("Installing what Rapport needs; the first time takes about a minute …", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    for path in _requirements(kind):
        command += ["-r", str(path)]
    if os.getuid() == 0:
        command.append("--root-user-action=ignore")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(_sentence("Could not install the requirements", done.stdout + done.stderr))


def _sentence(what: str, output: str) -> str:
    """One sentence from the output of a failed program."""
    if "No space left" in output:
        return f"There is no room left on the disk that holds {ROOT}: free some space and try again."
    if "Read-only file system" in output:
        return READ_ONLY
    if "NewConnectionError" in output or ("Connection" in output and "Retrying" in output):
        return f"{what}: the package index could not be reached; check the network and try again."
    lines = [line for line in output.splitlines() if line.startswith("ERROR")] or output.strip().splitlines()
    reason = lines[0].removeprefix("ERROR:").strip() if lines else "no reason was given"
    return f"{what}: {reason.rstrip('.')}."


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
