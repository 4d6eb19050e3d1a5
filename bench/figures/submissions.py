"""submissions: forms that are filled in and sent, through the web server that `make run` starts."""

import json
import subprocess
import sys
import time
from typing import Any

from bench.figure import Figure
from bench.web_server import web_server
from bench.world import Bench
from flows.models import Flow, FlowSession
from flows.services import create_flow, publish_flow

PEOPLE, SECONDS, WARM_UP = 12, 15, 3
UNTIL_THE_END, AT_MOST = 200, 90.0
TARGET = 150


def run(bench: Bench) -> list[Figure]:
    """Completed submissions a second: each looks at the form, sends it, and becomes a contact with a consent.

    The baseline is one person at a time. Then the server is killed in the middle: fails unless everything that was
    acknowledged, then and before, is in the database with its contact.
    """
    flow = _flow(bench)
    path = f"/f/{flow.public_id}/"
    with web_server() as server:
        _send(server.host, path, PEOPLE, WARM_UP, "warm")
        alone = _send(server.host, path, 1, 5, "alone")
        together = _send(server.host, path, PEOPLE, SECONDS, "many")
    with web_server() as server:
        asked = _start(server.host, path, PEOPLE, 2 * AT_MOST, "killed")
        _wait_for(flow, UNTIL_THE_END)
        server.kill()
        killed = _said(asked)
    lost = _lost(flow, [*alone["addresses"], *together["addresses"], *killed["addresses"]])
    if lost or not killed["addresses"]:
        raise RuntimeError(f"{lost} acknowledged submissions are not there; {len(killed['addresses'])} before the end")
    value = len(together["addresses"]) / together["seconds"]
    baseline = len(alone["addresses"]) / alone["seconds"]
    more: dict[str, float] = {"people": PEOPLE, "acknowledged_before_the_kill": len(killed["addresses"]), "lost": lost}
    return [Figure("submissions", value, "submissions/s", baseline, TARGET, more=more)]


def _wait_for(flow: Flow, more: int) -> None:
    """Until so many more came in, in the middle of which the server is to die."""
    rows = FlowSession.objects.filter(flow=flow, status="completed")
    before, until = rows.count(), time.monotonic() + AT_MOST
    while rows.count() < before + more and time.monotonic() < until:
        time.sleep(0.2)


def _lost(flow: Flow, addresses: list[str]) -> int:
    done = FlowSession.objects.filter(flow=flow, status="completed", contact__email__in=addresses)
    return len(set(addresses) - set(done.values_list("contact__email", flat=True)))


def _flow(bench: Bench) -> Flow:
    """A form of one page: who, where to, and a tick."""
    choices = [{"key": key, "label": key.title()} for key in ("lake", "alps", "sea")]
    blocks: list[dict[str, Any]] = [
        {"type": "email", "key": "mail", "label": "Your e-mail", "required": True, "contact_field": "email"},
        {"type": "full_name", "key": "name", "label": "Your name", "contact_field": "full_name"},
        {"type": "single_choice", "key": "view", "label": "Where to?", "required": True, "choices": choices},
    ]
    document = {
        "schema_version": "1.0",
        "kind": "form",
        "name": "Ask",
        "default_locale": "en",
        "settings": {"spam": {"pow": "off", "min_seconds": 0}},
        "steps": [{"key": "you", "blocks": blocks, "logic": [{"actions": [{"do": "tag", "tag": "Asked"}]}]}],
        "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
    }
    flow = create_flow(workspace=bench.workspace, actor=bench.owner, name="Ask", document=document, key="submissions")
    publish_flow(flow=flow, actor=bench.owner)
    flow.refresh_from_db()
    return flow


def _send(host: str, path: str, people: int, seconds: float, name: str) -> dict[str, Any]:
    return _said(_start(host, path, people, seconds, name))


def _start(host: str, path: str, people: int, seconds: float, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.submitters", host, path, str(people), str(seconds), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _said(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, _errors = process.communicate(timeout=180)
    found: dict[str, Any] = json.loads(said)
    if found["problems"]:
        raise RuntimeError(found["problems"][0])
    return found
