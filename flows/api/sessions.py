"""REST: sessions that a program leads through a flow."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict
from accounts.api.serializers import ObjectField, StrictSerializer
from accounts.api.views import Resource
from flows import services
from flows.api.flows import decimal_json, shown_effects
from flows.api.serializers import AnswerSerializer, ResponseSerializer
from flows.models import FlowSession

EVENTS = ("submit", "preview", "back", "resume", "confirm", "text", "choice", "video_time", "handoff_closed", "timeout")


class EventSerializer(StrictSerializer):
    """One event. Which fields it takes depends on its type (docs/flows.md)."""

    type = serializers.ChoiceField(EVENTS)
    step = serializers.CharField(max_length=64, required=False)
    visit = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    answers = ObjectField(required=False, help_text="By the key of the question.")
    text = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    block = serializers.CharField(max_length=64, required=False)
    key = serializers.JSONField(required=False, allow_null=True, help_text="The answer that was chosen for `block`.")
    intent = serializers.CharField(max_length=64, required=False)
    t = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=0, required=False)
    ended = serializers.BooleanField(required=False)


class SessionResource(Resource):
    """Sessions."""

    scope = "flows"
    model = FlowSession
    serializer_class = ResponseSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """Sessions with their person."""
        return super().get_queryset().select_related("contact", "flow__workspace").defer("state", "flow__draft")

    @extend_schema(request=EventSerializer, responses={200: AnswerSerializer})
    @action(detail=True, methods=["post"])
    def events(self, request: Request, **_ids: Any) -> Response:
        """Send one event. What the flow refuses is an effect `error` with its code, and the session stays as it was."""
        session = self.get_object()
        values = self.validated(EventSerializer)
        event = {name: decimal_json(value) if name in ("answers", "key") else value for name, value in values.items()}
        try:
            answer = services.send_event_to(session=session, event=event)
        except services.NoSession as error:
            raise Conflict("This session was forgotten.", code="forgotten") from error
        return Response(self.shown({"session": answer.session, "effects": shown_effects(answer)}, AnswerSerializer))
