"""REST: events from outside."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal, TooLarge
from accounts.api.views import Resource
from contacts.api.serializers import (
    EventAnswerSerializer,
    EventBatchAnswerSerializer,
    EventBatchSerializer,
    IncomingEventSerializer,
)
from contacts.services import IncomingEvent, ingest_events
from events.models import Event
from events.services import MAX_BATCH, Appended

BODY = PolymorphicProxySerializer(
    component_name="EventOrBatch",
    serializers=[IncomingEventSerializer, EventBatchSerializer],
    resource_type_field_name=None,
)


class EventResource(Resource):
    """Events from outside, such as orders and page views."""

    scope = "events"
    model = Event
    serializer_class = IncomingEventSerializer

    @extend_schema(request=BODY, responses={200: EventBatchAnswerSerializer, 201: EventAnswerSerializer})
    def create(self, request: Request) -> Response:
        """Record one event, or up to 1,000 as {"events": [...]}.

        An unknown e-mail address becomes a new contact. Of a batch each event is taken or refused alone.
        """
        if isinstance(request.data, dict) and "events" in request.data:
            return self._batch()
        (answer,) = ingest_events(workspace=self.workspace, batch=[_incoming(self.validated())])
        if answer.status == "refused":
            if answer.code == "restricted":
                raise Conflict(answer.problem, code="restricted")
            raise Refusal(answer.problem, code="refused")
        code = status.HTTP_201_CREATED if answer.status == "created" else status.HTTP_200_OK
        return Response(_told(answer), status=code)

    def _batch(self) -> Response:
        given = self.validated(EventBatchSerializer)["events"]
        if len(given) > MAX_BATCH:
            raise TooLarge("At most 1,000 events at once.", fields={"events": ["At most 1,000 events at once."]})
        answers: list[Appended | None] = []
        good: list[IncomingEvent] = []
        context = self.get_serializer_context()
        for item in given:
            serializer = IncomingEventSerializer(data=item, context=context)
            if serializer.is_valid():
                good.append(_incoming(serializer.validated_data))
                answers.append(None)
            else:
                answers.append(Appended("refused", _sentence(serializer.errors)))
        taken = iter(ingest_events(workspace=self.workspace, batch=good))
        results = [_told(answer or next(taken)) for answer in answers]
        counts = {
            name: sum(result["status"] == name for result in results) for name in ("created", "repeated", "refused")
        }
        return Response({**counts, "results": results})


def _incoming(values: dict[str, Any]) -> IncomingEvent:
    about = values["contact"]
    return IncomingEvent(
        name=values["name"],
        email=about.get("email", ""),
        external_id=about.get("external_id", ""),
        contact=str(about.get("id", "")),
        at=values.get("at"),
        properties=values.get("properties", {}),
        id=values.get("id", ""),
    )


def _told(answer: Appended) -> dict[str, str]:
    return {"status": answer.status, "message": answer.problem} | ({"code": answer.code} if answer.code else {})


def _sentence(errors: Any, path: str = "") -> str:
    """The errors of one event in one line: `contact.email: …; name: …`."""
    if isinstance(errors, dict):
        return "; ".join(_sentence(inner, f"{path}.{name}".lstrip(".")) for name, inner in errors.items())
    return f"{path}: {' '.join(str(text) for text in errors)}"
