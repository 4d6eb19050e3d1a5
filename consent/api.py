"""REST: topics, consents and suppressions."""

from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.api.errors import Conflict, Refusal
from accounts.api.serializers import InstantField, PublicIdField, RelatedField, StrictSerializer, find_related
from accounts.api.views import Resource
from accounts.models import Membership, Role, Workspace
from consent.evidence import PERSONAL, Choice, Proof, Source
from consent.jurisdiction import BasisNotAccepted, require_basis
from consent.models import Basis, ConsentRecord, ConsentText, Purpose, State, Suppression, Topic
from consent.services import choices, ledger, suppressions, topics
from consent.services.choices import MOST_DAYS
from contacts.addresses import normalise_email, normalise_phone
from contacts.api.extensions import add_import_option
from contacts.models import Channel, Contact, ContactAlias
from contacts.problems import Problem
from contacts.services import restricted_among
from core.crypto import address_hash


class TopicSerializer(StrictSerializer):
    """A subject people choose to hear about. `key` is chosen once and made of the name when left out."""

    id = PublicIdField()
    key = serializers.SlugField(max_length=60, required=False)
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    public = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField(read_only=True)


class TopicResource(Resource):
    """Topics."""

    scope = "consents"
    model = Topic
    serializer_class = TopicSerializer

    def create(self, request: Request) -> Response:
        """Add a topic."""
        topic = self._save(self.validated(), None)
        return Response(self.shown(topic), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a topic. Its key stays: links and programs name it."""
        topic = self.get_object()
        values = self.validated(partial=True)
        if values.pop("key", topic.key) != topic.key:
            raise Refusal("Some fields are not right.", fields={"key": ["The key of a topic cannot be changed."]})
        kept = {"name": topic.name, "description": topic.description, "public": topic.public}
        return Response(self.shown(self._save({**kept, **values}, topic)))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a topic that nobody ever answered about."""
        try:
            topics.delete_topic(topic=self.get_object(), actor=self.actor)
        except topics.TopicInUse as error:
            raise Conflict(str(error), code="topic_in_use") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, values: dict[str, Any], topic: Topic | None) -> Topic:
        try:
            return topics.save_topic(
                workspace=self.workspace, values=topics.TopicValues(**values), actor=self.actor, topic=topic
            )
        except topics.TopicKeyTaken as error:
            raise Conflict(str(error), code="key_taken", fields={"key": [str(error)]}) from error


class ConsentSerializer(StrictSerializer):
    """One line of the ledger: what somebody said, when, how, and to which words."""

    id = PublicIdField()
    contact = RelatedField(Contact)
    channel = serializers.ChoiceField(Channel.choices, default=Channel.EMAIL)
    topic = RelatedField(
        Topic, by_key=True, allow_null=True, default=None, help_text="Id or key; null means every topic."
    )
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.MARKETING)
    state = serializers.ChoiceField([State.GRANTED, State.WITHDRAWN])
    basis = serializers.ChoiceField(Basis.choices, required=False)
    source = serializers.CharField(max_length=40, default=Source.API)  # type: ignore[assignment]
    text = serializers.CharField(
        max_length=5000, required=False, allow_null=True, help_text="The words the person saw."
    )
    at = InstantField(required=False)
    expires_at = InstantField(required=False, allow_null=True)

    def validate_source(self, source: str) -> str:
        """A program may not claim that the person acted on one of our own pages."""
        if source in PERSONAL or (source in Source.values and source != Source.API):
            raise serializers.ValidationError("This source is written by Rapport itself.")
        return source

    def to_representation(self, record: Any) -> dict[str, Any]:
        """The row; `contact` is null once the person was erased."""
        return {
            "id": str(record.public_id),
            "contact": str(record.contact_public_id) if record.contact_public_id else None,
            "channel": record.channel,
            "topic": str(record.topic_public_id) if record.topic_public_id else None,
            "purpose": record.purpose,
            "state": record.state,
            "basis": record.basis or None,
            "source": record.source,
            "text": record.text_body,
            "at": self.fields["at"].to_representation(record.at),
            "expires_at": self.fields["at"].to_representation(record.expires_at) if record.expires_at else None,
        }


class ConsentResource(Resource):
    """The consent ledger. It only grows: nothing is changed or deleted."""

    scope = "consents"
    model = ConsentRecord
    serializer_class = ConsentSerializer
    filters: tuple[str, ...] = ("contact", "topic")

    def get_queryset(self) -> models.QuerySet[Any]:
        """The ledger with the public ids it is answered with; people erased since have none."""
        return with_public_ids(super().get_queryset())

    def filter_queryset(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """By contact and topic."""
        for name, model in (("contact", Contact), ("topic", Topic)):
            text = self.request.query_params.get(name)
            if text is None:
                continue
            row = find_related(model, self.workspace, text, by_key=model is Topic)
            if row is None:
                raise Refusal("That parameter is not right.", fields={name: ["There is no such id or key."]})
            records: Any = queryset
            queryset = records.of_person(row) if name == "contact" else queryset.filter(**{name: row})
        return queryset

    def create(self, request: Request) -> Response:
        """Write down what somebody said. Saying it again is a line of its own."""
        values = self.validated()
        contact = values["contact"]
        text = values.get("text")
        proof = Proof(
            source=values["source"],
            basis=values.get("basis", ""),
            text=ledger.remember_text(workspace=self.workspace, body=text) if text else None,
            at=values.get("at"),
            expires_at=values.get("expires_at"),
        )
        choice = Choice(State(values["state"]), values["topic"], Purpose(values["purpose"]), values["channel"])
        _require_basis(contact, choice, proof)
        try:
            record = ledger.record_consent(contact=contact, choice=choice, proof=proof)
        except ValueError as error:
            raise Refusal("Some fields are not right.", fields={"at": ["This time is in the future."]}) from error
        return Response(self.shown(self.get_queryset().get(pk=record.pk)), status=status.HTTP_201_CREATED)


def _require_basis(contact: Contact, choice: Choice, proof: Proof) -> None:
    """Refuse an agreement on a basis that does not count under the rules known to hold for the person."""
    if choice.state != State.GRANTED or choice.purpose != Purpose.MARKETING:
        return
    try:
        require_basis(contact, choice.channel, proof.basis)
    except BasisNotAccepted as error:
        raise Refusal("Some fields are not right.", fields={"basis": [str(error)]}) from error


class ContactConsents(ConsentResource):
    """The ledger of one contact."""

    filters: tuple[str, ...] = ()

    @extend_schema(operation_id="contacts_consents_list")
    def list(self, request: Request, id: Any = None) -> Response:
        """What this contact said, newest first."""
        contact = self.find(Contact.objects.in_workspace(self.workspace), id)
        records: Any = self.get_queryset()
        return self.paged(records.of_person(contact))


class PreferenceSerializer(StrictSerializer):
    """How a contact wants to be written to. Null and "" mean that they did not choose."""

    paused_until = InstantField(required=False, allow_null=True, help_text="No campaigns before this; null for none.")
    days_between = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MOST_DAYS, help_text="Between two campaigns, at least."
    )
    quiet_from = serializers.TimeField(required=False, allow_null=True, help_text="In the contact's own time zone.")
    quiet_until = serializers.TimeField(required=False, allow_null=True)
    preferred_channel = serializers.ChoiceField(Channel.choices, required=False, allow_blank=True)


class ContactPreferences(Resource):
    """What one contact chose beside topics: how often, when, and whether they take a break."""

    scope = "consents"
    model = Contact
    serializer_class = PreferenceSerializer

    @extend_schema(operation_id="contacts_preferences_retrieve")
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """Show them; everything is null for somebody who chose nothing."""
        return Response(self.shown(choices.preference_of(self.get_object())))

    @extend_schema(operation_id="contacts_preferences_partial_update")
    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change those that are named. A break that is over is none; quiet hours need both ends."""
        contact = self.get_object()
        values = self.validated(partial=True)
        if restricted_among([contact.pk]):
            raise Conflict("This person asked that their data is not used. Nothing was changed.", code="restricted")
        try:
            choices.save_choices(contact=contact, values=values, actor=self.actor)
        except choices.InvalidPreference as problem:
            raise Refusal("Some fields are not right.", fields=problem.fields) from problem
        return Response(self.shown(choices.preference_of(contact)))


def with_public_ids(records: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Ledger rows with the ids and words they are answered with, in the same statement."""

    def looked_up(model: type[models.Model], key: str, value: str) -> models.Subquery:
        return models.Subquery(model._default_manager.filter(pk=models.OuterRef(key)).values(value)[:1])

    # Lines of somebody who has become part of another contact are answered with that one.
    kept = ContactAlias.objects.filter(former_id=models.OuterRef("contact_id")).values("contact__public_id")
    return records.annotate(
        contact_public_id=Coalesce(looked_up(Contact, "contact_id", "public_id"), models.Subquery(kept)),
        topic_public_id=looked_up(Topic, "topic_id", "public_id"),
        text_body=looked_up(ConsentText, "text_id", "body"),
    )


class SuppressionSerializer(StrictSerializer):
    """An address or a whole domain that is never written to."""

    id = PublicIdField()
    address = serializers.CharField(max_length=254, required=False)
    domain = serializers.CharField(max_length=253, required=False)
    channel = serializers.ChoiceField([Channel.EMAIL, Channel.SMS], default=Channel.EMAIL)
    reason = serializers.ChoiceField(Suppression.Reason.choices, default=Suppression.Reason.MANUAL)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    created_at = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of address and domain, in its stored form."""
        if ("address" in attrs) == ("domain" in attrs):
            raise serializers.ValidationError("Give either address or domain.")
        if "address" in attrs:
            is_email = attrs["channel"] == Channel.EMAIL
            try:
                attrs["address"] = normalise_email(attrs["address"]) if is_email else normalise_phone(attrs["address"])
            except Problem as problem:
                raise serializers.ValidationError({"address": [str(problem)]}) from problem
        elif attrs["channel"] != Channel.EMAIL:
            raise serializers.ValidationError({"domain": ["Only e-mail has domains."]})
        return attrs


class SuppressionResource(Resource):
    """The do-not-send list. It beats every consent."""

    scope = "consents"
    model = Suppression
    serializer_class = SuppressionSerializer
    filters = ("address", "domain", "reason")

    def filter_queryset(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """By address (in any case), domain or reason."""
        query = self.request.query_params
        if address := query.get("address"):
            queryset = queryset.filter(address_hash=address_hash(address.strip().lower()))
        if domain := query.get("domain"):
            queryset = queryset.filter(domain=domain.strip().lower())
        if reason := query.get("reason"):
            queryset = queryset.filter(reason=reason)
        return queryset

    def create(self, request: Request) -> Response:
        """Never write there again. Adding the same again changes nothing but a weaker reason."""
        values = self.validated()
        reason, note = values["reason"], values.get("note", "")
        if "domain" in values:
            return Response(self.shown(self._suppress_domain(values["domain"], reason, note)), status=201)
        suppressions.suppress_address(
            workspace=self.workspace,
            addresses=[values["address"]],
            reason=reason,
            channel=values["channel"],
            note=note,
            actor=self.actor,
        )
        row = self.get_queryset().get(channel=values["channel"], address_hash=address_hash(values["address"]))
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Allow writing there again, where that is not for the person alone to say."""
        owns = self.actor is not None and (
            Membership.objects.filter(workspace=self.workspace, user=self.actor, role=Role.OWNER).exists()
        )
        try:
            suppressions.lift_suppression(suppression=self.get_object(), actor=self.actor, is_owner=owns)
        except suppressions.CannotLift as error:
            raise Conflict(str(error), code="cannot_lift") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _suppress_domain(self, domain: str, reason: str, note: str) -> Suppression:
        try:
            return suppressions.suppress_domain(
                workspace=self.workspace, domain=domain, reason=reason, note=note, actor=self.actor
            )
        except suppressions.InvalidSuppression as error:
            raise Refusal("Some fields are not right.", fields={"domain": [str(error)]}) from error


def read_topic(workspace: Workspace, text: str) -> str:
    """An import names its topic by id or key; what is stored is the id. Raises Refusal for one nobody has."""
    topic = find_related(Topic, workspace, text, by_key=True)
    if topic is None:
        raise Refusal("Some fields are not right.", fields={"options.topic": ["There is no such id or key."]})
    return str(topic.public_id)


add_import_option("topic", read_topic)

router = SimpleRouter(use_regex_path=False)
router.register("topics", TopicResource, basename="api-topic")
router.register("consents", ConsentResource, basename="api-consent")
router.register("suppressions", SuppressionResource, basename="api-suppression")

urlpatterns = [
    *router.urls,
    path(
        "contacts/<uuid:id>/preferences/",
        ContactPreferences.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api-contact-preferences",
    ),
    path("contacts/<uuid:id>/consents/", ContactConsents.as_view({"get": "list"}), name="api-contact-consents"),
]
