"""public_step: the pages of a flow while fifty people go through it, from the web server that `make run` starts."""

import json
import re
import subprocess
import sys
from typing import Any

from bench.figure import Figure, percentile
from bench.web_server import web_server
from bench.world import Bench
from flows.models import Flow, FlowSession
from flows.services import create_flow, publish_flow

PEOPLE, SECONDS = 50, 20
TARGET = 60


def run(bench: Bench) -> list[Figure]:
    """p95 in ms of a page and of a sent step, as a visitor sees them, each of the fifty reading a second or three.

    Granian with two processes, as in production; the baseline is the same with one person. Fails unless every session
    that came to its end is in the database.
    """
    flow = _flow(bench)
    path = f"/f/{flow.public_id}/"
    with web_server() as server:
        _visit(server.host, path, 8, 8)  # each process has loaded the application and its templates by now
        alone = _visit(server.host, path, 1, 15)
        before = FlowSession.objects.filter(flow=flow, status="completed").count()
        together = _visit(server.host, path, PEOPLE, SECONDS)
        kept = FlowSession.objects.filter(flow=flow, status="completed").count() - before
    if kept < together["finished"] or not together["finished"]:
        raise RuntimeError(f"{together['finished']} came to the end, {kept} are kept")
    everything = together["get"] + together["post"]
    more = {
        "get_p95": percentile(together["get"], 0.95),
        "post_p95": percentile(together["post"], 0.95),
        "median": percentile(everything, 0.5),
        "slowest": max(everything),
        "requests_a_second": len(everything) / SECONDS,
    }
    baseline = percentile(alone["get"] + alone["post"], 0.95)
    value = max(more["get_p95"], more["post_p95"])
    return [Figure("public_step", value, "ms", baseline, TARGET, is_less_better=True, more=more)]


def _flow(bench: Bench) -> Flow:
    """A quiz of two steps with an outcome."""
    choices = [{"key": key, "label": key.title(), "score": place} for place, key in enumerate(("lake", "alps", "sea"))]
    where = {"type": "single_choice", "key": "view", "label": "Where to?", "required": True, "choices": choices}
    document: dict[str, Any] = {
        "schema_version": "1.0",
        "kind": "quiz",
        "name": "Which cabin are you?",
        "default_locale": "en",
        "settings": {"spam": {"pow": "off"}},
        "outcomes": [
            {"key": "low", "title": "Lake", "max_score": 0},
            {"key": "high", "title": "Hills", "min_score": 1},
        ],
        "outcome_mode": "score_range",
        "steps": [
            {"key": "where", "blocks": [where]},
            {
                "key": "who",
                "blocks": [
                    {"type": "short_text", "key": "name", "label": "Your name", "required": True},
                    {"type": "number", "key": "nights", "label": "How many nights?", "min": 1},
                ],
            },
        ],
        "endings": [{"key": "done", "type": "screen", "title": "Thank you, {{answers.name}}"}],
    }
    flow = create_flow(workspace=bench.workspace, actor=bench.owner, name="Bench", document=document, key="public_step")
    publish_flow(flow=flow, actor=bench.owner)
    flow.refresh_from_db()
    return flow


def _visit(host: str, path: str, people: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.visitors", host, path, str(people), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 120)
    if done.returncode:
        raise RuntimeError(re.sub(r"\s+", " ", done.stderr)[-500:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
