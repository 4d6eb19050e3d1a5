"""The environment of the Django processes: what the supervisor gives its children and `manage.py` finds again."""

import json
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from stack.errors import StackError
from stack.places import data_directory, write_private
from stack.processes import identity

FILE_NAME = "environment.json"
# Management commands that do their work without a database.
DATABASE_FREE_COMMANDS = {
    *("", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"),
    *("makemigrations", "spectacular", "startapp", "version", "--help", "--version", "-h"),
}


def store_environment(data: Path, values: Mapping[str, str]) -> None:
    """Keep `values` for `manage.py`, with the identity of this process, in a file only its owner can read."""
    text = json.dumps({"pid": os.getpid(), "identity": identity(os.getpid()), "environment": dict(values)}, indent=1)
    write_private(data / FILE_NAME, text + "\n")


def forget_environment(data: Path) -> None:
    """Remove the file of `store_environment`; a missing one is no error."""
    (data / FILE_NAME).unlink(missing_ok=True)


def running_environment(data: Path) -> dict[str, str]:
    """What the supervisor running on `data` gave its children; raises StackError when none runs."""
    try:
        stored = json.loads((data / FILE_NAME).read_text())
        pid, running, values = stored["pid"], stored["identity"], stored["environment"]
    except (OSError, ValueError, KeyError) as error:
        raise StackError(_nothing_runs()) from error
    if identity(pid) != running:
        raise StackError(_nothing_runs())
    return {str(name): str(value) for name, value in values.items()}


def load_development_environment(data_dir: str = "", environ: MutableMapping[str, str] = os.environ) -> None:
    """Fill `environ` for `manage.py` from the servers `make run` started; variables already set stay.

    Starts nothing. When nothing runs, a command that needs a database ends with one sentence (SystemExit).
    """
    if environ.get("RAPPORT_ENV") == "production":
        return
    environ.setdefault("RAPPORT_ENV", "development")
    data = data_directory({"DATA_DIR": data_dir} if data_dir and data_dir != ".data" else {})
    try:
        values = running_environment(data)
    except StackError as error:
        command = sys.argv[1] if len(sys.argv) > 1 else ""
        if command in DATABASE_FREE_COMMANDS or "--help" in sys.argv:
            return
        raise SystemExit(str(error)) from None
    for name, value in values.items():
        environ.setdefault(name, value)


def _nothing_runs() -> str:
    return "No database is running here: start one with “make run” in another terminal, or set DATABASE_URL."
