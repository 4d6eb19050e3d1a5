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
PEOPLE = 8_000
STANDSTILL_SECONDS = 150
SUBJECT = "Kea cabins, whatever happens"


def ask(application: Application, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One API request with a JSON body, or none."""
    return fetch(application, path, json.dumps(body).encode() if body is not None else None, "application/json")


def fetch(application: Application, path: str, data: bytes | None, kind: str) -> dict[str, Any]:
    """One API request; a server that is just being restarted is asked again for a while."""
    headers = {"Authorization": f"Bearer {application.api_key}", "Content-Type": kind}
    headers["Idempotency-Key"] = hashlib.sha256(path.encode() + (data or b"")).hexdigest()
    until = time.monotonic() + 60
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


def bring_people(application: Application, topic: str) -> None:
    """Import enough people who agreed that sending to them lasts longer than the kills."""
    rows = "".join(f"person{number}@kills.example,Ari{number}\n" for number in range(PEOPLE))
    options = {"mode": "upsert", "topic": topic, "consent_source": "At the fair", "consent_at": "2026-01-15"}
    parts = {"mapping": json.dumps({"email": "email", "name": "first_name"}), "options": json.dumps(options)}
    body = "".join(
        f'--parting\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    body += (
        '--parting\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\nemail,name\n{rows}\r\n--parting--\r\n"
    )
    started = fetch(application, "imports/", body.encode(), "multipart/form-data; boundary=parting")
    until = time.monotonic() + 60
    while (state := ask(application, f"imports/{started['id']}/"))["status"] in ("queued", "running"):
        assert time.monotonic() < until, state
        time.sleep(0.5)
    assert (state["status"], state["created"]) == ("done", PEOPLE), state


def make_campaign(application: Application) -> str:
    template = ask(
        application,
        "templates/",
        {
            "name": "Whatever happens",
            "subject": SUBJECT,
            "mjml": "<mjml><mj-body><mj-section><mj-column><mj-text>Kia ora {{ contact.first_name }}"
            ' <a href="{{ unsubscribe_url }}">Leave</a> {{ workspace.address }}'
            "</mj-text></mj-column></mj-section></mj-body></mjml>",
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
    bring_people(application, first(application, "topics", key="news"))
    campaign = make_campaign(application)
    ask(application, f"campaigns/{campaign}/send/", {})
    wait_for_first_message(application)

    victims = kill_while_sending(application, random.Random(3))
    wait_until_sent(application, campaign)

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
    assert sum(victims.values()) >= KILLS // 2, "sending was over before the kills were"


def wait_for_first_message(application: Application) -> None:
    """The undo window and a tick lie between pressing send and the first message."""
    until = time.monotonic() + 60
    while not caught(application):
        assert time.monotonic() < until, "nothing is being sent"
        time.sleep(0.1)


def wait_until_sent(application: Application, campaign: str) -> None:
    """However slow the machine is, something has to move: what was put off comes back after a minute."""
    last, moved_at = "", time.monotonic()
    while (state := ask(application, f"campaigns/{campaign}/"))["status"] != "sent":
        report = json.dumps(ask(application, f"campaigns/{campaign}/report/"), sort_keys=True)
        if report != last:
            last, moved_at = report, time.monotonic()
        assert time.monotonic() - moved_at < STANDSTILL_SECONDS, (state, last)
        time.sleep(1)


def kill_while_sending(application: Application, chooser: random.Random) -> Counter[str]:
    """Kill processes of every kind, one after another, as long as people are still waiting for their message."""
    victims = Counter[str]()
    while sum(victims.values()) < KILLS and is_sending(application):
        kill(chooser.choice(descendants(application.process.pid)), victims)
        time.sleep(0.6)
    return victims


def is_sending(application: Application) -> bool:
    """Whether the application's own rows say so; a database that is just coming back is still sending."""
    try:
        with psycopg.connect(database_url(application), connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM delivery_message WHERE status IN ('pending', 'claimed', 'sending')"
                " AND dispatch_id = (SELECT max(id) FROM delivery_dispatch))"
            ).fetchone()
            return bool(row and row[0])
    except psycopg.OperationalError:
        return True


def kill(pid: int, victims: Counter[str]) -> None:
    try:
        name = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0].rpartition("/")[2]
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return
    victims[name] += 1


def caught(application: Application) -> Counter[str]:
    """How many copies of the campaign's message each person got."""
    with psycopg.connect(database_url(application)) as connection:
        rows = connection.execute("SELECT recipients FROM catcher_caughtmessage WHERE subject = %s", [SUBJECT])
        return Counter(address for (recipients,) in rows.fetchall() for address in recipients)


def database_url(application: Application) -> str:
    environment: dict[str, str] = json.loads((application.data / "environment.json").read_text())["environment"]
    return environment["DATABASE_URL"]
