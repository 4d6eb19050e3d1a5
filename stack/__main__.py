"""`python -m stack WORD …`: what the Makefile's targets do once `.venv` is ready."""

import os
import sys

from stack import checks
from stack.chromium import ensure_chromium
from stack.environment import running_environment
from stack.errors import StackError
from stack.places import ROOT, data_directory, disk_sentence
from stack.supervisor import Supervisor

PROGRAMS = {"bench": "bench", "faults": "faults", "growth": "bench.growth", "screenshots": "tests.screenshots"}


def main(words: list[str]) -> int:
    """Do what `words` say; returns the exit status. Expected trouble is one sentence, never a traceback."""
    try:
        return _run(words)
    except StackError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(disk_sentence(error, error.filename or ROOT), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _run(words: list[str]) -> int:
    word, *rest = words or ["run"]
    if word == "run":
        return Supervisor(os.environ).run()
    if word == "check":
        return checks.run(rest)
    if word == "test":
        os.environ["CHROMIUM"] = ensure_chromium()
        return _become("-m", "pytest", *(rest or ["-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]))
    if word == "demo":
        os.environ.update(running_environment(data_directory(os.environ)))
        return _become("manage.py", "load_demo", "--reset")
    if word in PROGRAMS:
        if word == "screenshots":
            os.environ["CHROMIUM"] = ensure_chromium()
        return _become("-m", PROGRAMS[word], *rest)
    raise StackError(f"“{word}” is none of run, test, check, bench, faults, growth, demo, screenshots.")


def _become(*words: str) -> int:
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - our own program, no shell wanted


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
