"""REST: how fast messages may leave from a sender."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import StrictSerializer
from accounts.api.views import Resource
from channels.models import Sender
from delivery.forms import LONGEST_PLAN, MOST
from delivery.pace.receivers import KEYS
from delivery.services import Limits, sender_pace, set_limits
from delivery.services.pace import SenderPace, today_of


class LimitField(serializers.IntegerField):
    """A number of messages; null is no limit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST, required=False, allow_null=True, **kwargs)


class ReceiverLimitsSerializer(StrictSerializer):
    """Messages an hour by mailbox provider."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each provider we know, and the others."""
        return {key: LimitField() for key in KEYS.values()}


class PaceSerializer(StrictSerializer):
    """A sender's limits. Fields left out stay as they are; null takes a limit away."""

    hourly_limit = LimitField(source="limits.hourly")
    daily_limit = LimitField(source="limits.daily")
    receivers = ReceiverLimitsSerializer(source="limits.receivers", required=False)
    warmup_from = serializers.DateField(source="limits.plan_from", required=False, allow_null=True)
    warmup_plan = serializers.ListField(
        source="limits.plan",
        child=serializers.IntegerField(min_value=1, max_value=MOST),
        max_length=LONGEST_PLAN,
        required=False,
        help_text="The most messages for each day, the first day first. It begins today unless `warmup_from` says.",
    )
    used_today = serializers.IntegerField(read_only=True)
    allowed_today = serializers.IntegerField(read_only=True, allow_null=True)
    stopped_because = serializers.CharField(
        source="stop.words", read_only=True, default="", help_text="A server's words when the sender was stopped."
    )

    def to_representation(self, instance: SenderPace) -> dict[str, Any]:
        """With the providers' limits by their names."""
        shown: dict[str, Any] = super().to_representation(instance)
        shown["receivers"] = {key: instance.limits.receivers.get(receiver) for receiver, key in KEYS.items()}
        return shown


class SenderPaceResource(Resource):
    """How fast messages may leave from a sender."""

    scope = "senders"
    model = Sender
    serializer_class = PaceSerializer

    @extend_schema(operation_id="senders_pace_retrieve")
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """The sender's limits and what they let through today."""
        return Response(PaceSerializer(sender_pace(self._sender())).data)

    @extend_schema(operation_id="senders_pace_partial_update")
    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change the sender's limits; what was counted today stays counted."""
        sender = self._sender()
        changes = self.validated(partial=True).get("limits", {})
        known = sender_pace(sender).limits
        receivers = {KEYS[number]: hourly for number, hourly in known.receivers.items()} | changes.pop("receivers", {})
        values = {name: changes.get(name, getattr(known, name)) for name in ("hourly", "daily", "plan_from", "plan")}
        if values["plan"]:
            values["plan_from"] = values["plan_from"] or today_of(self.workspace)
        named = {number: receivers.get(key) for number, key in KEYS.items()}
        limits = Limits(**values, receivers={number: hourly for number, hourly in named.items() if hourly})
        set_limits(workspace=self.workspace, actor=self.actor, sender=sender, limits=limits)
        return Response(PaceSerializer(sender_pace(sender)).data)

    def _sender(self) -> Sender:
        sender: Sender = self.find(self.get_queryset().select_related("workspace"), self.kwargs["id"])
        return sender


urlpatterns = [
    path(
        "senders/<uuid:id>/pace/",
        SenderPaceResource.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api-sender-pace",
    ),
]
