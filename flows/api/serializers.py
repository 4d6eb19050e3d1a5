"""Flows and sessions as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import ObjectField, PublicIdField, RelatedField, StrictSerializer
from contacts.models import Contact
from flows.documents import plain_json
from flows.models import Flow, FlowSession, FlowVersion
from flows.services import draft_of


class FlowLineSerializer(serializers.Serializer[Flow]):
    """A flow without its document, as lists show it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    key = serializers.CharField()
    kind = serializers.CharField(help_text="form, quiz, poll, calculator …; said by the document.")
    status = serializers.ChoiceField(Flow.Status.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class FlowSerializer(StrictSerializer):
    """A flow and the document that is being worked on. Publishing makes it what people get."""

    id = PublicIdField()
    name = serializers.CharField(max_length=80)
    key = serializers.SlugField(max_length=60, required=False, help_text="Chosen once; made of the name when left out.")
    kind = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(Flow.Status.choices, read_only=True)
    document = ObjectField(source="draft", help_text="In the format of flow.schema.json (docs/flows.md).")
    version = serializers.IntegerField(
        source="draft_number",
        required=False,
        help_text="In a change: refuse it with 409 when this is not the present one.",
    )
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, flow: Flow) -> dict[str, Any]:
        """The flow with its document as JSON."""
        shown: dict[str, Any] = super().to_representation(_Plain(flow))
        return shown


class _Plain:
    """A flow whose `draft` is its document as plain JSON."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.draft = plain_json(draft_of(flow) or {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._flow, name)


class FlowProblemSerializer(serializers.Serializer[Any]):
    """Something about a document: `path` is a JSON Pointer to it."""

    code = serializers.CharField()
    path = serializers.CharField()
    message = serializers.CharField()
    is_error = serializers.BooleanField(help_text="Errors stop publishing.")


class LintSerializer(serializers.Serializer[Any]):
    """What is wrong with the document that is being worked on, errors first."""

    problems = FlowProblemSerializer(many=True)


class VersionSerializer(serializers.Serializer[FlowVersion]):
    """A published version. It never changes."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="The SHA-256 of the canonical document.")
    created_at = serializers.DateTimeField()


class ResponseSerializer(serializers.Serializer[FlowSession]):
    """One session: who it turned out to be, where it is, and what was answered so far."""

    id = serializers.UUIDField(source="public_id")
    contact = serializers.UUIDField(source="contact.public_id", default=None, allow_null=True)
    status = serializers.ChoiceField(FlowSession.Status.choices)
    step = serializers.CharField(source="current")
    ending = serializers.CharField()
    outcome = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    answers = serializers.DictField()
    locale = serializers.CharField()
    channel = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    started_at = serializers.DateTimeField(source="created_at")
    last_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class StartSerializer(StrictSerializer):
    """How to begin. `hidden` are values for the flow's hidden fields; a key is trusted, so they may be any."""

    contact = RelatedField(Contact, required=False)
    locale = serializers.CharField(max_length=35, required=False, default="")
    time_zone = serializers.CharField(max_length=64, required=False, default="")
    channel = serializers.SlugField(max_length=20, required=False, default="api")
    source = serializers.CharField(max_length=100, required=False, default="")  # type: ignore[assignment]
    hidden = serializers.DictField(child=serializers.CharField(max_length=1_000), required=False)


class AnswerSerializer(serializers.Serializer[Any]):
    """What an event came to: the session as it is now, and what is to be shown, in order."""

    session = ResponseSerializer()
    effects = serializers.ListField(child=serializers.DictField())


class StartedSerializer(AnswerSerializer):
    """The same for a session that began. With `secret` its page continues under /f/<flow>/s/<secret>/."""

    secret = serializers.CharField()


class CountSerializer(serializers.Serializer[Any]):
    """A value, how many began with it, and how many of them finished."""

    name = serializers.CharField()
    began = serializers.IntegerField()
    completed = serializers.IntegerField()


class FlowReportSerializer(serializers.Serializer[Any]):
    """How a flow does."""

    began = serializers.IntegerField()
    completed = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    statuses = CountSerializer(many=True)
    steps = serializers.ListField(child=serializers.DictField())
    outcomes = serializers.ListField(child=serializers.DictField())
    sources = CountSerializer(many=True)
    referrers = CountSerializer(many=True)
    devices = CountSerializer(many=True)
    questions = serializers.ListField(child=serializers.DictField())
    variants = serializers.DictField()
