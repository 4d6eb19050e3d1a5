"""consent_gate: may each of 100,000 people be mailed about a topic? As asked before a campaign is frozen."""

import time
from typing import Any

from django.db import connection

from bench.consents import have_consents
from bench.figure import Figure, percentile
from bench.world import Bench
from consent.models import Topic
from delivery.services import Audience, preview_audience

ASKED = 100_000
ROUNDS = 7
AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s AND hashint8(id) %% %s = 0 LIMIT %s"
COUNT = f"SELECT count(*) FROM ({AUDIENCE}) audience JOIN contacts_address a ON a.contact_id = audience.id"


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile of seconds to decide, beside only finding the same people's addresses."""
    bench.have_contacts()
    topic = have_consents(bench)
    params = [bench.workspace.pk, max(1, bench.rows // ASKED), ASKED]
    seconds, baselines = [], []
    for number in range(ROUNDS + 1):
        took, preview = _decide(bench, topic, params)
        baseline = _count(params)
        if number:  # the first brings the pages into memory
            seconds.append(took)
            baselines.append(baseline)
    if not (len(preview.excluded) > 5 and 0 < preview.will_get < preview.matched):
        raise RuntimeError(f"the gate said {preview.excluded} and let {preview.will_get} pass")
    asked = {
        "asked": float(preview.matched),
        "allowed": float(preview.will_get),
        "reasons": float(len(preview.excluded)),
    }
    value = percentile(seconds, 0.95)
    return [Figure("consent_gate", value, "s", percentile(baselines, 0.95), 1, is_less_better=True, more=asked)]


def _decide(bench: Bench, topic: Topic, params: list[int]) -> tuple[float, Any]:
    began = time.monotonic()
    preview = preview_audience(workspace=bench.workspace, audience=Audience(AUDIENCE, params, topic), sample=5)
    return time.monotonic() - began, preview


def _count(params: list[int]) -> float:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, params)
        cursor.fetchone()
    return time.monotonic() - began
