"""REST: single messages."""

import datetime as dt
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Unprocessable
from accounts.api.serializers import InstantField, ObjectField, RelatedField, StrictSerializer
from accounts.api.views import Resource
from channels.models import Sender
from consent.evidence import Proof, Source
from contacts.addresses import normalise_email
from contacts.models import Channel, Contact
from contacts.problems import Problem
from content.models import ContentVersion, Template
from content.problems import ContentError
from content.services import pin_inline, pin_version
from core.clock import now
from delivery.models import Message, MessageFact, Purpose
from delivery.services import NeverSent, SendRequest, record_complaint, submit

FARTHEST = dt.timedelta(days=366)
LONGEST_BODY = 500_000


class MessageSerializer(serializers.Serializer[Message]):
    """One message to one person, as it stands."""

    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(Message.Status.choices)
    reason = serializers.CharField(help_text="Why it was skipped or failed; empty otherwise.")
    detail = serializers.CharField(help_text="What the mail server said.")
    purpose = serializers.ChoiceField(Purpose.choices)
    channel = serializers.ChoiceField(Channel.choices)
    contact = serializers.UUIDField(source="contact.public_id", default=None, allow_null=True)
    email = serializers.CharField(source="recipient")
    created_at = serializers.DateTimeField()
    send_at = serializers.DateTimeField(source="due_at")
    settled_at = serializers.DateTimeField(allow_null=True)


class FactSerializer(serializers.Serializer[MessageFact]):
    """Something that happened to a message after it was sent."""

    action = serializers.ChoiceField(MessageFact.Action.choices)
    verdict = serializers.ChoiceField(MessageFact.Verdict.choices)
    link = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    times = serializers.IntegerField()

    def get_link(self, fact: MessageFact) -> int | None:
        """The number of the link in the message, null where no link was followed."""
        return fact.link if fact.link >= 0 else None


class MessageHistorySerializer(MessageSerializer):
    """A message with its history."""

    history = FactSerializer(many=True)


class RecipientSerializer(StrictSerializer):
    """To whom: a contact, or any address."""

    contact = RelatedField(Contact, required=False)
    email = serializers.CharField(max_length=254, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two; the address in its stored form."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Give either contact or email.")
        if "email" in attrs:
            try:
                attrs["email"] = normalise_email(attrs["email"])
            except Problem as problem:
                raise serializers.ValidationError({"email": [str(problem)]}) from problem
        return attrs


class SubmitSerializer(StrictSerializer):
    """A message somebody asked for or needs, such as a receipt. Marketing goes through campaigns."""

    to = RecipientSerializer()
    template = RelatedField(Template, required=False)
    subject = serializers.CharField(max_length=300, required=False)
    html = serializers.CharField(max_length=LONGEST_BODY, required=False, allow_blank=True)
    text = serializers.CharField(max_length=LONGEST_BODY, required=False, allow_blank=True)
    data = ObjectField(  # type: ignore[assignment]
        required=False, help_text="What the template reads as {{ data.… }}."
    )
    purpose = serializers.ChoiceField([Purpose.TRANSACTIONAL, Purpose.SERVICE], default=Purpose.TRANSACTIONAL)
    sender = RelatedField(Sender, required=False, help_text="The first verified one when left out.")
    send_at = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A template, or words of its own."""
        written = [name for name in ("subject", "html", "text") if name in attrs]
        if ("template" in attrs) == bool(written):
            raise serializers.ValidationError("Give either template, or subject with html or text.")
        if written and not (attrs.get("subject") and (attrs.get("html") or attrs.get("text"))):
            raise serializers.ValidationError("A message has a subject, and html or text.")
        if attrs.get("send_at", now()) > now() + FARTHEST:
            raise serializers.ValidationError({"send_at": ["At most a year from now."]})
        return attrs


class MessageResource(Resource):
    """Single messages."""

    scope = "messages"
    model = Message
    serializer_class = MessageSerializer

    @extend_schema(request=SubmitSerializer, responses={202: MessageSerializer})
    def create(self, request: Request) -> Response:
        """Send one message. 202: it waits to be sent, and whether it may be is checked then."""
        values = self.validated(SubmitSerializer)
        contact, email = self._recipient(values["to"])
        sender = self._sender(values.get("sender"))
        message = submit(
            SendRequest(
                workspace=self.workspace,
                purpose=values["purpose"],
                to_email=email,
                contact=contact,
                sender=sender,
                content_version=self._content(values),
                data=values.get("data", {}),
                send_at=values.get("send_at"),
            )
        )
        return Response(self.shown(message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: MessageHistorySerializer})
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """How a message stands and what happened to it."""
        message = self.find(self.get_queryset().select_related("contact"), self.kwargs["id"])
        message.history = MessageFact.objects.filter(message=message).order_by("at", "id")
        return Response(self.shown(message, MessageHistorySerializer))

    @extend_schema(request=None, responses={200: MessageHistorySerializer})
    def complaint(self, request: Request, **_ids: Any) -> Response:
        """They complained about it, says your mail provider: never write to them again. Saying it twice is harmless."""
        message = self.find(self.get_queryset().select_related("workspace", "contact"), self.kwargs["id"])
        try:
            record_complaint(message=message, proof=Proof(Source.API, actor=self.actor))
        except NeverSent as error:
            raise Conflict("This message was not sent.", code="not_sent") from error
        return self.retrieve(request)

    def _recipient(self, to: dict[str, Any]) -> tuple[Contact | None, str]:
        contact: Contact | None = to.get("contact")
        if contact is None:
            people = Contact.objects.in_workspace(self.workspace)
            return people.with_address(Channel.EMAIL, to["email"]).first(), to["email"]
        if not contact.email:
            raise Unprocessable("This contact has no e-mail address.", code="no_address")
        return contact, contact.email

    def _sender(self, chosen: Sender | None) -> Sender:
        if chosen is not None and not chosen.is_verified:
            raise Unprocessable("The sender’s address is not verified.", code="sender_unverified")
        sender: Sender | None = chosen or Sender.objects.in_workspace(self.workspace).verified().first()
        if sender is None:
            raise Unprocessable("This workspace has no verified sender yet.", code="no_sender")
        return sender

    def _content(self, values: dict[str, Any]) -> ContentVersion:
        try:
            if "template" in values:
                return pin_version(values["template"])
            return pin_inline(
                workspace=self.workspace,
                subject=values["subject"],
                html=values.get("html", ""),
                text=values.get("text", ""),
            )
        except ContentError as error:
            fields: dict[str, list[Any]] = {error.problem.where: [error.problem.message]}
            raise Unprocessable(error.problem.message, code=error.problem.code, fields=fields) from error


class ContactMessages(Resource):
    """The messages of one contact."""

    scope = "messages"
    model = Contact
    serializer_class = MessageSerializer

    @extend_schema(operation_id="contacts_messages_list")
    def list(self, request: Request, id: Any = None) -> Response:
        """Every message to this contact, newest first, also those that were not sent."""
        contact = self.find(self.get_queryset(), id)
        messages = Message.objects.in_workspace(self.workspace).of_contact(contact.pk).select_related("contact")
        return self.paged(messages)


urlpatterns = [
    path("messages/", MessageResource.as_view({"post": "create"}), name="api-messages"),
    path("messages/<uuid:id>/", MessageResource.as_view({"get": "retrieve"}), name="api-message"),
    path("messages/<uuid:id>/complaint/", MessageResource.as_view({"post": "complaint"}), name="api-complaint"),
    path("contacts/<uuid:id>/messages/", ContactMessages.as_view({"get": "list"}), name="api-contact-messages"),
]
