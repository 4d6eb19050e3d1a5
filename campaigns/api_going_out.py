"""REST: what is going out now."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import Resource
from campaigns.going_out import Departure, departures_of
from campaigns.models import Campaign
from core.services import workers_are_down
from delivery.brakes import Brake
from delivery.pace.receivers import KEYS


class BrakeSerializer(serializers.Serializer[Brake]):
    """Something that slows it down."""

    code = serializers.CharField()
    text = serializers.CharField(help_text="The same in words.")
    until = serializers.DateTimeField(allow_null=True, help_text="When it lets go, where that is known.")
    stands = serializers.BooleanField(help_text="Nothing leaves because of it.")


class DepartureSerializer(serializers.Serializer[Departure]):
    """A campaign on its way. `due` of those waiting could leave now."""

    campaign = serializers.UUIDField(source="campaign.public_id", allow_null=True, default=None)
    name = serializers.CharField(source="state.dispatch.name")
    status = serializers.ChoiceField(["running", "paused"], source="state.dispatch.status")
    waiting = serializers.IntegerField(source="state.waiting")
    due = serializers.IntegerField(source="state.due")
    waiting_by_receiver = serializers.SerializerMethodField()
    sent_last_minute = serializers.IntegerField(source="state.per_minute")
    hourly_limit = serializers.IntegerField(
        source="state.pace.hourly", allow_null=True, help_text="The strictest of those that hold for it."
    )
    slowed_by = BrakeSerializer(source="brakes", many=True)
    ends_at = serializers.DateTimeField(
        source="state.ends_at", allow_null=True, help_text="As things stand; null while nobody can know."
    )

    def get_waiting_by_receiver(self, row: Departure) -> dict[str, int]:
        """How many wait for whose mailboxes."""
        return {KEYS[box.receiver]: box.waiting for box in row.state.mailboxes if box.receiver in KEYS}


class GoingOutSerializer(serializers.Serializer[Any]):
    """Everything on its way, running campaigns first, 50 at most."""

    is_working = serializers.BooleanField(help_text="False when background processes were not seen for 90 seconds.")
    campaigns = DepartureSerializer(many=True)


class GoingOutResource(Resource):
    """What is going out now."""

    scope = "campaigns"
    model = Campaign
    serializer_class = GoingOutSerializer

    @extend_schema(operation_id="going_out_retrieve")
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """How far each campaign is, what slows it, and when it is over."""
        rows = departures_of(self.workspace)
        return Response(GoingOutSerializer({"is_working": not workers_are_down(), "campaigns": rows}).data)


urlpatterns = [path("going_out/", GoingOutResource.as_view({"get": "retrieve"}), name="api-going-out")]
