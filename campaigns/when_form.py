"""What people fill in for when a campaign goes out."""

import datetime as dt
from dataclasses import replace
from typing import Any, Self

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from campaigns.errors import SkippedHour
from campaigns.forms import ClockInput, DayInput, zone_choices
from campaigns.models import Campaign
from campaigns.recurrence import DAY, LAST_DAY, MONTH, WEEK
from campaigns.schedule import LocalMoment, local_moment
from campaigns.timing import AT_ONCE, FARTHEST_YEAR, HOLD, NEXT_DAY, SKIP, Timing, timing_of, timing_problems
from contacts.models import Attribute
from core.clock import now, zone_or_none

Kind = Campaign.Kind
NOW, LATER, SERIES = "now", "later", "series"
BEFORE, AFTER = "before", "after"

KINDS = [
    (Kind.RECURRING.value, _("On certain days, again and again")),
    (Kind.DATE.value, _("On a date of each person, such as a birthday")),
    (Kind.EVERGREEN.value, _("When somebody joins the segment")),
    (Kind.FEED.value, _("When there is something new in a feed")),
]
WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")),
    (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip
# Rules that go into a timing as they were typed; the form's other fields are read one by one.
PLAIN = (
    "local_time", "if_passed", "send_within", "late_after", "when_late", "every", "starts_on", "ends_on", "times",
    "attribute", "yearly", "with_present", "feed_url",
)  # fmt: skip


class WhenForm(forms.Form):
    """Now, at a local time in a chosen zone, or by rules.

    Once the form is valid, `moment` is the instant of a single start, `chosen_kind` and `timing` the rules.
    """

    NOW, LATER, SERIES = NOW, LATER, SERIES

    when = forms.ChoiceField(
        label=_("When"), choices=[(NOW, _("Now")), (LATER, _("Later")), (SERIES, _("By rules"))], initial=NOW
    )
    kind = forms.ChoiceField(label=_("It goes out"), choices=KINDS, required=False)
    every = forms.ChoiceField(
        label=_("Days"),
        choices=[(WEEK, _("Days of the week")), (MONTH, _("Days of the month")), (DAY, _("Every day"))],
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"), choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    month_days = forms.CharField(
        label=_("On the"),
        required=False,
        max_length=120,
        help_text=_("Numbers with commas, such as 1, 15. The 31st of a shorter month is its last day."),
    )
    attribute = forms.ChoiceField(label=_("Date"), required=False)
    days = forms.IntegerField(
        label=_("Days away from it"), required=False, min_value=0, max_value=365, help_text=_("0 is the day itself.")
    )
    direction = forms.ChoiceField(
        label=_("Before or after"),
        choices=[(BEFORE, _("Before the date")), (AFTER, _("After the date"))],
        required=False,
    )
    yearly = forms.BooleanField(label=_("Every year"), required=False)
    with_present = forms.BooleanField(
        label=_("Also to those who are in the segment already"),
        required=False,
        help_text=_("Everybody gets it once, however often they leave and come back."),
    )
    feed_url = forms.CharField(
        label=_("Address of the feed"),
        required=False,
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://", "dir": "ltr"}),
        help_text=_("RSS, Atom or JSON Feed. A time at which nothing is new is passed over."),
    )
    day = forms.DateField(label=_("Day"), required=False, widget=DayInput(format="%Y-%m-%d"))
    clock = forms.TimeField(label=_("Time"), required=False, widget=ClockInput(format="%H:%M"))
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    local_time = forms.BooleanField(
        label=_("At this hour where each person is"),
        required=False,
        help_text=_("People whose time zone is not known get it at your hour."),
    )
    if_passed = forms.ChoiceField(
        label=_("Where the hour has passed already"),
        choices=[
            (AT_ONCE, _("Send at once")), (NEXT_DAY, _("Send the next day at that hour")), (SKIP, _("Leave them out")),
        ],
        required=False,
    )  # fmt: skip
    starts_on = forms.DateField(label=_("First day"), required=False, widget=DayInput(format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), required=False, widget=DayInput(format="%Y-%m-%d"))
    times = forms.IntegerField(label=_("How many times"), required=False, help_text=_("Leave empty for no end."))
    send_within = forms.IntegerField(
        label=_("Only within this many hours"),
        required=False,
        help_text=_("Whoever has not got it by then does not get it. Leave it empty to send to everybody."),
    )
    late_after = forms.IntegerField(label=_("Hours a start may be late"), required=False)
    when_late = forms.ChoiceField(
        label=_("If it would be later still"),
        choices=[(HOLD, _("Do not send, and ask me")), (SKIP, _("Do not send, and go on with the next time"))],
        required=False,
    )
    lock_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, workspace: Workspace | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moment: LocalMoment | None = None
        self.chosen_kind: str = Kind.ONCE
        self.timing = Timing()
        dates = Attribute.objects.in_workspace(workspace).filter(type="date").order_by("label") if workspace else ()
        self._offer("time_zone", zone_choices())
        self._offer("attribute", [("", _("Choose a date")), *((one.key, one.label) for one in dates)])

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        """As the campaign stands; for one without a time, tomorrow at nine is offered."""
        zone = zone_or_none(campaign.zone_name) or dt.UTC
        timing = timing_of(campaign)
        is_once = campaign.kind == Kind.ONCE
        local = campaign.scheduled_at.astimezone(zone) if campaign.scheduled_at and is_once else None
        tomorrow = now().astimezone(zone).date() + dt.timedelta(days=1)
        initial = {
            **{name: getattr(timing, name) for name in PLAIN},
            "when": (LATER if local else NOW) if is_once else SERIES,
            "kind": Kind.RECURRING if is_once else campaign.kind,
            "weekdays": timing.weekdays or (tomorrow.weekday(),),
            "month_days": _written(timing.month_days or (1,)),
            "days": abs(timing.days),
            "direction": AFTER if timing.days > 0 else BEFORE,
            "day": local.date() if local else tomorrow,
            "clock": local.time().replace(second=0, microsecond=0) if local else timing.clock,
            "time_zone": campaign.zone_name,
            "lock_version": campaign.lock_version,
        }
        if is_once:
            initial["when_late"] = SKIP
        return cls(initial=initial, workspace=campaign.workspace)

    @property
    def shows_more(self) -> bool:
        """Whether something less usual is chosen, or wrong, so that it must be seen."""
        names = ("starts_on", "ends_on", "times", "send_within")
        if self.is_bound:
            return any(self[name].errors for name in (*names, "late_after", "when_late"))
        return any(self.initial.get(name) for name in names)

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into an instant or rules, or say what is wrong with it."""
        data = super().clean() or {}
        if data.get("when") == LATER and not self.errors:
            self._read_moment(data)
        elif data.get("when") == SERIES and not self.errors:
            self.chosen_kind = data.get("kind") or Kind.RECURRING
            if self.chosen_kind != Kind.EVERGREEN and data.get("clock") is None:
                self.add_error("clock", _("Choose a time."))
        if not self.errors:
            self._read_rules(data)
        return data

    def _read_moment(self, data: dict[str, Any]) -> None:
        for name, sentence in (("day", _("Choose a day.")), ("clock", _("Choose a time."))):
            if data.get(name) is None:
                self.add_error(name, sentence)
        zone = zone_or_none(data.get("time_zone"))
        if zone is None:
            self.add_error("time_zone", _("Choose whose time it is."))
        if self.errors or zone is None:
            return
        try:
            self.moment = local_moment(data["day"], data["clock"], zone)
        except SkippedHour as skipped:
            self.add_error("clock", skipped.sentence)
        except OverflowError:
            self.add_error("day", _("This day is too far away."))
        else:
            if self.moment.at.year > FARTHEST_YEAR:
                self.add_error("day", _("This day is too far away."))
            elif self.moment.at < now():
                self.add_error("clock", gettext("This time has passed. Choose one that is still to come."))

    def _read_rules(self, data: dict[str, Any]) -> None:
        usual = Timing()
        given = {name: data[name] for name in PLAIN if data.get(name) not in (None, "")}
        timing = replace(usual, **given)
        if self.chosen_kind != Kind.ONCE:
            days = (data.get("days") or 0) * (-1 if data.get("direction") == BEFORE else 1)
            timing = replace(
                timing, weekdays=tuple(data["weekdays"]), days=days, clock=data.get("clock") or usual.clock
            )
            month_days = (
                _read_days(data["month_days"]) if timing.every == MONTH and self.chosen_kind != Kind.DATE else ()
            )
            if month_days is None:
                self.add_error("month_days", _("Write numbers from 1 to 31, with commas between them."))
                return
            timing = replace(timing, month_days=month_days)
        self.timing = _only_of(self.chosen_kind, timing)
        for name, words in timing_problems(self.chosen_kind, self.timing).items():
            self.add_error(name, str(words))


def _only_of(kind: str, timing: Timing) -> Timing:
    """Without the rules of other kinds, which stay in fields that nobody sees."""
    usual = Timing()
    if kind == Kind.ONCE:
        return replace(
            usual,
            local_time=timing.local_time,
            if_passed=timing.if_passed,
            send_within=timing.send_within,
            late_after=timing.late_after,
        )
    if kind == Kind.EVERGREEN:
        return replace(usual, with_present=timing.with_present, ends_on=timing.ends_on, send_within=timing.send_within)
    timing = replace(timing, with_present=False)
    if kind != Kind.FEED:
        timing = replace(timing, feed_url="")
    if kind == Kind.DATE:
        return replace(timing, every=usual.every, weekdays=(), month_days=(), times=None)
    if timing.every != WEEK:
        timing = replace(timing, weekdays=())
    return replace(timing, attribute="", days=0, yearly=usual.yearly)


def _written(days: tuple[int, ...]) -> str:
    return ", ".join(gettext("last") if day == LAST_DAY else str(day) for day in days)


def _read_days(text: str) -> tuple[int, ...] | None:
    """The days of the month in `text`; None where something else is written."""
    found = []
    for word in text.replace(";", ",").replace("،", ",").split(","):
        part = word.strip().rstrip(".").casefold()
        if part in ("last", gettext("last").casefold()):
            found.append(LAST_DAY)
        elif part.isdecimal() and len(part) < 3:
            found.append(int(part))
        elif part:
            return None
    return tuple(dict.fromkeys(found))
