"""Serializers that take what they know and refuse what they do not."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import Workspace
from accounts.querysets import with_public_id


class StrictSerializer(serializers.Serializer[Any]):
    """Unknown fields, and fields that only we write, are refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Validated values. Raises ValidationError naming every field that is wrong, the unknown included."""
        if not isinstance(data, Mapping):
            raise ValidationError({"non_field_errors": ["Send a JSON object."]})
        problems = self._strangers(data)
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            found: Any = error.detail
            raise ValidationError({**problems, **found} if isinstance(found, dict) else problems) from error
        if problems:
            raise ValidationError(problems)
        return values

    def _strangers(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        problems = {}
        for name in data:
            field = self.fields.get(name)
            if field is None:
                problems[str(name)[:100]] = ["There is no such field."]
            elif field.read_only:
                problems[name] = ["This field cannot be set."]
        return problems


class PublicIdField(serializers.UUIDField):
    """The public id of a row, shown as `id`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("source", "public_id")
        options.setdefault("read_only", True)
        super().__init__(**options)


class InstantField(serializers.DateTimeField):
    """A time that says its offset from UTC; one without could be meant anywhere."""

    def enforce_timezone(self, value: Any) -> Any:
        """The instant in UTC. Raises ValidationError for a time without an offset."""
        if value.tzinfo is None:
            raise ValidationError("Say the offset too, such as 2026-03-02T10:00:00Z.")
        return super().enforce_timezone(value)


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ObjectField(serializers.JSONField):
    """A JSON object of any keys."""

    def to_internal_value(self, data: Any) -> Any:
        """The object. Raises ValidationError for anything but one."""
        if not isinstance(data, Mapping):
            raise ValidationError("Send a JSON object.")
        return super().to_internal_value(dict(data))


class EmptySerializer(StrictSerializer):
    """An action without a body."""


class RelatedField(serializers.Field[Any, Any, Any, Any]):
    """Another row of the same workspace, written as its id or, with `by_key`, as its key; shown as its id."""

    def __init__(self, model: type[models.Model], *, by_key: bool = False, **options: Any) -> None:
        self.model = model
        self.by_key = by_key
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError for rows of other workspaces too: they do not exist here."""
        row = find_related(self.model, self.context["workspace"], data, by_key=self.by_key)
        if row is None:
            raise ValidationError("There is no such id or key." if self.by_key else "There is no such id.")
        return row

    def to_representation(self, value: Any) -> str:
        """The id."""
        return str(value.public_id)


def find_related(model: type[models.Model], workspace: Workspace, data: Any, *, by_key: bool = False) -> Any:
    """The row of the workspace with this id or, with `by_key`, this key; None when there is none."""
    if not isinstance(data, str) or not (by_key or is_uuid(data)):
        return None
    rows = model._default_manager.in_workspace(workspace)  # type: ignore[attr-defined]
    return (with_public_id(rows, data) if is_uuid(data) else rows.filter(key=data)).first()


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID as we write them."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
