"""segment_preview: the answer to a key press in the builder: counts of the whole and of every line, faces, and why."""

import time

from django.test import Client
from django.urls import reverse

from bench.figure import Figure, percentile
from bench.segment_rules import RULES
from bench.segment_world import have_segment_world
from bench.world import Bench
from segments.builder.state import dump_root
from segments.builder.tree import open_rule
from segments.language.text_parser import parse_text

ROUNDS = 12
EXACT = "part=exact"  # the page asks again for what was only estimated


def run(bench: Bench) -> list[Figure]:
    """The 95th percentile in milliseconds, over ten rules, of what the page's address takes, through all of Django.

    The baseline is the same page with a rule about nothing, "everyone". `estimates` is the share of answers whose
    count was an estimate. Raises RuntimeError when an answer has no count.
    """
    have_segment_world(bench)
    client = Client()
    client.force_login(bench.owner)
    _ask(bench, client, "everyone")  # templates are compiled by now, as on a server that runs
    nothing = [_ask(bench, client, "everyone")[0] for _round in range(ROUNDS)]
    answers = {name: _answers(bench, client, text) for name, (text, _statement) in RULES.items()}
    times = [took for some in answers.values() for took, _is_estimate in some]
    estimates = [is_estimate for some in answers.values() for _took, is_estimate in some]
    more = {f"{name}_p95": percentile([took for took, _is in some], 0.95) for name, some in answers.items()}
    more |= {"estimates": sum(estimates) / len(estimates), "slowest": max(times)}
    value = percentile(times, 0.95)
    return [Figure("segment_preview", value, "ms", percentile(nothing, 0.95), 300, is_less_better=True, more=more)]


def _answers(bench: Bench, client: Client, text: str) -> list[tuple[float, bool]]:
    _ask(bench, client, text)
    return [_ask(bench, client, text) for _round in range(ROUNDS)]


def _ask(bench: Bench, client: Client, text: str) -> tuple[float, bool]:
    """Milliseconds of one answer, and whether its count is an estimate."""
    address = reverse("segments:preview", args=[bench.workspace.slug])
    form = {"state": dump_root(open_rule(parse_text(text)), bench.workspace)}
    began = time.perf_counter()
    answer = client.post(address, form, headers={"HX-Request": "true"})
    took = (time.perf_counter() - began) * 1000
    page = answer.content.decode()
    if answer.status_code != 200 or 'id="whole"' not in page:
        raise RuntimeError(f"{text}: {answer.status_code}, or no count in time")
    return took, EXACT in page
