"""What the API is, as OpenAPI: read off the resources themselves, so that it cannot fall behind them."""

import functools
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from accounts.api.authentication import scope_needed

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string", "description": "Stable, for programs."},
                "message": {"type": "string", "description": "A sentence, for people."},
                "fields": {
                    "type": "object",
                    "description": "What is wrong with which field, by its path.",
                    "additionalProperties": {"type": "array", "items": {}},
                },
            },
        }
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Your own name for this request. Repeated within 24 hours it gets the same answer and does nothing.",
}


class ResourceSchema(AutoSchema):
    """Adds to every operation its scope, the shape of refusals, and the key that makes a POST repeatable."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        """The operation, or None when the resource does not take the method."""
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        operation["x-scope"] = scope_needed(self.view, method)
        operation["responses"]["default"] = {
            "description": "Refused: nothing was changed.",
            "content": {"application/json": {"schema": ERROR}},
        }
        if method == "POST":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return operation


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How a key is sent."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A key from the settings of your workspace."}


class RelatedFieldScheme(OpenApiSerializerFieldExtension):
    """How another row is named: by its id, or where it has one by its key."""

    target_class = "accounts.api.serializers.RelatedField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """A UUID, or any text where a key will do."""
        is_key = self.target.by_key and direction == "request"
        return {"type": "string"} if is_key else {"type": "string", "format": "uuid"}


@functools.cache
def openapi() -> dict[str, Any]:
    """The whole API; it changes only with the code, so it is worked out once."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
