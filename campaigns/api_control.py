"""REST: a second person's answer, why somebody did not get a campaign, and another try for those nobody knows of."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Refusal
from accounts.api.serializers import EmptySerializer, StrictSerializer
from campaigns import services
from campaigns.models import Approval, Campaign
from campaigns.why import why
from contacts.models import Contact
from core.ids import uuid_or_none
from delivery.api import MessageSerializer
from delivery.models import Message
from delivery.services import DID, RecipientFilter, recipients_of

OUTCOMES = ("pending", "sent", "skipped", "failed", "unknown", "cancelled")


class YesSerializer(StrictSerializer):
    """A word with the yes."""

    comment = serializers.CharField(max_length=500, required=False, allow_blank=True)


class NoSerializer(StrictSerializer):
    """What should be different."""

    comment = serializers.CharField(max_length=500)


class ApprovalSerializer(serializers.Serializer[Approval]):
    """The last question for a second person's yes, and its answer."""

    answer = serializers.ChoiceField(Approval.Answer.choices)
    people = serializers.IntegerField()
    comment = serializers.CharField()
    asked_at = serializers.DateTimeField(source="created_at")
    answered_at = serializers.DateTimeField(allow_null=True)


class WhySerializer(serializers.Serializer[Any]):
    """What is known of one person and one time of the campaign."""

    code = serializers.CharField(help_text="A reason, or sent, read, unknown, waiting, not_yet, not_in_segment …")
    title = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())
    advice = serializers.CharField()
    message = serializers.UUIDField(source="message.public_id", default=None, allow_null=True)


class SentAgainSerializer(serializers.Serializer[Any]):
    """How many get it once more."""

    people = serializers.IntegerField()


class ControlActions:
    """What the resource of campaigns does about approval and single people."""

    request: Any
    get_object: Callable[[], Any]
    paged: Callable[..., Response]
    _at_occurrence: Callable[[], Campaign]
    validated: Callable[..., dict[str, Any]]
    _answer: Callable[..., Response]
    _do: Callable[..., Any]

    @extend_schema(request=YesSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_ids: Any) -> Response:
        """A second person's yes, by whoever made the key: it goes out as it was asked for. 409 for who may not."""
        values = {"comment": "", **self.validated(YesSerializer)}
        return self._answer(services.approve_campaign, **values)

    @extend_schema(request=NoSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, **_ids: Any) -> Response:
        """A no, with a word for whoever asked; it is a draft again."""
        return self._answer(services.refuse_campaign, **self.validated(NoSerializer))

    @extend_schema(request=EmptySerializer, responses={200: SentAgainSerializer})
    @action(detail=True, methods=["post"])
    def send_to_unknown(self, request: Request, **_ids: Any) -> Response:
        """Send once more to those of whom nobody knows whether it arrived; some may get it twice."""
        self.validated(EmptySerializer)
        return Response({"people": self._do(services.send_to_unknown)})

    @extend_schema(
        operation_id="campaigns_why_list",
        parameters=[OpenApiParameter("contact", str, required=True)],
        responses={200: WhySerializer(many=True)},
    )
    @action(detail=True, methods=["get"])
    def why(self, request: Request, **_ids: Any) -> Response:
        """Why somebody got it or not, also whom it was never meant for; of a series, of its last times."""
        campaign = self.get_object()
        key = uuid_or_none(request.query_params.get("contact", ""))
        person = Contact.objects.in_workspace(campaign.workspace).filter(public_id=key).first() if key else None
        if person is None:
            raise Refusal("That parameter is not right.", fields={"contact": ["The id of a contact."]})
        return Response(WhySerializer(why(campaign, person), many=True).data)

    @extend_schema(
        operation_id="campaigns_recipients_list",
        parameters=[
            OpenApiParameter("outcome", str, enum=OUTCOMES),
            OpenApiParameter("reason", str),
            OpenApiParameter("variant", int),
            OpenApiParameter(
                "did",
                str,
                enum=DID,
                description="What people did; unmoved: nothing; uncounted: nobody may know.",
            ),
            OpenApiParameter("search", str),
            OpenApiParameter("occurrence", str),
        ],
        responses={200: MessageSerializer(many=True)},
    )
    @action(detail=True, methods=["get"])
    def recipients(self, request: Request, **_ids: Any) -> Response:
        """Everybody it was meant for, and what became of their message."""
        campaign = self._at_occurrence()
        outcome = request.query_params.get("outcome")
        if outcome is not None and outcome not in OUTCOMES:
            raise Refusal("That parameter is not right.", fields={"outcome": [f"One of {', '.join(OUTCOMES)}."]})
        wanted = self._wanted()
        if campaign.dispatch is None:
            return self.paged(Message.objects.none(), MessageSerializer)
        return self.paged(recipients_of(campaign.dispatch, wanted), MessageSerializer)

    def _wanted(self) -> RecipientFilter:
        query = self.request.query_params
        variant = query.get("variant", "")
        if variant and not (variant.isdecimal() and len(variant) < 4):
            raise Refusal("That parameter is not right.", fields={"variant": ["The number of a version."]})
        did = query.get("did", "")
        if did and did not in DID:
            raise Refusal("That parameter is not right.", fields={"did": [f"One of {', '.join(DID)}."]})
        return RecipientFilter(
            outcome=query.get("outcome", ""),
            reason=query.get("reason", ""),
            variant=int(variant) if variant else None,
            search=query.get("search", "")[:120],
            did=did,
        )
