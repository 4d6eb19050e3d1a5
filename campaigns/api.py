"""REST: campaigns."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.api.errors import Conflict, Refusal, Unprocessable
from accounts.api.serializers import EmptySerializer, PublicIdField, RelatedField, StrictSerializer
from accounts.api.throttling import spend
from accounts.api.views import Resource
from accounts.scopes import SENDING, is_allowed
from campaigns import services
from campaigns.api_control import ApprovalSerializer, ControlActions
from campaigns.api_schedule import OccurrenceSerializer, ScheduleSerializer, schedule_data
from campaigns.api_variants import (
    ChoiceSerializer,
    ComparisonResultSerializer,
    ComparisonSerializer,
    VariantSerializer,
    take_versions,
    write_versions,
)
from campaigns.comparison import comparison_data
from campaigns.errors import CampaignError, NotReady
from campaigns.hold_outs import MOST_PERCENT
from campaigns.holds import sentence_of
from campaigns.models import Approval, Campaign
from campaigns.preflight import Check, preflight_data
from campaigns.report import report_data
from campaigns.variants import experiment_of
from channels.models import Sender
from consent.models import Topic
from contacts.addresses import normalise_email
from contacts.models import Contact
from contacts.problems import Problem
from content.models import Template
from core.ids import uuid_or_none
from delivery.forms import MOST as MOST_AN_HOUR
from segments.models import Segment

TESTS_AN_HOUR = 30


class CampaignSerializer(StrictSerializer):
    """A message to everyone in a segment who agreed to its topic, once."""

    id = PublicIdField()
    name = serializers.CharField(max_length=120)
    topic = RelatedField(Topic, by_key=True, required=False, allow_null=True, help_text="Id or key.")
    segment = RelatedField(Segment, by_key=True, required=False, allow_null=True, help_text="Id or key.")
    template = RelatedField(Template, required=False, allow_null=True)
    sender = RelatedField(Sender, required=False, allow_null=True)
    schedule = ScheduleSerializer(
        required=False, allow_null=True, help_text="Setting it needs the scope campaigns:send; null takes it back."
    )
    variants = VariantSerializer(many=True, required=False, help_text="Two to eight; an empty list takes them away.")
    comparison = ComparisonSerializer(source="experiment", required=False, allow_null=True)
    hold_out = serializers.IntegerField(
        min_value=0, max_value=MOST_PERCENT, required=False, help_text="Of a hundred people so many get nothing."
    )
    priority = serializers.ChoiceField(
        Campaign.Priority.choices,
        required=False,
        help_text="-1, 0 or 1: of two that want the same person, the higher one goes.",
    )
    wait_days = serializers.IntegerField(
        min_value=0, max_value=60, required=False, help_text="People who had enough lately are tried so many days."
    )
    hourly_limit = serializers.IntegerField(
        min_value=1,
        max_value=MOST_AN_HOUR,
        required=False,
        allow_null=True,
        help_text="The most in an hour; null: any.",
    )
    status = serializers.ChoiceField(Campaign.Status.choices, read_only=True)
    approval = ApprovalSerializer(read_only=True, allow_null=True, help_text="A second person's yes; null if none.")
    problem = serializers.CharField(read_only=True, help_text="Why it was held back when its time came; else empty.")
    version = serializers.IntegerField(
        source="lock_version",
        required=False,
        help_text="In a change: refuse it with 409 when this is not the present one.",
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    launched_at = serializers.DateTimeField(read_only=True, allow_null=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def to_representation(self, campaign: Campaign) -> dict[str, Any]:
        """The campaign with its schedule as one object."""
        campaign.schedule = schedule_data(campaign)  # type: ignore[attr-defined]
        campaign.approval = next(iter(campaign.approvals.all()), None)  # type: ignore[attr-defined]
        campaign.problem = sentence_of(campaign.launch_problem)  # type: ignore[attr-defined]
        shown: dict[str, Any] = super().to_representation(campaign)
        if shown["schedule"]:
            shown["schedule"] = {name: value for name, value in shown["schedule"].items() if value is not None}
        return shown


class TestSerializer(StrictSerializer):
    """Where a test goes, and as whom it reads."""

    __test__ = False
    email = serializers.CharField(max_length=254)
    contact = RelatedField(Contact, required=False, allow_null=True)

    def validate_email(self, email: str) -> str:
        """The address in its stored form."""
        try:
            return normalise_email(email)
        except Problem as problem:
            raise serializers.ValidationError(str(problem)) from problem


class CheckSerializer(serializers.Serializer[Any]):
    """One thing that was looked at."""

    code = serializers.CharField()
    level = serializers.ChoiceField(["block", "warn", "ok"])
    title = serializers.CharField()
    text = serializers.CharField()


class PreflightSerializer(serializers.Serializer[Any]):
    """Who would get it now, and what stands in the way."""

    matched = serializers.IntegerField()
    will_get = serializers.IntegerField()
    later = serializers.IntegerField(help_text="How many of them get it later: they had enough messages lately.")
    excluded = serializers.DictField(child=serializers.IntegerField(), help_text="How many, by reason.")
    may_send = serializers.BooleanField()
    checks = CheckSerializer(many=True)


class VerdictsSerializer(serializers.Serializer[Any]):
    """How many messages, by who did it."""

    human = serializers.IntegerField()
    machine = serializers.IntegerField()
    uncertain = serializers.IntegerField()


class BouncedSerializer(serializers.Serializer[Any]):
    """How many messages came back."""

    hard = serializers.IntegerField()
    soft = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[Any]):
    """targeted = pending + sent + skipped + failed + unknown + cancelled, at every moment."""

    targeted = serializers.IntegerField()
    pending = serializers.IntegerField()
    sent = serializers.IntegerField()
    delivered = serializers.IntegerField()
    skipped = serializers.DictField(child=serializers.IntegerField(), help_text="How many, by reason.")
    failed = serializers.DictField(child=serializers.IntegerField(), help_text="How many, by reason.")
    unknown = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    opened = VerdictsSerializer()
    clicked = VerdictsSerializer()
    comparison = ComparisonResultSerializer(allow_null=True, help_text="Of the versions, if there are several.")
    unsubscribed = serializers.IntegerField()
    bounced = BouncedSerializer()
    complained = serializers.IntegerField()


def refusal_of(error: CampaignError) -> Refusal:
    """The answer for what the campaign services refuse."""
    if isinstance(error, NotReady):
        checks = [check for check in error.checks if isinstance(check, Check)]
        fields: dict[str, list[Any]] = {check.code: [str(check.title), str(check.text)] for check in checks}
        return Unprocessable(str(error), code=error.code, fields=fields)
    return Conflict(error.sentence, code=error.code)


class CampaignResource(ControlActions, Resource):
    """Campaigns."""

    scope = "campaigns"
    model = Campaign
    serializer_class = CampaignSerializer
    action_scopes = dict.fromkeys(
        (
            *("schedule", "unschedule", "send", "pause", "resume", "cancel", "choose", "approve", "refuse"),
            "send_to_unknown",
        ),
        SENDING,
    )

    @property
    def filters(self) -> tuple[str, ...]:  # type: ignore[override]
        """Of the list, and of the recipients."""
        named = {
            "list": ("status", "search"),
            "recipients": ("outcome", "reason", "variant", "did", "search", "occurrence"),
            "why": ("contact",),
            "report": ("occurrence",),
        }
        return named.get(self.action, ())

    def get_queryset(self) -> QuerySet[Any]:
        """Campaigns with what is said of them."""
        rows = super().get_queryset()
        if not hasattr(rows, "with_parts"):
            return rows
        return (
            rows.with_parts()
            .select_related("experiment")
            .prefetch_related(
                "variants__sender", "variants__template", Prefetch("approvals", Approval.objects.order_by("-id"))
            )
        )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By state, and by words of the name."""
        query = self.request.query_params
        if "status" in query:
            queryset = queryset.filter(status=query["status"])
        return queryset.found_by(query.get("search", ""))  # type: ignore[attr-defined]

    @extend_schema(parameters=[OpenApiParameter("status", str), OpenApiParameter("search", str)])
    def list(self, request: Request) -> Response:
        """Campaigns, newest first."""
        return super().list(request)

    def create(self, request: Request) -> Response:
        """Add a draft; with `schedule` it is scheduled too, or not added at all."""
        values = self.validated()
        values.pop("lock_version", None)
        return Response(self.shown(self._written(None, values)), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a campaign that has not started."""
        campaign = self.get_object()
        return Response(self.shown(self._written(campaign, self.validated(partial=True))))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a draft. What was sent stays."""
        self._do(services.delete_campaign)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ScheduleSerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, **_ids: Any) -> Response:
        """Have it go out once, or again and again. Who gets it is decided then. 422 says what must be mended first."""
        return self._answer(services.schedule_campaign, **self.validated(ScheduleSerializer))

    @extend_schema(operation_id="campaigns_occurrences_list", responses={200: OccurrenceSerializer(many=True)})
    @action(detail=True, methods=["get"])
    def occurrences(self, request: Request, **_ids: Any) -> Response:
        """Each time that a campaign of several went out, and its next one."""
        rows = self.get_object().occurrences.select_related("dispatch")
        return self.paged(rows, OccurrenceSerializer)

    @extend_schema(request=EmptySerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def unschedule(self, request: Request, **_ids: Any) -> Response:
        """Make a scheduled campaign a draft again."""
        return self._answer(services.unschedule_campaign)

    @extend_schema(request=EmptySerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, **_ids: Any) -> Response:
        """Send it now, after the seconds in which it can be taken back with `unschedule`."""
        return self._answer(services.send_now)

    @extend_schema(request=EmptySerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, **_ids: Any) -> Response:
        """Hold what has not left yet."""
        return self._answer(services.pause_campaign)

    @extend_schema(request=EmptySerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, **_ids: Any) -> Response:
        """Go on where it was held."""
        return self._answer(services.resume_campaign)

    @extend_schema(request=EmptySerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **_ids: Any) -> Response:
        """Stop it for good; what was sent keeps its results."""
        return self._answer(services.cancel_campaign)

    @extend_schema(request=EmptySerializer, responses={201: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, **_ids: Any) -> Response:
        """Make a draft with the same audience, message and sender."""
        self.validated(EmptySerializer)
        return Response(self.shown(self._do(services.duplicate_campaign)), status=status.HTTP_201_CREATED)

    @extend_schema(request=TestSerializer, responses={202: None})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, **_ids: Any) -> Response:
        """Send a copy to one address, written as if to `contact`. Counts nowhere. 429 after 30 in an hour."""
        values = self.validated(TestSerializer)
        # Any address will do, and the scope is only that of drafts, so this must not become a way of sending.
        spend("campaign-test-api", self.workspace, limit=TESTS_AN_HOUR, seconds=3600)
        self._do(services.send_test, to_email=values["email"], contact=values.get("contact"))
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: PreflightSerializer})
    @action(detail=True, methods=["get"])
    def preflight(self, request: Request, **_ids: Any) -> Response:
        """Who would get it now, and what stands in the way."""
        return Response(preflight_data(self.get_object()))

    @extend_schema(parameters=[OpenApiParameter("occurrence", str)], responses={200: ReportSerializer})
    @action(detail=True, methods=["get"])
    def report(self, request: Request, **_ids: Any) -> Response:
        """What became of it, in messages; of a series, of its last time or of the `occurrence` that is asked for."""
        campaign = self._at_occurrence()
        experiment = experiment_of(campaign)
        shown = comparison_data(experiment) if experiment is not None else None
        return Response({**report_data(campaign), "comparison": shown})

    @extend_schema(request=ChoiceSerializer, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, **_ids: Any) -> Response:
        """Send one version to everybody who was not in the test, now. 409 when that is decided already."""
        return self._answer(services.choose_version, position=self.validated(ChoiceSerializer)["version"])

    def _at_occurrence(self) -> Campaign:
        """The campaign, with the dispatch of the occurrence that is asked for. Raises Refusal for any other."""
        campaign: Campaign = self.get_object()
        wanted = self.request.query_params.get("occurrence")
        if wanted is not None:
            begun = campaign.occurrences.begun().select_related("dispatch")
            occurrence = begun.filter(public_id=uuid_or_none(wanted)).first()
            if occurrence is None:
                raise Refusal(
                    "That parameter is not right.", fields={"occurrence": ["The id of one that has gone out."]}
                )
            campaign.dispatch = occurrence.dispatch
        return campaign

    @transaction.atomic
    def _written(self, campaign: Campaign | None, values: dict[str, Any]) -> Campaign:
        """Create or change, and schedule, all or nothing."""
        has_schedule = "schedule" in values
        schedule = values.pop("schedule", None)
        version = values.pop("lock_version", None)
        versions = take_versions(values)
        if has_schedule and not is_allowed(self.api_key.scopes, SENDING):
            raise PermissionDenied(f"This API key lacks the scope {SENDING}.")
        try:
            if campaign is None:
                campaign = services.create_campaign(workspace=self.workspace, actor=self.actor, **values)
            elif values or version is not None:
                campaign = services.update_campaign(
                    campaign=campaign, actor=self.actor, values=values, lock_version=version
                )
            campaign = write_versions(campaign, self.actor, versions)
            if schedule:
                return services.schedule_campaign(campaign=campaign, actor=self.actor, **schedule)
            if has_schedule:
                return services.unschedule_campaign(campaign=campaign, actor=self.actor)
        except CampaignError as error:
            raise refusal_of(error) from error
        return campaign

    def _answer(self, service: Callable[..., Campaign], **arguments: Any) -> Response:
        if not arguments:
            self.validated(EmptySerializer)
        return Response(self.shown(self._do(service, **arguments)))

    def _do(self, service: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return service(campaign=self.get_object(), actor=self.actor, **arguments)
        except CampaignError as error:
            raise refusal_of(error) from error


router = SimpleRouter(use_regex_path=False)
router.register("campaigns", CampaignResource, basename="api-campaign")

urlpatterns = router.urls
