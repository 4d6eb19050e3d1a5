"""segment_materialise: a segment of half of everybody, frozen into a list."""

import time

from django.db import connection

from bench.figure import Figure, percentile
from bench.segment_world import have_segment_world
from bench.world import Bench
from segments.language.text_parser import parse_text
from segments.models import ListMember, Segment, StaticList
from segments.services.lists import freeze_segment

ROUNDS = 3
RULE = 'consent email/news/marketing is granted and bucket "half" from 0 to 9399 or attribute plan is "pro"'


def run(bench: Bench) -> list[Figure]:
    """The slowest of some rounds, in seconds, beside PostgreSQL copying as many ids into a table without an index."""
    have_segment_world(bench)
    rule = parse_text(RULE)
    segment, _created = Segment.objects.update_or_create(
        workspace=bench.workspace, key="half", defaults={"name": "Half", "rule": rule}
    )
    seconds, people = [], 0
    for number in range(ROUNDS):
        began = time.monotonic()
        frozen = freeze_segment(segment=segment, values={"name": f"Half {number}"}, actor=bench.owner)
        seconds.append(time.monotonic() - began)
        people = ListMember.objects.filter(list=frozen).count()
        StaticList.objects.filter(pk=frozen.pk).delete()
    more = {"people": float(people), "people_per_second": people / percentile(seconds, 0.5)}
    return [Figure("segment_materialise", max(seconds), "s", _copy(people), 5, is_less_better=True, more=more)]


def _copy(people: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_ids (list_id bigint, contact_id bigint, added_at timestamptz)")
        began = time.monotonic()
        cursor.execute("INSERT INTO bench_ids SELECT 1, id, now() FROM contacts_contact LIMIT %s", [people])
        took = time.monotonic() - began
        cursor.execute("DROP TABLE bench_ids")
    return took
