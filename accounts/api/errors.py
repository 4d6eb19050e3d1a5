"""One shape for every refusal: {"error": {"code", "message", "fields": {name: [...]}}}."""

from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

Fields = dict[str, list[Any]]

_WHOLE = "non_field_errors"


class Refusal(exceptions.APIException):
    """A refusal with its own code, and fields where that helps."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"

    def __init__(self, message: str, *, code: str | None = None, fields: Fields | None = None) -> None:
        super().__init__(message, code or self.default_code)
        self.code = code or self.default_code
        self.fields = fields or {}


class Conflict(Refusal):
    """The thing is in a state, or exists already, so that this cannot be done."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class TooLarge(Refusal):
    """More was sent than is taken at once."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Unprocessable(Refusal):
    """Well formed, and still it cannot be done."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


def envelope(code: str, message: str, fields: Fields | None = None) -> dict[str, Any]:
    """The body of a refusal."""
    return {"error": {"code": code, "message": message, "fields": fields or {}}}


def handle_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer for an exception of a view; None, which raises it again, for one that is our own mistake."""
    error = _as_api_exception(error)
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
    return Response(_body(error), status=error.status_code, headers=headers)


def unknown_route(request: HttpRequest) -> JsonResponse:
    """What lies under the API's address without being a resource."""
    hint = "" if request.path.endswith("/") else " Every address of the API ends with a slash."
    return JsonResponse(envelope("not_found", f"There is nothing at {request.path}.{hint}"), status=404)


def _as_api_exception(error: Exception) -> Exception:
    # A row that was there a moment ago and is erased when a service locks it is not found either.
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return exceptions.NotFound("There is no such thing in this workspace.")
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig | TooManyFilesSent):
        return TooLarge("The request is too large.")
    if isinstance(error, SuspiciousOperation):
        return Refusal("The request cannot be read.")
    return error


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields = _fields(error.detail)
        whole = fields.pop(_WHOLE, [])
        message = " ".join(str(text) for text in whole) or "Some fields are not right."
        return envelope("invalid", message, fields)
    if isinstance(error, Refusal):
        return envelope(error.code, str(error.detail), error.fields)
    codes = error.get_codes()
    return envelope(codes if isinstance(codes, str) else "invalid", str(error.detail))


def _fields(detail: Any, prefix: str = "") -> Fields:
    """Nested errors with the path in the name: {"to.email": [...]}, {"events.3.name": [...]}."""
    if isinstance(detail, list) and not any(isinstance(item, dict) for item in detail):
        return {prefix or _WHOLE: [str(item) for item in detail]}
    pairs = enumerate(detail) if isinstance(detail, list) else detail.items()
    fields: Fields = {}
    for name, inner in pairs:
        path = prefix if name == _WHOLE and prefix else f"{prefix}.{name}".lstrip(".")
        for key, texts in _fields(inner if isinstance(inner, dict | list) else [inner], path).items():
            fields.setdefault(key, []).extend(texts)
    return fields
