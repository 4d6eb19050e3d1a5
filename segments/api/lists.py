"""REST: lists and who is on them."""

from typing import Any

from django.db import IntegrityError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal
from accounts.api.serializers import PublicIdField, RelatedField, StrictSerializer, find_related
from accounts.api.views import Resource
from accounts.models import Workspace
from contacts.api.serializers import ContactSerializer
from contacts.models import Contact
from segments.api.segments import rule_refusal
from segments.language.problems import RuleError
from segments.models import ListMember, Segment, StaticList
from segments.services import lists
from segments.services.errors import ListInUse, ListIsFrozen, TooManyLists

MAX_PEOPLE = 1000


def read_list(workspace: Workspace, text: str) -> str:
    """An import names its list by id or key; what is stored is the id. Raises Refusal for none, and for a snapshot."""
    found = find_related(StaticList, workspace, text, by_key=True)
    if found is None or found.is_snapshot:
        problem = "There is no such id or key." if found is None else "A snapshot never changes."
        raise Refusal("Some fields are not right.", fields={"options.static_list": [problem]})
    return str(found.public_id)


class ListSerializer(StrictSerializer):
    """People put together by hand, or, with `frozen_at`, who was in a segment at that instant."""

    id = PublicIdField()
    name = serializers.CharField(max_length=80)
    key = serializers.SlugField(max_length=60, required=False, help_text="Chosen once; made of the name when left out.")
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    segment = RelatedField(
        Segment,
        by_key=True,
        source="frozen_from",
        required=False,
        help_text="When making one: keep who is in this segment now, for good. Id or key.",
    )
    people = serializers.IntegerField(read_only=True)
    frozen_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class PeopleSerializer(StrictSerializer):
    """Who: ids, e-mail addresses, phone numbers beginning with + or external ids, mixed as you like."""

    contacts = serializers.ListField(child=serializers.CharField(max_length=320), min_length=1, max_length=MAX_PEOPLE)


class AddedSerializer(serializers.Serializer[Any]):
    """What became of the people."""

    changed = serializers.IntegerField(help_text="How many were put on the list or taken off it.")
    unchanged = serializers.IntegerField(help_text="How many were on it already, or were not on it.")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="What names nobody here, as you wrote it.")


class ListResource(Resource):
    """Lists."""

    scope = "segments"
    model = StaticList
    serializer_class = ListSerializer
    action_scopes = {"contacts": "contacts:read"}

    def get_queryset(self) -> QuerySet[Any]:
        """Lists with how many people are on each."""
        rows = super().get_queryset()
        members = ListMember.objects.filter(list=OuterRef("pk")).order_by().values("list")
        return rows.annotate(people=Coalesce(Subquery(members.annotate(number=Count("pk")).values("number")), 0))

    def create(self, request: Request) -> Response:
        """Make a list, empty or, with `segment`, of who is in that now."""
        values = self.validated()
        segment = values.pop("frozen_from", None)
        if StaticList.objects.in_workspace(self.workspace).filter(key=values.get("key")).exists():
            raise _key_taken()
        try:
            if segment is not None:
                made = lists.freeze_segment(segment=segment, values=values, actor=self.actor)
            else:
                made = lists.save_list(workspace=self.workspace, actor=self.actor, values=values)
        except RuleError as error:
            raise rule_refusal(error, "segment") from error
        except TooManyLists as error:
            raise Conflict("This workspace has as many lists as it may.", code="too_many") from error
        except IntegrityError as error:
            raise _key_taken() from error
        return Response(self.shown(self.get_queryset().get(pk=made.pk)), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change the name or the description. The key stays: rules name it."""
        row = self.get_object()
        values = self.validated(partial=True)
        if values.pop("key", row.key) != row.key:
            raise Refusal("Some fields are not right.", fields={"key": ["The key of a list cannot be changed."]})
        if "frozen_from" in values:
            raise Refusal("Some fields are not right.", fields={"segment": ["Only a new list can be a snapshot."]})
        lists.save_list(workspace=self.workspace, actor=self.actor, values=values, static_list=row)
        return Response(self.shown(self.get_object()))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a list that no segment asks for. The people stay."""
        try:
            lists.delete_list(static_list=self.get_object(), actor=self.actor)
        except ListInUse as error:
            raise Conflict(f"Still needed by: {', '.join(error.users)}", code="list_in_use") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: ContactSerializer(many=True)}, operation_id="lists_contacts_list")
    @action(detail=True, methods=["get"])
    def contacts(self, request: Request, **_ids: Any) -> Response:
        """Who is on the list, newest contacts first. Needs contacts:read."""
        members = ListMember.objects.filter(list=self.get_object()).values("contact")
        return self.paged(Contact.objects.in_workspace(self.workspace).filter(pk__in=members), ContactSerializer)

    @extend_schema(request=PeopleSerializer, responses={200: AddedSerializer})
    @action(detail=True, methods=["post"])
    def add(self, request: Request, **_ids: Any) -> Response:
        """Put up to 1,000 people on the list. Whoever is on it already stays on it."""
        return self._change(lists.add_to_list)

    @extend_schema(request=PeopleSerializer, responses={200: AddedSerializer})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **_ids: Any) -> Response:
        """Take up to 1,000 people off the list. They stay contacts."""
        return self._change(lists.remove_from_list)

    def _change(self, change: Any) -> Response:
        row = self.get_object()
        found = lists.people_with(self.workspace, self.validated(PeopleSerializer)["contacts"])
        try:
            changed = change(static_list=row, contact_ids=found.contact_ids, actor=self.actor)
        except ListIsFrozen as error:
            raise Conflict("A snapshot stays as it was.", code="frozen") from error
        answer = {"changed": changed, "unchanged": len(found.contact_ids) - changed, "unknown": found.unknown}
        return Response(AddedSerializer(answer).data)


def _key_taken() -> Conflict:
    text = "Another list has this key."
    return Conflict(text, code="key_taken", fields={"key": [text]})
