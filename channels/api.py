"""REST: senders."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.api.errors import Conflict
from accounts.api.serializers import EmptySerializer, PublicIdField, StrictSerializer
from accounts.api.throttling import spend
from accounts.api.views import Resource
from channels import services
from channels.models import Sender


class SenderSerializer(StrictSerializer):
    """Who a message comes from. Nothing is sent from an address until somebody who reads it said yes."""

    id = PublicIdField()
    name = serializers.CharField(max_length=80)
    email = serializers.EmailField(max_length=254)
    reply_to = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    verified = serializers.BooleanField(source="is_verified", read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class SenderResource(Resource):
    """Senders."""

    scope = "senders"
    model = Sender
    serializer_class = SenderSerializer

    def create(self, request: Request) -> Response:
        """Add a sender and mail the link that verifies its address. 429 after 20 such mails in an hour."""
        values = self.validated()
        self._count_mail()
        try:
            sender = services.add_sender(workspace=self.workspace, actor=self.actor, **values)
        except services.SenderExists as error:
            raise Conflict(str(error), code="sender_exists", fields={"email": [str(error)]}) from error
        return Response(self.shown(sender), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a sender. A new address has to be verified again."""
        sender = self.get_object()
        known = {"name": sender.name, "email": sender.email, "reply_to": sender.reply_to}
        values = {**known, **self.validated(partial=True)}
        if values["email"] != sender.email:
            self._count_mail()
        try:
            changed = services.change_sender(sender=sender, actor=self.actor, **values)
        except services.SenderExists as error:
            raise Conflict(str(error), code="sender_exists", fields={"email": [str(error)]}) from error
        return Response(self.shown(changed))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Put a sender away: nothing new is sent from it."""
        services.remove_sender(sender=self.get_object(), actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=EmptySerializer, responses={202: SenderSerializer})
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, **_ids: Any) -> Response:
        """Mail the link that verifies the address once more."""
        self.validated(EmptySerializer)
        sender = self.get_object()
        self._count_mail()
        services.request_verification(sender=sender)
        return Response(self.shown(sender), status=status.HTTP_202_ACCEPTED)

    def _count_mail(self) -> None:
        spend("sender-mail", self.workspace, limit=services.MAILS_AN_HOUR, seconds=3600)


router = SimpleRouter(use_regex_path=False)
router.register("senders", SenderResource, basename="api-sender")

urlpatterns = router.urls
