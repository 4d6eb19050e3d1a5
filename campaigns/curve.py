"""How many messages leave in which hour, before anything is sent."""

import datetime as dt
from collections import defaultdict
from copy import copy
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from campaigns.hold_outs import hold_outs_of
from campaigns.models import Campaign
from campaigns.planning import make_audience, prepared_at, times_of, zone_of
from campaigns.rules import standing_of
from campaigns.variants import parts_of_versions
from campaigns.when_form import WhenForm
from delivery.services import pace_for, preview_zones
from segments.language.problems import RuleError

HOUR = dt.timedelta(hours=1)
WIDTH, HEIGHT, BASE, TOP = 520, 110, 92, 8
# Two days and some: as long as a day lasts on earth, with one for those for whom the hour has passed.
MOST_HOURS = 54


@dataclass(frozen=True)
class Curve:
    """Messages by the hour in which they leave, on the clock of the sender's zone.

    `left_out` are those for whom the hour has passed, `total` is everybody else. Where limits hold messages back
    `ends_at` is when the last of them leaves; who leaves after the last of `hours` is in `total` alone.
    """

    zone: ZoneInfo
    hours: list[tuple[dt.datetime, int]]
    total: int
    left_out: int = 0
    ends_at: dt.datetime | None = None

    @property
    def later(self) -> int:
        """How many leave after the hours that are shown."""
        return self.total - sum(people for _hour, people in self.hours)


def send_curve(campaign: Campaign, form: WhenForm, moment: dt.datetime) -> Curve | None:
    """The curve of the campaign with the rules of a valid form; None where nobody can be counted.

    One statement counts those who would get it now by their zone; the rest is worked out.
    """
    draft = copy(campaign)
    draft.kind, draft.timing = form.chosen_kind, form.timing.as_data()
    draft.time_zone = form.cleaned_data.get("time_zone") or campaign.time_zone
    zone = zone_of(draft)
    at = _start(draft, form, moment)
    if at is None:
        return None
    try:
        people = preview_zones(
            workspace=campaign.workspace,
            audience=make_audience(draft, at, moment),
            standing=standing_of(campaign),
            hold_outs=hold_outs_of(campaign, at),
        )
    except RuleError:
        return None
    everybody, by_zone = times_of(draft, form.timing, at, max(moment, prepared_at(draft, form.timing, at)))
    hours: dict[dt.datetime, int] = defaultdict(int)
    left_out = 0
    for name, count in people.items():
        due = by_zone.get(name, everybody)
        if due is None:
            left_out += count
        else:
            hours[max(due, moment).replace(minute=0, second=0, microsecond=0)] += count
    return _with_limits(campaign, Curve(zone, _filled(hours), sum(hours.values()), left_out), hours)


def _with_limits(campaign: Campaign, curve: Curve, due: dict[dt.datetime, int]) -> Curve:
    """The curve as the limits of the campaign, its senders and the workspace bend it; as it is where none does."""
    versions, _templates = parts_of_versions(campaign)
    senders = {sender.pk for sender in [campaign.sender, *versions] if sender}
    pace = pace_for(
        workspace=campaign.workspace,
        senders=sorted(senders),
        messages=curve.total,
        hourly_limit=campaign.hourly_limit,
        due=list(due.items()),
    )
    leaving: dict[dt.datetime, int] = defaultdict(int)
    for slot in pace.slots:
        leaving[slot.at.replace(minute=0, second=0, microsecond=0)] += slot.messages
    if leaving == due:
        return curve
    return replace(curve, hours=_filled(leaving), ends_at=pace.ends_at)


def _start(draft: Campaign, form: WhenForm, moment: dt.datetime) -> dt.datetime | None:
    if form.moment is not None:
        return form.moment.at
    if not draft.is_series:
        return moment
    zone = zone_of(draft)
    rule = form.timing.recurrence(draft.kind, moment.astimezone(zone).date())
    return replace(rule, times=None).next_after(moment, zone)


def _filled(hours: dict[dt.datetime, int]) -> list[tuple[dt.datetime, int]]:
    if not hours:
        return []
    first, last = min(hours), max(hours)
    length = min(int((last - first) / HOUR) + 1, MOST_HOURS)
    return [(first + HOUR * number, hours.get(first + HOUR * number, 0)) for number in range(length)]


@dataclass(frozen=True)
class Bar:
    """One hour as it is drawn."""

    x: float
    y: float
    width: float
    height: float
    at: dt.datetime
    people: int


@dataclass(frozen=True)
class DrawnCurve:
    """What the template draws: bars, and the hours written below."""

    curve: Curve
    bars: list[Bar]
    ticks: list[tuple[float, dt.datetime]]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE

    @property
    def ends_at(self) -> dt.datetime | None:
        """When the last of those leaves whom limits hold back, on the clock of the curve."""
        return self.curve.ends_at.astimezone(self.curve.zone) if self.curve.ends_at else None

    @property
    def is_flat(self) -> bool:
        """Whether all leave within one hour, which needs no picture."""
        return len(self.bars) <= 1


def draw_curve(curve: Curve | None) -> DrawnCurve | None:
    """The curve as coordinates; None for one without anybody."""
    if curve is None or (not curve.hours and not curve.left_out):
        return None
    step = WIDTH / max(len(curve.hours), 1)
    top = max((people for _hour, people in curve.hours), default=0) or 1
    bars = []
    for number, (hour, people) in enumerate(curve.hours):
        # Few are few, not none: every hour with somebody in it is seen.
        height = max(people / top * (BASE - TOP), 2 if people else 0)
        bars.append(
            Bar(number * step + 1, BASE - height, max(step - 2, 2), height, hour.astimezone(curve.zone), people)
        )
    every = max(1, -(-len(bars) // 6))
    ticks = [(bar.x, bar.at) for number, bar in enumerate(bars) if number % every == 0]
    return DrawnCurve(curve, bars, ticks)
