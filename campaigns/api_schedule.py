"""REST: when a campaign goes out, and each time that it did."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import InstantField, PublicIdField, StrictSerializer
from campaigns.models import Campaign
from campaigns.recurrence import DAY, MONTH, WEEK
from campaigns.timing import AT_ONCE, HOLD, NEXT_DAY, SKIP, Timing, timing_of, timing_problems
from core.clock import zone_or_none

Kind = Campaign.Kind
OWN = ("kind", "at", "time_zone")


class ZoneField(serializers.CharField):
    """An IANA time zone."""

    def to_internal_value(self, data: Any) -> str:
        """The name. Raises ValidationError for one nobody knows."""
        name: str = super().to_internal_value(data)
        if zone_or_none(name) is None:
            raise serializers.ValidationError("We do not know this time zone.")
        return name


class ScheduleSerializer(StrictSerializer):
    """When a campaign goes out: once `at`, or by the rules of its `kind`. The zone is the one its times are told in."""

    kind = serializers.ChoiceField(Kind.choices, required=False, help_text="`once` when `at` is given.")
    at = InstantField(required=False, help_text="When it starts; in a series read-only, its next time.")
    time_zone = ZoneField(max_length=64, required=False)
    local_time = serializers.BooleanField(required=False, help_text="At that hour on each person's own clock.")
    if_passed = serializers.ChoiceField(
        [AT_ONCE, NEXT_DAY, SKIP], required=False, help_text="People for whom the hour has passed when it starts."
    )
    send_within = serializers.IntegerField(
        required=False, allow_null=True, help_text="Hours after which a message is not sent any more."
    )
    late_after = serializers.IntegerField(required=False, help_text="Hours that a start may be late; usually 6.")
    when_late = serializers.ChoiceField(
        [HOLD, SKIP], required=False, help_text="A start that is later: hold it for somebody to decide, or skip it."
    )
    every = serializers.ChoiceField([DAY, WEEK, MONTH], required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=7, help_text="0 is Monday."
    )
    month_days = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=32, help_text="1 to 31; -1 is the last day."
    )
    clock = serializers.TimeField(required=False, format="%H:%M", help_text="The hour of a series.")
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    times = serializers.IntegerField(required=False, allow_null=True, help_text="It ends after so many.")
    attribute = serializers.CharField(max_length=60, required=False, help_text="Key of a date of the contact.")
    days = serializers.IntegerField(required=False, help_text="From that date; -7 is a week before.")
    yearly = serializers.BooleanField(required=False)
    with_present = serializers.BooleanField(
        required=False, help_text="`evergreen`: also to those who are in the segment when it starts."
    )
    feed_url = serializers.CharField(max_length=2000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of `schedule_campaign`. Raises ValidationError for rules that cannot be."""
        own = {name: attrs[name] for name in OWN if name in attrs}
        rules = {name: value for name, value in attrs.items() if name not in OWN}
        if "kind" not in own and "at" in own:
            own["kind"] = Kind.ONCE.value
        if "kind" not in own:
            if rules or not own:
                raise serializers.ValidationError({"kind": ["Say of which kind it is."]})
            return own
        for name in ("weekdays", "month_days"):
            if name in rules:
                rules[name] = tuple(rules[name])
        if own["kind"] == Kind.ONCE and "at" not in own:
            raise serializers.ValidationError({"at": ["Say when it starts."]})
        if own["kind"] in Campaign.SERIES:
            # Given back as its next time; the rules say when that is.
            own.pop("at", None)
            rules.setdefault("when_late", SKIP)
        timing = Timing(**rules)
        problems = timing_problems(own["kind"], timing)
        if problems:
            raise serializers.ValidationError({name: [str(words)] for name, words in problems.items()})
        return {**own, "timing": timing}


def schedule_data(campaign: Campaign) -> dict[str, Any] | None:
    """The schedule as the API shows it; None for a draft without a time."""
    if campaign.scheduled_at is None and campaign.status == Campaign.Status.DRAFT:
        return None
    timing = timing_of(campaign)
    shown = {name: getattr(timing, name) for name in timing.as_data()}
    for name in ("weekdays", "month_days"):
        if name in shown:
            shown[name] = list(shown[name])
    return {"kind": campaign.kind, "at": campaign.scheduled_at, "time_zone": campaign.zone_name, **shown}


class OccurrenceSerializer(serializers.Serializer[Any]):
    """One time that a campaign went out, or goes out next."""

    id = PublicIdField()
    at = serializers.DateTimeField()
    status = serializers.ChoiceField(["planned", "launched", "skipped", "held", "done"])
    reason = serializers.CharField(help_text="Why it was skipped or held; else empty.")
    targeted = serializers.IntegerField(source="dispatch.targeted", default=0)
    launched_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
