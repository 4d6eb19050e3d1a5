"""`make check`: everything that can be said about the code without running its tests."""

import os
import subprocess
import sys
import time
from pathlib import Path

from stack import testing
from stack.places import ROOT

BIN = Path(sys.executable).parent
CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
    ("imports", [str(BIN / "lint-imports"), "--no-cache"]),
    ("templates", [str(BIN / "djlint"), "templates", "--lint", "--quiet"]),
    ("vendored files", [sys.executable, "-m", "tools.vendor", "--check"]),
    ("translations", [sys.executable, "-m", "tools.messages", "--check"]),
    ("django", [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]),
    ("models", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("migrations apply", [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]),
    ("migrations lint", [sys.executable, "manage.py", "lintmigrations", "--settings", "tools.migration_settings"]),
    ("types", [sys.executable, "-m", "mypy", "--no-incremental", "."]),
)


def run(names: list[str]) -> int:
    """Run every check (or those named), print what failed and return the exit status."""
    servers = testing.start()
    environment = {**os.environ, **servers.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    failed = []
    try:
        for name, command in CHECKS:
            if names and name not in names:
                continue
            begun = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            verdict = "failed" if done.returncode else "ok"
            print(f"{name:<18}{verdict:<8}{time.monotonic() - begun:5.1f} s", flush=True)
            if done.returncode:
                failed.append(name)
                print((done.stdout + done.stderr).strip(), flush=True)
    finally:
        servers.stop()
    if failed:
        print(f"Not ready: {', '.join(failed)}.")
        return 1
    print("Every check passed.")
    return 0
