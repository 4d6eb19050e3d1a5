"""How contacts, attributes and events look to programs."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import InstantField, ObjectField, PublicIdField, RelatedField, StrictSerializer
from contacts.details import MAX_TAG, MAX_TAGS, TEXT_FIELDS, ContactValues
from contacts.duplicates.fields import ATTRIBUTE
from contacts.models import Attribute, Contact
from contacts.services.attributes import AttributeValues
from contacts.services.merging import MOST_AT_ONCE
from events.models import Event


def optional_text(most: int, help_text: str = "") -> serializers.CharField:
    """A text that may be left out; null and "" both empty it."""
    return serializers.CharField(
        max_length=most, required=False, allow_blank=True, allow_null=True, help_text=help_text or None
    )


class ContactSerializer(StrictSerializer):
    """One person. E-mail addresses and phone numbers are answered in their normal form."""

    id = PublicIdField()
    external_id = optional_text(120, "Your own name for this person; unique.")
    email = optional_text(254)
    phone = optional_text(40, "E.164, or national together with country.")
    first_name = optional_text(120)
    last_name = optional_text(120)
    language = optional_text(20, "BCP 47, such as en or pt-BR.")
    time_zone = optional_text(64, "IANA, such as Pacific/Auckland.")
    country = optional_text(60, "ISO 3166, two letters.")
    attributes = ObjectField(required=False, help_text="By the keys of attributes; null removes a value.")
    tags = serializers.ListField(child=serializers.CharField(max_length=MAX_TAG), required=False, max_length=MAX_TAGS)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, contact: Contact) -> dict[str, Any]:
        """The contact; texts nobody gave are empty, a missing external id is null."""
        return {
            "id": str(contact.public_id),
            **{name: getattr(contact, name) for name in TEXT_FIELDS},
            "attributes": contact.attributes,
            "tags": contact.tags,
            "created_at": self.fields["created_at"].to_representation(contact.created_at),
            "updated_at": self.fields["updated_at"].to_representation(contact.updated_at),
        }


def contact_values(data: dict[str, Any]) -> ContactValues:
    """What services take, from a validated body; fields that were left out stay as they are."""
    texts = {name: data[name] or "" for name in TEXT_FIELDS if name in data}
    return ContactValues(**texts, attributes=data.get("attributes", {}), tags=data.get("tags"))


class MergeSerializer(StrictSerializer):
    """Who stays, and who becomes part of them."""

    keep = RelatedField(Contact, help_text="The contact that stays.")
    merge = serializers.ListField(
        child=RelatedField(Contact), allow_empty=False, max_length=MOST_AT_ONCE - 1, help_text="Those who join it."
    )
    choices = serializers.DictField(
        child=RelatedField(Contact),
        required=False,
        help_text="Field or attributes.key to the contact whose value is kept; else the newest one is.",
    )

    def validate_choices(self, choices: dict[str, Contact]) -> dict[str, Contact]:
        """Fields that contacts have."""
        if any(name not in TEXT_FIELDS and not name.startswith(ATTRIBUTE) for name in choices):
            raise serializers.ValidationError(f"Choose among {', '.join(TEXT_FIELDS)} and {ATTRIBUTE}KEY.")
        return choices

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Values are chosen of those who become one."""
        people = {attrs["keep"].pk, *(contact.pk for contact in attrs["merge"])}
        if any(contact.pk not in people for contact in attrs.get("choices", {}).values()):
            raise serializers.ValidationError({"choices": ["Choose among keep and merge."]})
        return attrs


class AttributeSerializer(StrictSerializer):
    """A typed fact kept about contacts. Key and type stay; a type is changed in the dashboard, where one sees first
    what it does to everybody's values."""

    id = PublicIdField()
    key = serializers.CharField(max_length=60, required=False)
    type = serializers.ChoiceField(Attribute.Type.choices)
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    choices = serializers.ListField(child=serializers.CharField(max_length=120), required=False, max_length=500)
    rules = ObjectField(required=False, help_text="What is allowed: max_length, pattern, min, max, decimals, …")
    default = serializers.JSONField(required=False, allow_null=True, help_text="What new contacts get.")
    created_at = serializers.DateTimeField(read_only=True)


def attribute_values(data: dict[str, Any], attribute: Attribute | None = None) -> AttributeValues:
    """What the service takes; what was left out of a change stays."""
    known: dict[str, Any] = {}
    if attribute is not None:
        names = ("label", "type", "key", "description", "choices", "rules", "default")
        known = {name: getattr(attribute, name) for name in names}
    given = {**known, **data}
    return AttributeValues(**{**given, "choices": tuple(given.get("choices", ()))})


class EventSerializer(serializers.Serializer[Event]):
    """Something that happened, as the timeline tells it."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="kind")
    at = serializers.DateTimeField()
    properties = serializers.JSONField()


class SubjectSerializer(StrictSerializer):
    """Whom an event is about: one of the three."""

    id = serializers.UUIDField(required=False)
    email = serializers.CharField(max_length=254, required=False)
    external_id = serializers.CharField(max_length=120, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Give one of email, external_id and id.")
        return attrs


class IncomingEventSerializer(StrictSerializer):
    """An event from outside. The same `id` again is the same event."""

    id = serializers.CharField(max_length=100, required=False, help_text="Your own id; repetitions are dropped.")
    contact = SubjectSerializer()
    name = serializers.CharField(max_length=80)
    at = InstantField(required=False)
    properties = ObjectField(required=False)


class EventListField(serializers.ListField):
    """A list of objects, which are looked at one by one only when they are not all objects."""

    def run_child_validation(self, data: list[Any]) -> Any:
        """The objects as they are. Raises ValidationError for anything else."""
        return data if all(type(item) is dict for item in data) else super().run_child_validation(data)


class EventBatchSerializer(StrictSerializer):
    """Up to 1,000 events; each is taken or refused alone."""

    events = EventListField(child=serializers.DictField(), allow_empty=False)


class EventAnswerSerializer(serializers.Serializer[Any]):
    """What became of one event."""

    status = serializers.ChoiceField(["created", "repeated", "refused"])
    message = serializers.CharField(help_text="Why it was refused.")
    code = serializers.CharField(required=False, help_text="For programs, such as restricted.")


class EventBatchAnswerSerializer(serializers.Serializer[Any]):
    """What became of a batch, in its order."""

    created = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = EventAnswerSerializer(many=True)
