"""REST: flows and what came of them."""

import dataclasses
import json
from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal, Unprocessable
from accounts.api.serializers import EmptySerializer
from accounts.api.views import Resource
from flows import services
from flows.answers import FlowProblem
from flows.api.serializers import (
    FlowLineSerializer,
    FlowReportSerializer,
    FlowSerializer,
    LintSerializer,
    ResponseSerializer,
    StartedSerializer,
    StartSerializer,
    VersionSerializer,
)
from flows.building.problem_words import sentence_of
from flows.checking import Problem
from flows.documents import plain_json, read_json
from flows.models import Flow, FlowSession
from flows.results.report import PERIODS, Report, report_of
from flows.services.managing import NotDeletable, delete_flow

SCREEN_EFFECTS = frozenset(
    {"render", "review", "play", "seek", "preview", "handoff", "redirect", "start_flow", "error", "end"}
)


def problem_refusal(problem: FlowProblem) -> Refusal:
    """The answer for something that cannot be taken, named by the field it came in."""
    name = problem.path.split("/")[1] if problem.path.startswith("/") else "document"
    return Refusal("Some fields are not right.", fields={name: [str(problem)]})


def shown_effects(answer: services.Answer) -> list[dict[str, Any]]:
    """What is to be shown to whoever answers; what was done inside is nothing to them."""
    return [plain_json(one) for one in answer.effects if one["type"] in SCREEN_EFFECTS]


class FlowResource(Resource):
    """Flows."""

    scope = "flows"
    model = Flow
    serializer_class = FlowSerializer
    filters = ("period",)

    def get_queryset(self) -> QuerySet[Any]:
        """Flows with the version that is live."""
        return super().get_queryset().select_related("live_version", "workspace")

    @extend_schema(responses={200: FlowLineSerializer(many=True)})
    def list(self, request: Request) -> Response:
        """List them all, newest first, without their documents."""
        return self.paged(super().get_queryset().defer("draft"), FlowLineSerializer)

    def create(self, request: Request) -> Response:
        """Make a draft."""
        values = self.validated()
        values.pop("draft_number", None)
        try:
            flow = services.create_flow(
                workspace=self.workspace,
                actor=self.actor,
                name=values["name"],
                document=decimal_json(values["draft"]),
                key=values.get("key") or services.free_flow_key(self.workspace, values["name"]),
            )
        except FlowProblem as problem:
            raise problem_refusal(problem) from problem
        except IntegrityError as error:
            raise Conflict("Another flow has this key.", code="key_taken") from error
        return Response(self.shown(flow), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change the name or the document that is being worked on. What is live stays as it is."""
        flow = self.get_object()
        values = self.validated(partial=True)
        if values.get("key", flow.key) != flow.key:
            raise Refusal("Some fields are not right.", fields={"key": ["The key of a flow cannot be changed."]})
        document = decimal_json(values["draft"]) if "draft" in values else services.draft_of(flow) or {}
        try:
            saved = services.save_draft(
                flow=flow,
                actor=self.actor,
                document=document,
                name=values.get("name"),
                expected=values.get("draft_number"),
            )
        except FlowProblem as problem:
            raise problem_refusal(problem) from problem
        except services.DraftChanged as changed:
            number = changed.flow.draft_number
            raise Conflict(f"Somebody saved it before you: it is at version {number}.", code="changed") from changed
        return Response(self.shown(saved))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a flow that was never published. One that people may have answered is closed instead."""
        try:
            delete_flow(flow=self.get_object())
        except NotDeletable as error:
            raise Conflict("This flow was published. Close it instead.", code="was_published") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=EmptySerializer, responses={200: VersionSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, **_ids: Any) -> Response:
        """Make the document what people get from now on. 422 with every problem while it has errors."""
        flow = self.get_object()
        try:
            version = services.publish_flow(flow=flow, actor=self.actor)
        except services.NotPublishable as error:
            problems: list[Any] = [_shown_problem(one) for one in error.problems]
            raise Unprocessable(
                "The document has errors.", code="not_publishable", fields={"document": problems}
            ) from error
        except FlowProblem as problem:
            raise Unprocessable(str(problem), code="not_publishable") from problem
        return Response(self.shown(version, VersionSerializer))

    @extend_schema(request=EmptySerializer, responses={200: FlowSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **_ids: Any) -> Response:
        """Let nobody begin any more; who is on the way may finish."""
        return Response(self.shown(services.close_flow(flow=self.get_object())))

    @extend_schema(responses={200: LintSerializer})
    @action(detail=True, methods=["get"])
    def lint(self, request: Request, **_ids: Any) -> Response:
        """What is wrong with the document."""
        problems = [_shown_problem(one) for one in services.check_draft(self.get_object())]
        return Response(LintSerializer({"problems": problems}).data)

    @extend_schema(responses={200: VersionSerializer(many=True)}, operation_id="flows_versions_list")
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, **_ids: Any) -> Response:
        """What was published, newest first."""
        return self.paged(self.get_object().versions.defer("document"), VersionSerializer)

    @extend_schema(responses={200: ResponseSerializer(many=True)}, operation_id="flows_responses_list")
    @action(detail=True, methods=["get"])
    def responses(self, request: Request, **_ids: Any) -> Response:
        """Every session, newest first, those that are not over too."""
        rows = FlowSession.objects.filter(flow=self.get_object()).select_related("contact").defer("state")
        return self.paged(rows, ResponseSerializer)

    @extend_schema(
        parameters=[OpenApiParameter("period", OpenApiTypes.STR, enum=[*PERIODS], description="Days, or all.")],
        responses={200: FlowReportSerializer},
    )
    @action(detail=True, methods=["get"])
    def report(self, request: Request, **_ids: Any) -> Response:
        """How the flow does: the way through its steps, answers, outcomes, where people came from."""
        period = request.query_params.get("period", "all")
        if period not in PERIODS:
            raise Refusal("Some parameters are not right.", fields={"period": [f"One of {', '.join(PERIODS)}."]})
        return Response(FlowReportSerializer(report_data(report_of(self.get_object(), period=period))).data)

    @extend_schema(request=StartSerializer, responses={201: StartedSerializer})
    @action(detail=True, methods=["post"])
    def sessions(self, request: Request, **_ids: Any) -> Response:
        """Begin a session on the live version. Go on with `POST sessions/{id}/events/`."""
        flow = self.get_object()
        values = self.validated(StartSerializer)
        visitor = services.Visitor(
            contact=values.get("contact"),
            locale=values["locale"],
            timezone=values["time_zone"],
            channel=values["channel"],
            source=values["source"],
            hidden=values.get("hidden", {}),
            trusted_hidden=values.get("hidden", {}),
        )
        try:
            begun = services.start_session(flow=flow, visitor=visitor)
        except services.NotLive as error:
            raise Conflict("This flow is not live.", code="not_live") from error
        refused = begun.effect("error")
        if refused is not None:
            raise Conflict("Nobody can begin now.", code=refused["code"])
        shown = {"session": begun.session, "effects": shown_effects(begun), "secret": begun.secret}
        return Response(self.shown(shown, StartedSerializer), status=status.HTTP_201_CREATED)


def report_data(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    totals = report.totals
    return {
        "began": totals.began,
        "completed": totals.completed,
        "median_seconds": totals.seconds,
        "statuses": totals.by.get("status", []),
        "sources": totals.of("source"),
        "referrers": totals.of("referrer"),
        "devices": totals.of("device"),
        "steps": [dataclasses.asdict(one) for one in report.steps],
        "outcomes": [dataclasses.asdict(one) for one in report.outcomes],
        "questions": [
            {
                "key": one.question.key,
                "kind": one.question.kind,
                "label": one.question.label,
                "answered": one.answered,
                "choices": [{"value": bar.value, "label": bar.label, "count": bar.count} for bar in one.bars],
                "numbers": dataclasses.asdict(one.numbers) if one.numbers else None,
                "nps": one.score,
                "mean": one.mean,
            }
            for one in report.findings
        ],
        "variants": {step: [dataclasses.asdict(one) for one in lines] for step, lines in report.variants.items()},
    }


def decimal_json(document: Any) -> Any:
    """The engine's numbers are decimals; a program's came as floats, whose shortest text is what it wrote."""
    return read_json(json.dumps(document))


def _shown_problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "path": problem.path,
        "message": str(sentence_of(problem)),
        "is_error": problem.is_error,
    }
