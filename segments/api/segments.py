"""REST: segments."""

from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal
from accounts.api.parsing import TooDeep
from accounts.api.serializers import ObjectField, PublicIdField, RelatedField, StrictSerializer, find_related
from accounts.api.views import Resource
from accounts.models import ApiKey, Workspace
from accounts.scopes import is_allowed
from contacts.api.serializers import ContactSerializer
from contacts.models import Contact
from core.clock import now
from segments import services
from segments.explain import Reason
from segments.language.problems import Problem, RuleError
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.models import MemberChange, Segment


def rule_refusal(error: RuleError, field: str = "rule") -> Refusal:
    """The answer for a rule that cannot be used: each problem with its code and the place in the rule."""
    problems: list[Any] = [problem.as_dict() for problem in error.problems]
    return Refusal("The rule cannot be used.", code="invalid_rule", fields={field: problems})


class RuleInputSerializer(StrictSerializer):
    """A rule as JSON, or in the text language; one of the two."""

    rule = ObjectField(required=False)
    text = serializers.CharField(max_length=20_000, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Not both, and one of them unless the rest is being changed."""
        given = [name for name in ("rule", "text") if name in attrs]
        if len(given) > 1 or not (given or self.partial):
            raise serializers.ValidationError("Give either rule or text.")
        return attrs


class SegmentSerializer(RuleInputSerializer):
    """A named rule. Who belongs is worked out whenever it is asked."""

    id = PublicIdField()
    name = serializers.CharField(max_length=80)
    key = serializers.SlugField(max_length=60, required=False, help_text="Chosen once; made of the name when left out.")
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    version = serializers.IntegerField(
        required=False, help_text="In a change: refuse it with 409 when this is not the present one."
    )
    is_followed = serializers.BooleanField(required=False, help_text="Whether who comes and who goes is noted.")
    count = serializers.IntegerField(source="last_count", read_only=True, allow_null=True)
    counted_at = serializers.DateTimeField(source="last_counted_at", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, segment: Segment) -> dict[str, Any]:
        """The segment, its rule in both forms."""
        segment.text = print_rule(segment.rule)  # type: ignore[attr-defined]
        shown: dict[str, Any] = super().to_representation(segment)
        return shown


class PersonSerializer(serializers.Serializer[Contact]):
    """Enough of a contact to tell who it is."""

    id = serializers.UUIDField(source="public_id")
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """Who a rule holds for at present."""

    count = serializers.IntegerField(allow_null=True)
    is_exact = serializers.BooleanField(help_text="False for an estimate of a count that takes long.")
    sample = PersonSerializer(many=True)
    text = serializers.CharField()


class ExplainSerializer(StrictSerializer):
    """Whom to explain."""

    contact = RelatedField(Contact)


class ReasonSerializer(serializers.Serializer[Any]):
    """One node of the rule for one contact; `children` are of the same shape."""

    path = serializers.CharField()
    result = serializers.BooleanField()
    decisive = serializers.BooleanField()
    found = serializers.JSONField(required=False)
    children = serializers.ListField(child=serializers.DictField(), required=False)


class ChangeSerializer(serializers.Serializer[MemberChange]):
    """That somebody came in or left."""

    contact = serializers.UUIDField(source="contact.public_id", allow_null=True, default=None)
    change = serializers.ChoiceField(choices=MemberChange.Change.choices)
    cause = serializers.ChoiceField(choices=MemberChange.Cause.choices)
    at = serializers.DateTimeField()


class MembershipSerializer(serializers.Serializer[Any]):
    """A segment that somebody is in, and why."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    why = ReasonSerializer()


class SegmentResource(Resource):
    """Segments."""

    scope = "segments"
    model = Segment
    serializer_class = SegmentSerializer
    action_scopes = {
        "preview": "segments:read",
        "explain": "segments:read",
        "contacts": "contacts:read",
        "changes": "contacts:read",
    }

    def handle_exception(self, exc: Exception) -> Response:
        """What nests without end can only be a rule, and is refused like one."""
        if isinstance(exc, TooDeep):
            exc = rule_refusal(RuleError([Problem("too_deep", "/where")]))
        return super().handle_exception(exc)

    def create(self, request: Request) -> Response:
        """Add a segment."""
        values = self.validated()
        values.pop("version", None)
        if Segment.objects.in_workspace(self.workspace).filter(key=values.get("key")).exists():
            raise self._key_taken()
        return Response(self.shown(self._save(values, None)), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a segment. Its key stays: rules and programs name it."""
        segment = self.get_object()
        values = self.validated(partial=True)
        if values.pop("key", segment.key) != segment.key:
            raise Refusal("Some fields are not right.", fields={"key": ["The key of a segment cannot be changed."]})
        return Response(self.shown(self._save(values, segment)))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a segment that nothing needs."""
        try:
            services.delete_segment(segment=self.get_object(), actor=self.actor)
        except services.SegmentInUse as error:
            text = f"Still needed by: {', '.join(error.users)}"
            raise Conflict(text, code="segment_in_use") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RuleInputSerializer, responses={200: PreviewSerializer})
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Count who a rule holds for, and name a few of them to a key with contacts:read. Saves nothing."""
        rule = _rule_of(self.validated(RuleInputSerializer))
        try:
            count = services.count_rule(self.workspace, rule)
            may_see = is_allowed(self.api_key.scopes, "contacts:read")
            sample = services.sample_rule(self.workspace, rule, expected=count.number) if may_see else []
        except RuleError as error:
            raise rule_refusal(error) from error
        people = [PersonSerializer(example.contact).data for example in sample]
        return Response({"count": count.number, "is_exact": count.is_exact, "sample": people, "text": print_rule(rule)})

    @extend_schema(responses={200: ContactSerializer(many=True)}, operation_id="segments_contacts_list")
    @action(detail=True, methods=["get"])
    def contacts(self, request: Request, **_ids: Any) -> Response:
        """Who is in the segment now, newest contacts first. Needs contacts:read."""
        segment = self.get_object()
        contacts = Contact.objects.in_workspace(self.workspace)
        return self.paged(in_segment(contacts, self.workspace, segment), ContactSerializer)

    @extend_schema(responses={200: ChangeSerializer(many=True)}, operation_id="segments_changes_list")
    @action(detail=True, methods=["get"])
    def changes(self, request: Request, **_ids: Any) -> Response:
        """Who came in and who left, and why, newest first. Without a contact: somebody who is gone since."""
        segment = self.get_object()
        rows = MemberChange.objects.in_workspace(self.workspace).filter(segment=segment).select_related("contact")
        self.time_field = "at"
        return self.paged(rows, ChangeSerializer)

    @extend_schema(request=ExplainSerializer, responses={200: ReasonSerializer})
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, **_ids: Any) -> Response:
        """Tell why a contact is in the segment, or why not; what was found, to a key with contacts:read."""
        segment = self.get_object()
        contact = self.validated(ExplainSerializer)["contact"]
        try:
            reason = services.explain_contact(self.workspace, segment.rule, contact)
        except RuleError as error:
            raise rule_refusal(error) from error
        return Response(_told(reason, self.api_key))

    def _save(self, values: dict[str, Any], segment: Segment | None) -> Segment:
        version, is_followed = values.pop("version", None), values.pop("is_followed", None)
        given: dict[str, Any] = {name: values.pop(name) for name in ("rule", "text") if name in values}
        rule = _rule_of(given) if given else segment.rule if segment else None
        known = {"name": segment.name} if segment else {}
        try:
            saved = services.save_segment(
                workspace=self.workspace,
                actor=self.actor,
                values={**known, **values, "rule": rule},
                segment=segment,
                expected_version=version,
            )
        except RuleError as error:
            raise rule_refusal(error, "text" if "text" in given else "rule") from error
        except services.SegmentChanged as error:
            raise Conflict("Somebody changed this segment since.", code="edit_conflict") from error
        except services.TooManySegments as error:
            raise Conflict("This workspace has as many segments as it may.", code="too_many") from error
        except IntegrityError as error:
            raise self._key_taken() from error
        if is_followed is not None and is_followed != saved.is_followed:
            services.follow_segment(segment=saved, is_followed=is_followed, actor=self.actor)
        return saved

    @staticmethod
    def _key_taken() -> Conflict:
        text = "Another segment has this key."
        return Conflict(text, code="key_taken", fields={"key": [text]})


class ContactSegments(Resource):
    """The segments of one contact."""

    scope = "segments"
    model = Contact

    @extend_schema(operation_id="contacts_segments_list", responses={200: MembershipSerializer(many=True)})
    def list(self, request: Request, id: Any = None) -> Response:
        """The segments this contact is in now, each with the reason."""
        contact = self.find(self.get_queryset(), id)
        found = services.segments_of_contact(self.workspace, contact)
        results = [
            {"id": str(one.public_id), "key": one.key, "name": one.name, "why": _told(reason, self.api_key)}
            for one, reason in found
        ]
        return Response({"next": None, "previous": None, "results": results})


def in_segment(contacts: QuerySet[Any], workspace: Workspace, segment: Segment) -> QuerySet[Any]:
    """The contacts that are in the segment now. Raises Refusal when its rule no longer holds together."""
    try:
        audience = services.audience_sql(workspace, segment.rule, now())
    except RuleError as error:
        raise rule_refusal(error) from error
    members = RawSQL(audience.sql, tuple(audience.params))  # noqa: S611 - compiled by us, every value is bound
    return contacts.filter(pk__in=members)


def by_segment(contacts: QuerySet[Any], workspace: Workspace, text: str) -> QuerySet[Any]:
    """`contacts/?segment=` takes an id or a key."""
    segment = find_related(Segment, workspace, text, by_key=True)
    if segment is None:
        raise Refusal("That parameter is not right.", fields={"segment": ["There is no such segment."]})
    return in_segment(contacts, workspace, segment)


def _told(reason: Reason, api_key: ApiKey) -> dict[str, Any]:
    """The reasons; what was found about the person only for a key that may read contacts."""
    return reason.as_dict(with_found=is_allowed(api_key.scopes, "contacts:read"))


def _rule_of(values: dict[str, Any]) -> dict[str, Any]:
    if "text" not in values:
        return dict(values["rule"])
    try:
        return dict(parse_text(values["text"]))
    except RuleError as error:
        raise rule_refusal(error, "text") from error
