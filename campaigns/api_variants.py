"""REST: versions of a campaign, how they are compared, and what came of it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.api.serializers import RelatedField, StrictSerializer
from accounts.models import User
from campaigns import services
from campaigns.models import Campaign, Experiment
from campaigns.services.versions import PARTS, SETTINGS
from campaigns.variants import FEWEST, MOST
from channels.models import Sender
from content.models import Template

Goal = Experiment.Goal
LONGEST_DELAY = 72 * 60


class VariantSerializer(StrictSerializer):
    """One version. What is left out is as in the campaign."""

    subject = serializers.CharField(max_length=300, required=False, allow_blank=True)
    template = RelatedField(Template, required=False, allow_null=True)
    sender = RelatedField(Sender, required=False, allow_null=True)
    delay_minutes = serializers.IntegerField(
        min_value=0, max_value=LONGEST_DELAY, required=False, help_text="So much later than the start."
    )


class ComparisonSerializer(StrictSerializer):
    """How versions are compared, and what came of it."""

    share = serializers.IntegerField(
        min_value=5, max_value=100, required=False, help_text="Of a hundred people so many are in the test."
    )
    goal = serializers.ChoiceField(Goal.choices, required=False, help_text="Opens and clicks of people only.")
    event_kind = serializers.CharField(
        max_length=80, required=False, allow_blank=True, help_text="For the goals `event` and `revenue`."
    )
    wait_hours = serializers.IntegerField(min_value=1, max_value=168, required=False)
    is_automatic = serializers.BooleanField(required=False, help_text="A clear winner goes to the rest by itself.")
    otherwise = serializers.ChoiceField(
        Experiment.Otherwise.choices,
        required=False,
        help_text="What the rest gets when none is clearly better in time.",
    )
    status = serializers.CharField(read_only=True)
    outcome = serializers.CharField(read_only=True)
    winner = serializers.IntegerField(read_only=True, allow_null=True, help_text="Counted from 1.")
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """An event is needed where one counts."""
        if values.get("goal") in (Goal.EVENT, Goal.REVENUE) and not values.get("event_kind"):
            raise ValidationError({"event_kind": ["Name the event that counts."]})
        return values


class ChoiceSerializer(StrictSerializer):
    """Which version goes to the rest."""

    version = serializers.IntegerField(min_value=1, max_value=MOST, help_text="Counted from 1.")


class VersionResultSerializer(serializers.Serializer[Any]):
    """One version in the test; the true value lies between `low` and `high`, however often it is looked at."""

    version = serializers.IntegerField()
    people = serializers.IntegerField()
    successes = serializers.IntegerField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ComparisonResultSerializer(serializers.Serializer[Any]):
    """What a comparison says now. `finding`: too_early, close, winner or uneven."""

    status = serializers.CharField()
    finding = serializers.CharField()
    outcome = serializers.CharField()
    winner = serializers.IntegerField(allow_null=True)
    goal = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    versions = VersionResultSerializer(many=True)


def take_versions(values: dict[str, Any]) -> dict[str, Any]:
    """Remove what is about versions from `values` and return it."""
    return {name: values.pop(name) for name in ("variants", "experiment") if name in values}


def write_versions(campaign: Campaign, actor: User | None, given: Mapping[str, Any]) -> Campaign:
    """Change what `given` names and leave the rest as it is. Raises ValidationError for one version or too many."""
    if not given:
        return campaign
    versions = given.get("variants")
    if versions is None:
        versions = [{name: getattr(variant, name) for name in PARTS} for variant in campaign.variants.all()]
    elif versions and not FEWEST <= len(versions) <= MOST:
        raise ValidationError({"variants": [f"Between {FEWEST} and {MOST} versions, or none."]})
    settings = given.get("experiment") or {}
    if settings and not versions:
        raise ValidationError({"comparison": ["There are no versions to compare."]})
    known = Experiment.objects.filter(campaign=campaign).first()
    kept = {name: getattr(known, name) for name in SETTINGS} if known else {}
    return services.set_versions(campaign=campaign, actor=actor, versions=versions, settings={**kept, **settings})
