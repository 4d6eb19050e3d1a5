"""REST: events from outside."""

from collections import Counter

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal, TooLarge
from accounts.api.views import Resource
from contacts.api.reading import incoming_event, read_batch
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
        (answer,) = ingest_events(workspace=self.workspace, batch=[incoming_event(self.validated())])
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
        read = read_batch(given, self.get_serializer_context())
        good = [one for one in read if isinstance(one, IncomingEvent)]
        taken = iter(ingest_events(workspace=self.workspace, batch=good))
        results = [_told(Appended("refused", one) if isinstance(one, str) else next(taken)) for one in read]
        counts = Counter(result["status"] for result in results)
        return Response({**{name: counts[name] for name in ("created", "repeated", "refused")}, "results": results})


def _told(answer: Appended) -> dict[str, str]:
    return {"status": answer.status, "message": answer.problem} | ({"code": answer.code} if answer.code else {})
