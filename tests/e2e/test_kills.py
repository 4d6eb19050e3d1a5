"""Any process, at any moment: what was acknowledged is not lost, and nobody is written to twice."""

import hashlib
import json
import os
import random
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.e2e.conftest import Application

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("application")]

CONNECTIONS_PER_SENDER = 4
KILLS = 10
SUBJECT = "Kea cabins, whatever happens"


def ask(application: Application, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One API request; a server that is just being restarted is asked again for a while."""
    headers = {"Authorization": f"Bearer {application.api_key}", "Content-Type": "application/json"}
    headers["Idempotency-Key"] = hashlib.sha256(f"{path}{json.dumps(body)}".encode()).hexdigest()
    until = time.monotonic() + 60
    data = json.dumps(body).encode() if body is not None else None
    problem = ""
    while time.monotonic() < until:
        request = urllib.request.Request(f"{application.url}/api/v1/{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            problem = f"{error.code} {error.read()!r}"
            if error.code < 500:
                break
        except OSError as error:
            problem = repr(error)
        time.sleep(0.5)
    raise AssertionError(f"{path}: {problem}")


def descendants(pid: int) -> list[int]:
    """Every process below `pid`."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (child, *descendants(child))]


def first(application: Application, resource: str, **wanted: str) -> str:
    rows = ask(application, f"{resource}/?limit=100")["results"]
    return next(row["id"] for row in rows if all(row[key] == value for key, value in wanted.items()))


def make_campaign(application: Application) -> str:
    template = ask(
        application,
        "templates/",
        {
            "name": "Whatever happens",
            "subject": SUBJECT,
            "mjml": "<mjml><mj-body><mj-section><mj-column><mj-text>Kia ora {{ contact.first_name }}"
            ' <a href="{{ unsubscribe_url }}">Leave</a></mj-text></mj-column></mj-section></mj-body></mjml>',
        },
    )
    sender = next(row["id"] for row in ask(application, "senders/")["results"] if row["verified"])
    campaign = ask(
        application,
        "campaigns/",
        {
            "name": "Whatever happens",
            "topic": first(application, "topics", key="news"),
            "segment": first(application, "segments", name="Everyone"),
            "template": template["id"],
            "sender": sender,
        },
    )
    return str(campaign["id"])


def test_kill_of_any_process_loses_and_doubles_nothing(application: Application) -> None:
    campaign = make_campaign(application)
    ask(application, f"campaigns/{campaign}/send/", {})
    chooser, victims = random.Random(3), Counter[str]()

    until = time.monotonic() + 180
    while time.monotonic() < until:
        if sum(victims.values()) < KILLS:
            pid = chooser.choice(descendants(application.process.pid) or [0])
            if pid:
                kill(pid, victims)
            time.sleep(1.5)
            continue
        if ask(application, f"campaigns/{campaign}/")["status"] == "sent":
            break
        time.sleep(1)

    report = ask(application, f"campaigns/{campaign}/report/")
    assert report["pending"] == 0, (report, victims)
    assert report["targeted"] == report["sent"] + report["unknown"] + sum(report["skipped"].values()) + sum(
        report["failed"].values()
    )
    copies = caught(application)
    assert [address for address, number in copies.items() if number > 1] == []
    # What the catcher acknowledged it still has; unknown ones may or may not be among them.
    assert report["sent"] <= len(copies) <= report["sent"] + report["unknown"]
    assert report["unknown"] <= KILLS * CONNECTIONS_PER_SENDER * 2


def kill(pid: int, victims: Counter[str]) -> None:
    try:
        name = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0].rpartition("/")[2]
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return
    victims[name] += 1


def caught(application: Application) -> Counter[str]:
    """How many copies of the campaign's message each person got."""
    environment = json.loads((application.data / "environment.json").read_text())["environment"]
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT recipients FROM catcher_caughtmessage WHERE subject = %s", [SUBJECT])
        return Counter(address for (recipients,) in rows.fetchall() for address in recipients)
