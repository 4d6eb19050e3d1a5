"""segment_tick: 50 segments that are followed, brought up to date after 100,000 new events."""

import time

from django.db import connection

from bench.figure import Figure
from bench.segment_world import have_segment_world
from bench.world import Bench
from segments.language.text_parser import parse_text
from segments.models import ContactTouch, Following, MemberChange, Segment
from segments.services.following import check_members, follow_workspace
from segments.services.rounds import open_round

EVENTS = 100_000
BATCH = 1_000
KINDS = ("order.placed", "cart.added", "login", "page.viewed")
# As the API writes them: so many in a statement, of people at random, all just now.
WRITE = """
INSERT INTO events_event (public_id, workspace_id, kind, contact_id, at, recorded_at, properties, folded, amount,
    currency, source_kind)
SELECT gen_random_uuid(), %(workspace)s, (%(kinds)s::text[])[1 + n %% 4], people.id, now(), now(),
    CASE n %% 4 WHEN 0 THEN '{"total": {"amount": "75.00", "currency": "EUR"}, "items": 2}'::jsonb ELSE '{}' END, '{}',
    CASE n %% 4 WHEN 0 THEN 750000 END, CASE n %% 4 WHEN 0 THEN 'EUR' END, 'api'
FROM generate_series(1, %(number)s) AS n
JOIN LATERAL (SELECT (%(ids)s::bigint[])[1 + (n * 7919 + %(place)s) %% %(people)s] AS id) people ON true
"""

ACTIVE = """
SELECT array_agg(s.contact_id ORDER BY hashint8(s.contact_id)),
    (SELECT array_agg(id ORDER BY hashint8(id)) FROM contacts_contact WHERE workspace_id = %(workspace)s)
FROM events_eventsummary s
WHERE s.workspace_id = %(workspace)s AND s.kind = 'login' AND s.last_at > now() - interval '30 days'
"""
# What people make of the ten subjects of bench.segment_rules: the same sentences with other values.
VARIANTS = (
    [f'attribute plan is "{plan}"' for plan in ("pro", "team")]
    + [f'attribute plan is "team" and attribute age >= {age}' for age in (25, 40, 60)],
    [f'contact country is "{one}" and attribute age between 25 and 40' for one in ("DE", "PL", "FR", "NZ", "US")],
    [f'attribute city starts with "{city}" or attribute interests has any ("{interest}")'
     for city, interest in (("berlin", "art"), ("bonn", "food"), ("paris", "art"), ("wien", "sport"), ("rom", "art"))],
    [f"consent email/news/marketing is granted and address email status valid and attribute age > {age}"
     for age in (18, 30, 45, 60, 70)],
    [f"event login in the last {days} days" for days in (1, 7, 14, 30, 90)],
    [f"event order.placed at least {times} times where (total >= 50 EUR) in the last {days} days"
     for times, days in ((1, 30), (2, 90), (3, 180), (4, 365), (5, 365))],
    [f"engagement sent at least 2 times in the last {days} days and engagement opened never in the last {days} days"
     for days in (14, 30, 60, 90, 180)],
    [f"sequence (event cart.added then no event order.placed) within {hours} hours in the last {days} days"
     for hours, days in ((24, 7), (24, 14), (24, 30), (48, 30), (72, 60))],
    [f"event order.placed last more than {days} days ago and consent email/news/marketing is granted"
     " and anniversary of birthday from 0 to 30" for days in (30, 60, 90, 180, 365)],
    ['(attribute plan in ("pro", "team") or event order.placed sum total >= 150 EUR in the last 90 days'
     " or engagement clicked in the last 90 days) and consent email/news/marketing is granted"
     f' and address email status valid and not contact country is "{country}" and bucket "spring" from 0 to 8999'
     for country in ("RU", "GB", "US", "NZ", "CH")],
)  # fmt: skip


def run(bench: Bench) -> list[Figure]:
    """Seconds from the last event's commit until nothing waits to be looked at, all changes written down.

    Beside it evaluating all 50 for everybody and comparing, which the night does; it must find nothing wrong.
    `writing` is how long the events took to be written with their notes, `changed` how many people came or went.
    """
    have_segment_world(bench)
    kept = Segment.objects.filter(workspace=bench.workspace).update(is_followed=False)
    for number, text in enumerate(_rules()):
        Segment.objects.create(
            workspace=bench.workspace, name=f"Tick {number}", key=f"tick-{number}", rule=parse_text(text)
        )
    try:
        began = time.monotonic()
        _follow(bench)
        more = {"filling": time.monotonic() - began, "segments_before": float(kept)}
        return [_measure(bench, more)]
    finally:
        Segment.objects.filter(workspace=bench.workspace, key__startswith="tick-").delete()
        _follow(bench)


def _measure(bench: Bench, more: dict[str, float]) -> Figure:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE segments_segmentmember, segments_memberchange")
    began = time.monotonic()
    _write_events(bench)
    more["writing"] = time.monotonic() - began
    more["waiting"] = float(ContactTouch.objects.count())
    last = MemberChange.objects.order_by("-id").values_list("id", flat=True).first() or 0
    began = time.monotonic()
    more["rounds"] = float(_follow(bench))
    seconds = time.monotonic() - began
    more["changed"] = float(MemberChange.objects.filter(id__gt=last).count())
    began = time.monotonic()
    with open_round(bench.workspace) as round_:
        if round_ is None:
            raise RuntimeError("somebody else follows segments here")
        wrong = sum(check_members(round_, followed).unnoted for followed in round_.followed)
    nightly = time.monotonic() - began
    if wrong:
        raise RuntimeError(f"{wrong} people were noted wrong")
    return Figure("segment_tick", seconds, "s", nightly, 20, is_less_better=True, more=more)


def _follow(bench: Bench) -> int:
    """Bring everything up to date, in as many ticks as that takes; returns the number of rounds."""
    rounds = follow_workspace(bench.workspace)
    while ContactTouch.objects.exists() or Following.objects.filter(is_filled=False).exists():
        rounds += follow_workspace(bench.workspace)
    return rounds


def _write_events(bench: Bench) -> None:
    """Four in five of people who were here in the last month, as those are who come today; the rest of anybody."""
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE, {"workspace": bench.workspace.pk})
        active, anybody = cursor.fetchone()
        for place in range(0, EVENTS, BATCH):
            people = anybody if place // BATCH % 5 == 0 else active
            first = place * 7 % len(people)
            some = (people[first:] + people[:first])[: BATCH * 10]
            values = {"workspace": bench.workspace.pk, "kinds": list(KINDS), "number": BATCH, "ids": some,
                      "place": place * 31, "people": len(some)}  # fmt: skip
            cursor.execute(WRITE, values)


def _rules() -> list[str]:
    """Fifty rules: each of the ten that are counted elsewhere in five variants."""
    return [text for variants in VARIANTS for text in variants]
