"""REST: contacts and attributes."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal, Unprocessable
from accounts.api.views import Resource
from contacts import services
from contacts.addresses import normalise_email
from contacts.api.extensions import filters
from contacts.api.serializers import (
    AttributeSerializer,
    ContactSerializer,
    EventSerializer,
    MergeSerializer,
    attribute_values,
    contact_values,
)
from contacts.models import Attribute, Channel, Contact
from contacts.problems import Problem
from contacts.services.merging import CannotMerge, merge_contacts
from contacts.services.upserting import upsert_contact
from contacts.text_search import TextSearch
from events.models import Event


def refusal_of(error: services.ContactError) -> Refusal:
    """The answer for a contact that could not be saved; a duplicate names the contact that is there."""
    if isinstance(error, services.DuplicateContact):
        fields: dict[str, list[Any]] = {**error.fields, "existing": [str(error.existing.public_id)]}
        return Conflict("Another contact has this already.", code="duplicate", fields=fields)
    if isinstance(error, services.ErasedPerson):
        return Conflict("This person asked to be erased.", code="erased", fields=dict(error.fields))
    if isinstance(error, services.RestrictedPerson):
        return Conflict(str(error), code="restricted")
    return Refusal("Some fields are not right.", fields=dict(error.fields))


LIST_PARAMETERS = [
    OpenApiParameter("email", str, description="Who has this address, in any case."),
    OpenApiParameter("external_id", str, description="Who has this external id."),
    OpenApiParameter("search", str, description="Beginnings of words of names and addresses."),
    OpenApiParameter("segment", str, description="Who is in this segment now: its id or key."),
]


class ContactResource(Resource):
    """Contacts."""

    scope = "contacts"
    model = Contact
    serializer_class = ContactSerializer
    action_scopes = {"upsert": "contacts:write", "merge": "contacts:write"}

    @property
    def filters(self) -> tuple[str, ...]:  # type: ignore[override]
        """Ours, and those of apps above."""
        return ("email", "external_id", "search", *filters()) if self.action == "list" else ()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By every parameter that is given."""
        query = self.request.query_params
        if "email" in query:
            queryset = queryset.filter(pk__in=self._with_email(query["email"]))
        if "external_id" in query:
            contacts: Any = queryset
            queryset = contacts.with_external_id(self.workspace, query["external_id"])
        if search := TextSearch.of(query.get("search", "")):
            contacts = queryset
            queryset = contacts.found_by(self.workspace, search)
        for name, apply in filters().items():
            if name in query:
                queryset = apply(queryset, self.workspace, query[name])
        return queryset

    @extend_schema(parameters=LIST_PARAMETERS)
    def list(self, request: Request) -> Response:
        """Find contacts, newest first."""
        return super().list(request)

    def create(self, request: Request) -> Response:
        """Add a contact. 409 names the one that has this address or external id already."""
        values = contact_values(self.validated())
        try:
            contact = services.create_contact(workspace=self.workspace, values=values, actor=self.actor, source="api")
        except services.ContactError as error:
            raise refusal_of(error) from error
        return Response(self.shown(contact), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a contact. Attributes that are not named stay; tags are replaced."""
        contact = self.get_object()
        values = contact_values(self.validated(partial=True))
        try:
            services.refuse_restricted(contact)
            changed = services.update_contact(contact=contact, values=values, actor=self.actor)
        except services.ContactError as error:
            raise refusal_of(error) from error
        return Response(self.shown(changed))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Erase a person for good. Only digests of the addresses stay, so that no import brings them back."""
        services.erase_contact(contact=self.get_object(), actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: ContactSerializer, 201: ContactSerializer})
    @action(detail=False, methods=["put"])
    def upsert(self, request: Request) -> Response:
        """Change the contact with this external_id, email or phone, or add it: 200 or 201."""
        values = contact_values(self.validated())
        try:
            contact, is_new = upsert_contact(workspace=self.workspace, values=values, actor=self.actor, source="api")
        except services.ContactError as error:
            raise refusal_of(error) from error
        return Response(self.shown(contact), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(request=MergeSerializer, responses={200: ContactSerializer})
    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> Response:
        """Make contacts part of another one, in one step: all of them or none.

        Everything of theirs moves to `keep`: addresses, tags, events, messages and consents, of which the strictest
        word counts. Their ids go on leading to it. Merging again changes nothing. It can be taken back in the
        dashboard for 30 days.
        """
        values = self.validated(MergeSerializer)
        try:
            merged = merge_contacts(
                workspace=self.workspace,
                keep=values["keep"].public_id,
                merge=[contact.public_id for contact in values["merge"]],
                choices={name: contact.public_id for name, contact in values.get("choices", {}).items()},
                actor=self.actor,
            )
        except CannotMerge as error:
            raise Unprocessable(str(error), code="cannot_merge") from error
        return Response(self.shown(merged.kept))

    def _with_email(self, text: str) -> QuerySet[Any]:
        contacts = Contact.objects.in_workspace(self.workspace)
        try:
            return contacts.with_address(Channel.EMAIL, normalise_email(text)).values("pk")
        except Problem:
            return contacts.none().values("pk")


class ContactTimeline(Resource):
    """What happened to one contact."""

    scope = "contacts"
    model = Contact
    serializer_class = EventSerializer
    time_field = "at"

    @extend_schema(operation_id="contacts_timeline_list")
    def list(self, request: Request, id: Any = None) -> Response:
        """Events of this contact by when they happened, newest first."""
        contact = self.find(self.get_queryset(), id)
        return self.paged(Event.objects.in_workspace(self.workspace).filter(contact_id=contact.pk))


class AttributeResource(Resource):
    """Attributes."""

    scope = "contacts"
    model = Attribute
    serializer_class = AttributeSerializer

    def create(self, request: Request) -> Response:
        """Add an attribute."""
        return Response(self.shown(self._save(self.validated(), None)), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change label, description, choices, rules or default. They hold for what is written from now on."""
        attribute = self.get_object()
        values = self.validated(partial=True)
        stuck = [
            name for name in ("key", "type") if values.get(name, getattr(attribute, name)) != getattr(attribute, name)
        ]
        if stuck:
            raise Refusal("Some fields are not right.", fields={name: ["This cannot be changed."] for name in stuck})
        return Response(self.shown(self._save(values, attribute)))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Remove an attribute, with its values of every contact."""
        services.delete_attribute(attribute=self.get_object(), actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, values: dict[str, Any], attribute: Attribute | None) -> Attribute:
        try:
            return services.save_attribute(
                workspace=self.workspace,
                values=attribute_values(values, attribute),
                attribute=attribute,
                actor=self.actor,
            )
        except services.ContactError as error:
            raise refusal_of(error) from error
