"""Finds a Chromium for the browser tests, or installs the system's."""

import os
import shutil
import subprocess
from pathlib import Path

from stack.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def ensure_chromium() -> str:
    """The path of a Chromium, installed from the system's packages when there is none and we may.

    Raises StackError that says what to install: browser tests are never skipped in silence.
    """
    path = find_chromium()
    if path:
        return path
    _install()
    path = find_chromium()
    if path:
        return path
    raise StackError(
        "The browser tests need Chromium: install it (Debian, Ubuntu: apt-get install chromium) "
        "or name one with CHROMIUM=/path/to/chromium make test."
    )


def find_chromium() -> str | None:
    """$CHROMIUM, else the first Chromium or Chrome of this machine, else None."""
    chosen = os.environ.get("CHROMIUM", "")
    if chosen:
        if not shutil.which(chosen):
            raise StackError(f"CHROMIUM={chosen} is not a program: name another one or unset it.")
        return shutil.which(chosen)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return next((path for path in APPLICATIONS if Path(path).exists()), None)


def _install() -> None:
    if not shutil.which("apt-get"):
        return
    rights: list[str] = []
    if os.getuid() != 0:
        asked = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if not asked or asked.returncode:
            return
        rights = ["sudo", "-n"]
    print("Installing Chromium for the browser tests …", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-noto-core"]):
        command = [*rights, "env", *(f"{name}={value}" for name, value in quiet.items()), "apt-get", "-qq", *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode and words != ["update"]:
            print((done.stderr or done.stdout).strip()[-500:], flush=True)
