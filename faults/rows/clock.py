"""Two beats, ten ticks at once, machines two hours off either way, and both nights on which clocks are changed."""

import datetime as dt
import os
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from celery import current_app

from campaigns.models import Campaign
from campaigns.services import create_campaign, schedule_campaign
from consent.models import ContactPreference
from contacts.models import Contact
from content.models import Template
from delivery.models import Dispatch, Message
from faults.people import Town, found_town
from faults.promises import EVERYBODY, Stopwatch, is_done
from faults.receiver import Accepted
from faults.result import Result
from faults.world import World, steadily
from segments.models import Segment

OCCURRENCES, FEW_OCCURRENCES = 50, 2
PEOPLE = 20
SECONDS = 300
ZONE = ZoneInfo("Europe/Berlin")
PLANNED, QUIET_FROM, QUIET_UNTIL = dt.time(7, 30), dt.time(22), dt.time(8)
LATEST = dt.time(9)
WRONG_BY = 7200
TICKS_AT_ONCE = 10
# Time for a worker whose clock is ahead to make its mistake.
EARLY, SECONDS_FOR_MISTAKES = dt.timedelta(seconds=30), 1.0
MJML = """<mjml><mj-body><mj-section><mj-column><mj-text>Kia ora {{ contact.first_name }}, good morning.</mj-text>
<mj-text><a href="{{ unsubscribe_url }}">Leave</a>, {{ workspace.address }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


class Clocks:
    """The world's clock, which the database and everybody go by, and two nodes whose own are wrong besides."""

    def __init__(self, world: World) -> None:
        self._files = {Path(os.environ["RAPPORT_CLOCK"]): 0}
        self._files |= {world.clock_of(number): sign * WRONG_BY for number, sign in enumerate((1, -1))}
        self._settings: list[tuple[float, float]] = []

    def set(self, moment: dt.datetime) -> None:
        """Make it `moment` for everybody."""
        shift = moment.timestamp() - time.time()
        self._settings.append((time.time(), shift))
        for path, own in self._files.items():
            path.with_suffix(".new").write_text(f"{shift} {own}")
            path.with_suffix(".new").replace(path)

    def local(self, line: Accepted) -> dt.datetime:
        """When, on people's own clocks, a message was accepted."""
        shift = next(shift for since, shift in reversed(self._settings) if since <= line.at)
        return dt.datetime.fromtimestamp(line.at + shift, ZONE)

    def forget(self) -> None:
        """Everybody has their own time again."""
        for path in self._files:
            path.unlink(missing_ok=True)


def run(world: World, size: int | None) -> list[Result]:
    """Each occurrence once, to everybody once, not early, and nobody in their quiet hours."""
    occurrences = size or (FEW_OCCURRENCES if world.is_small else OCCURRENCES)
    world.only(0)
    clocks, watch = Clocks(world), Stopwatch()
    days = _days_around_changes(dt.datetime.now(ZONE).date(), occurrences)
    # Months that pass in a moment would have every segment of every row looked through, which is another promise.
    Segment.objects.update(is_followed=False)
    try:
        clocks.set(_at(days[0], PLANNED) - dt.timedelta(hours=3))
        town = found_town("clock", PEOPLE, time_zone=str(ZONE))
        quiet = _make_half_quiet(town)
        campaigns = _plan(town, days)
        world.only(2, beats=2)
        late = [day for number, day in enumerate(days) if not _live_through(world, clocks, town, day, number + 1)]
        # What was accepted a moment ago is written down a moment later.
        world.wait(partial(is_done, *Dispatch.objects.filter(workspace=town.workspace)), EVERYBODY, seconds=SECONDS)
        result = _judge(world, clocks, town, campaigns, quiet, watch)
        result.problems += [f"{day} did not go out within {SECONDS} s of its time" for day in late]
        return [result]
    finally:
        world.only(0)
        clocks.forget()


def _days_around_changes(after: dt.date, number: int) -> list[dt.date]:
    """As many days, half of them around each of the next two nights on which clocks are changed."""
    days = [after + dt.timedelta(days=ahead) for ahead in range(30, 400)]
    changes = [day for day in days if _at(day, dt.time()).utcoffset() != _at(day, dt.time(12)).utcoffset()][:2]
    half = number // 2
    return [change + dt.timedelta(days=ahead - half // 2) for change in changes for ahead in range(half)]


def _at(day: dt.date, clock_time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, clock_time, ZONE)


def _make_half_quiet(town: Town) -> set[str]:
    """Everybody lives by ZONE's clock; every second one wants quiet nights. Returns their addresses."""
    Contact.objects.filter(workspace=town.workspace).update(time_zone=str(ZONE))
    quiet = list(Contact.objects.filter(workspace=town.workspace).order_by("id"))[::2]
    ContactPreference.objects.bulk_create(
        ContactPreference(workspace=town.workspace, contact=one, quiet_from=QUIET_FROM, quiet_until=QUIET_UNTIL)
        for one in quiet
    )
    return {one.email for one in quiet}


def _plan(town: Town, days: list[dt.date]) -> list[Campaign]:
    """One campaign for each day, planned in local time."""
    everyone = {"version": 1, "where": {"kind": "everyone"}}
    parts = {
        "topic": town.topic,
        "sender": town.sender,
        "segment": Segment.objects.create(workspace=town.workspace, name="Everyone", key="everyone", rule=everyone),
        "template": Template.objects.create(workspace=town.workspace, name="Day", subject="Good day", mjml=MJML),
    }
    campaigns = []
    for day in days:
        campaign = create_campaign(workspace=town.workspace, actor=None, name=f"{day}", **parts)
        schedule_campaign(campaign=campaign, actor=None, at=_at(day, PLANNED), time_zone=str(ZONE))
        campaigns.append(campaign)
    return campaigns


def _live_through(world: World, clocks: Clocks, town: Town, day: dt.date, number: int) -> bool:
    """One morning: a moment before the time, the time, and the end of the quiet hours.

    False when somebody had no message long after each.
    """
    planned, quiet_ends = _at(day, PLANNED), _at(day, QUIET_UNTIL)
    clocks.set(planned - EARLY)
    until = time.monotonic() + SECONDS_FOR_MISTAKES
    world.wait(lambda: time.monotonic() > until, "mistakes had had their time", seconds=SECONDS)
    done, in_time = PEOPLE * (number - 1), True
    for moment, expected in ((planned, done + PEOPLE // 2), (quiet_ends, done + PEOPLE)):
        clocks.set(moment + dt.timedelta(seconds=5))
        if moment == planned:
            _tick_ten_times()
        in_time &= world.wait(
            partial(_has_come, world, town, expected), f"occurrence {number} had come", seconds=SECONDS
        )
    return in_time


def _has_come(world: World, town: Town, messages: int) -> bool:
    return len(world.receiver.since(0, town.domain)) >= messages


def _tick_ten_times() -> None:
    """Ten ticks that reach the workers at the same moment."""
    tick = current_app.tasks["core.tick"]
    threads = [threading.Thread(target=tick.apply_async, kwargs={"retry": False}) for _ in range(TICKS_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _judge(
    world: World, clocks: Clocks, town: Town, campaigns: list[Campaign], quiet: set[str], watch: Stopwatch
) -> Result:
    keys = [campaign.pk for campaign in campaigns]
    dispatches = steadily(lambda: list(Dispatch.objects.filter(workspace=town.workspace)))
    rows = Message.objects.filter(dispatch__in=dispatches)
    outcomes = Counter(steadily(lambda: list(rows.values_list("status", flat=True))))
    log = world.receiver.since(0, town.domain)
    result = Result(row="clock", size=len(keys) * PEOPLE, outcomes=dict(outcomes), seconds=watch.seconds)
    result.copies = dict(Counter(Counter(line.message_id for line in log).values()))
    times = [(line.recipient in quiet, clocks.local(line).time()) for line in log]
    in_quiet = sum(is_quiet and not QUIET_UNTIL <= at < LATEST for is_quiet, at in times)
    early = sum(not PLANNED <= at < LATEST for _is_quiet, at in times)
    uneven = [who for who, number in Counter(line.recipient for line in log).items() if number != len(keys)]
    result.seen = {"occurrences": len(keys), "dispatches": len(dispatches), "in quiet hours": in_quiet, "early": early}
    if sorted(dispatch.source_id for dispatch in dispatches) != sorted(keys):
        states = steadily(lambda: list(Campaign.objects.filter(pk__in=keys).values_list("status", "launch_problem")))
        result.problems.append(f"{len(dispatches)} dispatches for {len(keys)} occurrences: {states}")
    if in_quiet or early:
        result.problems.append(f"{in_quiet} came in quiet hours, {early} early or late")
    if uneven or len(log) != result.size:
        result.problems.append(f"{len(log)} accepted of {result.size}, {len(uneven)} people got too many or too few")
    if outcomes != Counter(sent=result.size):
        result.problems.append(f"outcomes are {dict(outcomes)}")
    return result
