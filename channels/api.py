"""REST: senders, and the domains they write from."""

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
from channels.domain_page import shown_records
from channels.models import Sender, SendingDomain, Standing


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


class RecordSerializer(StrictSerializer):
    """One DNS record that should be there, and what was found."""

    type = serializers.CharField(source="kind", read_only=True)
    name = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True, help_text="What to publish; empty where the mail server decides it.")
    state = serializers.ChoiceField(Standing.choices, read_only=True)
    problem = serializers.CharField(read_only=True, help_text="What to change, in words; empty where all is well.")
    found = serializers.ListField(child=serializers.CharField(), read_only=True)


class DomainSerializer(StrictSerializer):
    """A domain that mail comes from, and what DNS said about it when it was last asked."""

    id = PublicIdField()
    domain = serializers.CharField(read_only=True)
    signs = serializers.BooleanField(source="is_signing", read_only=True)
    spf = serializers.ChoiceField(Standing.choices, read_only=True)
    dkim = serializers.ChoiceField(Standing.choices, read_only=True)
    dmarc = serializers.ChoiceField(Standing.choices, read_only=True)
    bounces = serializers.ChoiceField(Standing.choices, read_only=True)
    checked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class DomainDetailSerializer(DomainSerializer):
    """The same with each of its records."""

    records = RecordSerializer(many=True, read_only=True)

    def to_representation(self, domain: SendingDomain) -> dict[str, Any]:
        """With the records as its page shows them."""
        domain.records = shown_records(domain)  # type: ignore[attr-defined]
        shown: dict[str, Any] = super().to_representation(domain)
        return shown


class DomainResource(Resource):
    """Domains that mail comes from."""

    scope = "senders"
    model = SendingDomain
    serializer_class = DomainSerializer

    @extend_schema(responses=DomainDetailSerializer)
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """One domain with its records."""
        return Response(self.shown(self.get_object(), DomainDetailSerializer))


router = SimpleRouter(use_regex_path=False)
router.register("senders", SenderResource, basename="api-sender")
router.register("domains", DomainResource, basename="api-domain")

urlpatterns = router.urls
