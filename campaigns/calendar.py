"""What goes out when: the days of a month or a week, and what stands on each."""

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from accounts.models import Workspace
from campaigns.models import Campaign, Occurrence
from campaigns.planning import zone_of
from campaigns.schedule import instant_at
from campaigns.timing import timing_of

MONTH, WEEK = "month", "week"
ONE_DAY = dt.timedelta(days=1)
# A busy workspace's month; beyond that a calendar says nothing any more.
MOST = 400
MOST_LOOSE = 30
Kind = Campaign.Kind
Status = Campaign.Status

TONES: dict[str, str] = {
    Status.DRAFT: "draft", Status.SCHEDULED: "brand", Status.WAITING: "warn", Status.SENDING: "brand",
    Status.PAUSED: "warn", Status.SENT: "ok", Status.CANCELLED: "stopped",
}  # fmt: skip
OCCURRENCE_TONES = {"planned": "plum", "launched": "brand", "skipped": "draft", "held": "warn", "done": "ok"}


@dataclass(frozen=True)
class Entry:
    """Something on a day. `is_movable` when another day may be chosen; `at` is None for a draft without one."""

    campaign: Campaign
    at: dt.datetime | None
    tone: str
    is_past: bool = False
    is_movable: bool = False
    occurrence: Occurrence | None = None

    @property
    def needs_somebody(self) -> bool:
        """Whether it waits for a decision."""
        return self.tone == "warn"


@dataclass(frozen=True)
class Day:
    """A day of the page; `is_outside` of the month that is shown."""

    date: dt.date
    is_today: bool
    is_outside: bool
    is_over: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Span:
    """The days on the page, and where the pages before and after begin."""

    view: str
    title_day: dt.date
    first: dt.date
    last: dt.date
    before: dt.date
    after: dt.date


def span_of(view: str, day: dt.date, first_weekday: int) -> Span:
    """The whole weeks of the month of `day`, or its week, beginning on `first_weekday` (0 is Monday)."""
    if view == WEEK:
        first = day - dt.timedelta(days=(day.weekday() - first_weekday) % 7)
        week = dt.timedelta(days=7)
        return Span(WEEK, first, first, first + 6 * ONE_DAY, first - week, first + week)
    start = day.replace(day=1)
    end = start.replace(day=calendar.monthrange(start.year, start.month)[1])
    first = start - dt.timedelta(days=(start.weekday() - first_weekday) % 7)
    last = end + dt.timedelta(days=(first_weekday - 1 - end.weekday()) % 7)
    return Span(MONTH, start, first, last, (start - ONE_DAY).replace(day=1), end + ONE_DAY)


def days_of(workspace: Workspace, span: Span, zone: ZoneInfo, moment: dt.datetime) -> list[Day]:
    """The days with what goes out or went out on each, in three statements whatever the number."""
    start = instant_at(span.first, dt.time(0), zone)
    end = instant_at(span.last + ONE_DAY, dt.time(0), zone)
    by_day: dict[dt.date, list[Entry]] = defaultdict(list)
    for entry in [*_single(workspace, start, end), *_several(workspace, start, end)]:
        if entry.at is not None:
            by_day[entry.at.astimezone(zone).date()].append(entry)
    today = moment.astimezone(zone).date()
    dates = [span.first + number * ONE_DAY for number in range((span.last - span.first).days + 1)]
    return [
        Day(
            date=date,
            is_today=date == today,
            is_outside=span.view == MONTH and date.month != span.title_day.month,
            is_over=date < today,
            entries=sorted(by_day[date], key=lambda entry: (entry.at, entry.campaign.pk)),
        )
        for date in dates
    ]


def daily_campaigns(workspace: Workspace) -> list[Campaign]:
    """Those that look every day whose date it is, by name: a line for each day would drown everything else."""
    rows = Campaign.objects.in_workspace(workspace).filter(kind=Kind.DATE, status=Status.SCHEDULED)
    return list(rows.order_by("name", "id")[:MOST_LOOSE])


def loose_drafts(workspace: Workspace) -> list[Entry]:
    """Drafts to be sent once that nobody has given a day, the latest first."""
    rows = Campaign.objects.in_workspace(workspace).filter(
        kind=Kind.ONCE, status=Status.DRAFT, scheduled_at__isnull=True
    )
    return [Entry(row, None, _tone(row), is_movable=True) for row in rows.order_by("-updated_at", "-id")[:MOST_LOOSE]]


def _single(workspace: Workspace, start: dt.datetime, end: dt.datetime) -> list[Entry]:
    singles = Campaign.objects.in_workspace(workspace).exclude(kind__in=Campaign.SERIES).select_related("sender")
    rows = singles.on_calendar(start, end)[:MOST]
    return [
        Entry(
            row,
            row.launched_at or row.scheduled_at,
            _tone(row),
            is_past=row.launched_at is not None,
            is_movable=row.is_editable and row.kind == Kind.ONCE,
        )
        for row in rows
    ]


def _several(workspace: Workspace, start: dt.datetime, end: dt.datetime) -> list[Entry]:
    occurrences = (
        Occurrence.objects.in_workspace(workspace)
        .filter(campaign__kind__in=Campaign.SERIES)
        .between(start, end)
        .select_related("campaign")
        .order_by("at", "id")
    )
    # A day on which nobody's date was is nothing that went out; what looks every day stands above the days, once.
    silent = [
        {"status": "skipped", "reason": "nobody", "campaign__kind": Kind.DATE},
        {"status": "planned", "campaign__kind": Kind.DATE},
    ]
    for condition in silent:
        occurrences = occurrences.exclude(**condition)
    found = [
        Entry(one.campaign, one.at, OCCURRENCE_TONES[one.status], one.status != "planned", occurrence=one)
        for one in occurrences[:MOST]
    ]
    return found + _foreseen(workspace, start, end)


def _foreseen(workspace: Workspace, start: dt.datetime, end: dt.datetime) -> list[Entry]:
    """The times of series after the next one, which is stored."""
    several = [kind for kind in Campaign.SERIES if kind != Kind.DATE]
    rows = Campaign.objects.in_workspace(workspace).filter(
        kind__in=several, status=Status.SCHEDULED, scheduled_at__lt=end
    )
    found = []
    for row in rows.select_related("workspace").order_by("id")[:MOST]:
        zone = zone_of(row)
        begin = max(row.scheduled_at, start - dt.timedelta(seconds=1))
        rule = timing_of(row).recurrence(row.kind, begin.astimezone(zone).date())
        found += [Entry(row, at, "plum") for at in rule.between(begin, end, zone, most=62)]
    return found


def _tone(campaign: Campaign) -> str:
    if (campaign.status == Status.DRAFT and campaign.launch_problem) or campaign.is_stuck:
        return "warn"
    return TONES.get(campaign.status, "draft")
