"""REST: how fast messages may leave, from a workspace and from each of its senders."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict
from accounts.api.serializers import EmptySerializer, StrictSerializer
from accounts.api.views import Resource
from channels.models import Sender
from delivery.forms import LONGEST_PLAN, MOST
from delivery.pace.receivers import EVERYBODY, KEYS, receiver_key
from delivery.services import Limits, sender_pace, set_limits
from delivery.services.pace import (
    SenderPace,
    SlowedReceiver,
    limits_of,
    today_of,
    try_sender_again,
    used_today,
)


class LimitField(serializers.IntegerField):
    """A number of messages; null is no limit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST, required=False, allow_null=True, **kwargs)


class ReceiverLimitsSerializer(StrictSerializer):
    """Messages an hour by mailbox provider."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One for each provider we know, and the others."""
        return {key: LimitField() for key in KEYS.values()}


class SlowedSerializer(serializers.Serializer[SlowedReceiver]):
    """Somebody who asked this sender for less."""

    receiver = serializers.SerializerMethodField()
    paused_until = serializers.DateTimeField(source="until", help_text="Nothing goes there before; past when it does.")
    hourly_limit = serializers.IntegerField(source="hourly", help_text="Messages an hour; it climbs by itself.")
    words = serializers.CharField(help_text="What its server said.")

    @extend_schema_field(serializers.ChoiceField([*map(receiver_key, (*KEYS, EVERYBODY))]))
    def get_receiver(self, slowed: SlowedReceiver) -> str:
        """Who asked; "provider" is the one that the sender's mail leaves through."""
        return receiver_key(slowed.receiver)


class WorkspacePaceSerializer(StrictSerializer):
    """The limits of all senders together. Fields left out stay as they are; null takes a limit away."""

    hourly_limit = LimitField(source="limits.hourly")
    daily_limit = LimitField(source="limits.daily")
    used_today = serializers.IntegerField(read_only=True, help_text="Counted only where there is a limit.")


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
    slowed = SlowedSerializer(many=True, read_only=True)

    def to_representation(self, instance: SenderPace) -> dict[str, Any]:
        """With the providers' limits by their names."""
        shown: dict[str, Any] = super().to_representation(instance)
        shown["receivers"] = {key: instance.limits.receivers.get(receiver) for receiver, key in KEYS.items()}
        return shown


class WorkspacePaceResource(Resource):
    """How fast messages may leave from a workspace."""

    scope = "senders"
    model = Sender
    serializer_class = WorkspacePaceSerializer

    @extend_schema(operation_id="pace_retrieve")
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """The workspace's limits and what was counted today."""
        return Response(self._shown())

    @extend_schema(operation_id="pace_partial_update")
    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change the workspace's limits; what was counted today stays counted."""
        changes = self.validated(partial=True).get("limits", {})
        known = limits_of(self.workspace)
        limits = Limits(hourly=changes.get("hourly", known.hourly), daily=changes.get("daily", known.daily))
        set_limits(workspace=self.workspace, actor=self.actor, limits=limits)
        return Response(self._shown())

    def _shown(self) -> Any:
        standing = {"limits": limits_of(self.workspace), "used_today": used_today(self.workspace)}
        return WorkspacePaceSerializer(standing).data


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

    @extend_schema(operation_id="senders_pace_try_again", request=EmptySerializer)
    def try_again(self, request: Request, **_ids: Any) -> Response:
        """Say that what stopped the sender is mended: one message at a time tries. 409 when it is not stopped."""
        self.validated(EmptySerializer)
        sender = self._sender()
        if not try_sender_again(sender=sender, actor=self.actor):
            raise Conflict("This sender is not stopped.", code="not_stopped")
        return Response(PaceSerializer(sender_pace(sender)).data)

    def _sender(self) -> Sender:
        sender: Sender = self.find(self.get_queryset().select_related("workspace"), self.kwargs["id"])
        return sender


urlpatterns = [
    path(
        "pace/",
        WorkspacePaceResource.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api-pace",
    ),
    path(
        "senders/<uuid:id>/pace/",
        SenderPaceResource.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api-sender-pace",
    ),
    path(
        "senders/<uuid:id>/pace/try_again/",
        SenderPaceResource.as_view({"post": "try_again"}),
        name="api-sender-again",
    ),
]
