"""REST: the addresses of a contact."""

import uuid
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Refusal
from accounts.api.serializers import PublicIdField, StrictSerializer
from accounts.api.views import Resource
from contacts.api.people import refusal_of
from contacts.models import Address, AddressState, Channel, Contact
from contacts.services import ContactError
from contacts.services.reaching import add_address, make_primary, remove_address, state_address
from contacts.validity.flags import FLAGS


class AddressStateSerializer(serializers.Serializer[AddressState]):
    """One line of an address's history."""

    status = serializers.ChoiceField(Address.Status.choices)
    reason = serializers.CharField()
    source = serializers.ChoiceField(AddressState.Source.choices)  # type: ignore[assignment]
    at = serializers.DateTimeField()


class AddressSerializer(StrictSerializer):
    """One way to reach a contact. Values are answered in their normal form."""

    id = PublicIdField()
    channel = serializers.ChoiceField(Channel.choices)
    value = serializers.CharField(max_length=300)
    primary = serializers.BooleanField(
        source="is_primary", required=False, help_text="Messages of its channel go to the primary one."
    )
    status = serializers.ChoiceField(Address.Status.choices, required=False, help_text="Takes a reason with it.")
    reason = serializers.CharField(source="status_reason", max_length=120, required=False)
    status_at = serializers.DateTimeField(read_only=True, allow_null=True)
    flags = serializers.ListField(child=serializers.ChoiceField(FLAGS), read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, row: Address) -> dict[str, Any]:
        """The address; without anything that stands out `flags` is empty."""
        return {**super().to_representation(row), "flags": row.flags or []}


class AddressWithHistorySerializer(AddressSerializer):
    """One address with what it went through, the newest first."""

    history = AddressStateSerializer(many=True, read_only=True)

    def to_representation(self, row: Address) -> dict[str, Any]:
        """The address and its last hundred changes."""
        line = AddressStateSerializer()
        changes = AddressState.objects.of_address(row)[:100]
        return {**AddressSerializer(row).data, "history": [line.to_representation(change) for change in changes]}


class AddressResource(Resource):
    """Addresses of one contact."""

    scope = "contacts"
    model = Contact
    serializer_class = AddressSerializer

    @extend_schema(operation_id="contacts_addresses_list")
    def list(self, request: Request, id: Any = None) -> Response:
        """Every address of the contact, newest first."""
        return self.paged(Address.objects.filter(contact=self._contact()))

    @extend_schema(operation_id="contacts_addresses_create", responses={201: AddressSerializer})
    def create(self, request: Request, id: Any = None) -> Response:
        """Add an address. The first of its channel is the primary one. 409 names the contact that has it already."""
        contact = self._contact()
        values = self.validated()
        self._refuse_state(values)
        try:
            row = add_address(
                contact=contact,
                channel=values["channel"],
                value=values["value"],
                is_primary=values.get("is_primary", False),
                actor=self.actor,
            )
        except ContactError as error:
            raise refusal_of(error) from error
        return Response(self.shown(row), status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="contacts_addresses_retrieve", responses=AddressWithHistorySerializer)
    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """Show one, with its history."""
        return Response(self.shown(self._address(), AddressWithHistorySerializer))

    @extend_schema(operation_id="contacts_addresses_partial_update")
    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Make it the primary one, or say its state and the reason. The value stays: another one is another address."""
        row = self._address()
        values = self.validated(partial=True)
        stuck = [name for name in ("channel", "value") if values.get(name, getattr(row, name)) != getattr(row, name)]
        if stuck:
            raise Refusal("Some fields are not right.", fields={name: ["This cannot be changed."] for name in stuck})
        if values.get("is_primary") is False and row.is_primary:
            raise Refusal("Some fields are not right.", fields={"primary": ["Make another address the primary one."]})
        self._state(row, values)
        if values.get("is_primary"):
            make_primary(address=row, actor=self.actor)
        return Response(self.shown(self._address()))

    @extend_schema(operation_id="contacts_addresses_destroy")
    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Remove it, with its history. A removed primary one hands over to the best of its channel."""
        try:
            remove_address(address=self._address(), actor=self.actor)
        except ContactError as error:
            raise refusal_of(error) from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _state(self, row: Address, values: dict[str, Any]) -> None:
        if "status" not in values and "status_reason" not in values:
            return
        try:
            state_address(
                address=row,
                status=values.get("status", row.status),
                note=values.get("status_reason", ""),
                actor=self.actor,
                source=AddressState.Source.API,
            )
        except ContactError as error:
            fields: dict[str, list[Any]] = {
                "reason" if name == "note" else name: list(said) for name, said in error.fields.items()
            }
            raise Refusal("Some fields are not right.", fields=fields) from error

    def _refuse_state(self, values: dict[str, Any]) -> None:
        given = {"status": "status", "status_reason": "reason"}
        if found := [shown for name, shown in given.items() if name in values]:
            said: dict[str, list[Any]] = {name: ["Say it once the address is there."] for name in found}
            raise Refusal("Some fields are not right.", fields=said)

    def _contact(self) -> Contact:
        contact: Contact = self.find(self.get_queryset(), self.kwargs["id"])
        return contact

    def _address(self) -> Address:
        """The address the URL names among the contact's, or Http404."""
        contact = self._contact()
        wanted: uuid.UUID = self.kwargs["address"]
        for row in Address.objects.of_contact(contact):
            if row.public_id == wanted:
                row.contact = contact
                return row
        raise Http404
