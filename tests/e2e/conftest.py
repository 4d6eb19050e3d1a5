"""The whole application, started as a newcomer starts it, and a browser in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OWN_SERVERS = (
    "DATABASE_URL",
    "BROKER_URL",
    "CACHE_URL",
    "SMTP_URL",
    "RAPPORT_ENV",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
)


@dataclass
class Application:
    """A running Rapport: where it is, how to sign in to its demo, and its processes."""

    url: str
    email: str
    password: str
    api_key: str
    data: Path
    process: "subprocess.Popen[str]"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """`make run` without make: the same supervisor, with everything of its own."""
    data = tmp_path_factory.mktemp("application")
    environment = {key: value for key, value in os.environ.items() if key not in OWN_SERVERS}
    environment |= {"DATA_DIR": str(data), "PORT": str(free_port())}
    with (data / "supervisor.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
        )
    try:
        said = wait_for_greeting(process, data / "supervisor.log")
        yield Application(*said, data=data, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for_greeting(process: "subprocess.Popen[str]", log: Path) -> tuple[str, str, str, str]:
    """Address, e-mail, password and API key, as printed for the newcomer."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        text = log.read_text()
        key = re.search(r"^API key  (\S+)$", text, re.MULTILINE)
        if key:
            url = re.search(r"^Rapport  (http\S+)/$", text, re.MULTILINE)
            person = re.search(r"^Sign in  (\S+) / (\S+)$", text, re.MULTILINE)
            assert url, text
            assert person, text
            return url[1], person[1], person[2], key[1]
        assert process.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(f"Rapport did not start in two minutes:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, without anything that would call home."""
    # From here on Playwright's event loop runs in this process, and Django would refuse the database to every later
    # test in it. What we start ourselves must not inherit this: it would hide our own mistakes.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    assert CHROMIUM, "Browser tests need Chromium: install the package “chromium”, or name it in CHROMIUM."
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--disable-quic"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk in London."""
    size = {"width": 1280, "height": 900}
    return {**browser_context_args, "viewport": size, "locale": "en-GB", "timezone_id": "Europe/London"}


def watch_console(page: Page) -> list[str]:
    """Collect script errors and policy violations; a refused form (4xx) is not one."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text) if message.type == "error" and "status of 4" not in message.text else None
        ),
    )
    return errors


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that fails its test when its console was not silent."""
    errors = watch_console(page)
    page.set_default_timeout(15_000)
    yield page
    assert errors == []


@pytest.fixture
def mail_link(application: Application, page: Page) -> Callable[[str, str], str]:
    """Find the newest caught mail for an address and return its first link that contains a piece of text."""

    def find(address: str, piece: str) -> str:
        until = time.monotonic() + 60
        # The list beside a mail shows its beginning, in which a link may be cut short: only whole ones count.
        end = {"/c/": "\\.\\d+(?![\\w=-])", "/o/": "\\.gif"}.get(piece, "/")
        pattern = re.compile(rf"https?://[^\s\"'<>]*{piece}[\w:=-]{{30,}}{end}")
        while time.monotonic() < until:
            for number in newest_mail(page, application, address):
                base = f"{application.url}/mail/{number}/"
                text = page.request.get(f"{base}html/").text() + page.request.get(f"{base}?show=text").text()
                if found := pattern.search(text.replace("<wbr>", "")):
                    return found[0]
            time.sleep(0.5)
        raise AssertionError(f"no mail with “{piece}” came for {address}")

    return find


def newest_mail(page: Page, application: Application, address: str) -> list[str]:
    """Ids of the mails caught for an address, newest first."""
    text = page.request.get(f"{application.url}/mail/", params={"q": address}).text()
    return list(dict.fromkeys(re.findall(r"/mail/([0-9a-f-]{36})/", text)))
