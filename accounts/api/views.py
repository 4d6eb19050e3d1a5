"""The base of every resource: inside the key's workspace, strict about queries, idempotent on request."""

import functools
from collections.abc import Callable
from typing import Any

from django.db import models
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.api.errors import Refusal
from accounts.api.idempotency import HEADER, run_once
from accounts.api.parsing import text_problem
from accounts.models import ApiKey, User, Workspace
from accounts.querysets import with_public_id

_ALWAYS_ALLOWED = frozenset({"limit", "cursor", "format"})


class Resource(GenericViewSet[Any]):
    """A resource of one workspace, found by its public id.

    `scope` names what a key must hold, `model` what the rows are; `filters` the query parameters of the list.
    """

    scope: str
    model: type[models.Model]
    action_scopes: dict[str, str] = {}
    filters: tuple[str, ...] = ()
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the key was checked: refuse queries that mean nothing, and arrange for a repeated POST."""
        super().initial(request, *args, **kwargs)
        self._check_query(request)
        if request.method == "POST" and HEADER in request.headers:
            # dispatch() looks the handler up after this, so it finds ours.
            handler: Callable[..., Response] = getattr(self, "post", self.http_method_not_allowed)
            vars(self)["post"] = functools.partial(self._once, handler)

    @property
    def api_key(self) -> ApiKey:
        """The key of this request."""
        api_key: ApiKey = self.request.auth  # type: ignore[assignment]
        return api_key

    @property
    def workspace(self) -> Workspace:
        """The key's workspace; nothing outside it exists here."""
        workspace: Workspace = self.api_key.workspace
        return workspace

    @property
    def actor(self) -> User | None:
        """Who made the key, for the audit log."""
        return self.api_key.created_by

    def get_queryset(self) -> models.QuerySet[Any]:
        """The rows of the workspace."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        rows: models.QuerySet[Any] = self.model._default_manager.in_workspace(self.workspace)  # type: ignore[attr-defined]
        return rows

    def get_object(self) -> Any:
        """The row the address names, or Http404."""
        return self.find(self.get_queryset(), self.kwargs[self.lookup_url_kwarg])

    def find(self, rows: models.QuerySet[Any], public_id: Any) -> Any:
        """The row with that public id among these, or Http404."""
        return get_object_or_404(with_public_id(rows, public_id))

    def get_serializer_context(self) -> dict[str, Any]:
        """What serializers need: the workspace that ids are looked up in."""
        context: dict[str, Any] = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["workspace"] = self.workspace
        return context

    def validated(self, serializer_class: type[BaseSerializer[Any]] | None = None, **options: Any) -> dict[str, Any]:
        """The body's values. Raises ValidationError, which is answered with 400."""
        chosen = serializer_class or self.get_serializer_class()
        serializer = chosen(data=self.request.data, context=self.get_serializer_context(), **options)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def shown(self, row: Any, serializer_class: type[BaseSerializer[Any]] | None = None) -> Any:
        """How a row is answered."""
        chosen = serializer_class or self.get_serializer_class()
        return chosen(row, context=self.get_serializer_context()).data

    def paged(self, rows: models.QuerySet[Any], serializer_class: type[BaseSerializer[Any]] | None = None) -> Response:
        """A page of rows."""
        chosen = serializer_class or self.get_serializer_class()
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(chosen(page, many=True, context=self.get_serializer_context()).data)

    def list(self, request: Request) -> Response:
        """List them all, newest first."""
        return self.paged(self.filter_queryset(self.get_queryset()))

    def retrieve(self, request: Request, **_ids: Any) -> Response:
        """Show one."""
        return Response(self.shown(self.get_object()))

    def _once(self, handler: Callable[..., Response], request: Request, *_args: Any, **kwargs: Any) -> Response:
        return run_once(request, handler, self.handle_exception, **kwargs)

    def _check_query(self, request: Request) -> None:
        allowed = _ALWAYS_ALLOWED | set(self.filters)
        unknown = sorted(name for name in request.query_params if name not in allowed)
        if unknown and request.method == "GET":
            raise Refusal(
                "This address does not know that parameter.",
                fields={name[:100]: ["There is no such parameter."] for name in unknown},
            )
        for values in request.query_params.lists():
            for text in (values[0], *values[1]):
                if problem := text_problem(text):
                    raise ParseError(problem)
