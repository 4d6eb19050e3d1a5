"""Pages by cursor: a page costs the same at the end of a list as at its beginning."""

import datetime as dt
import struct
from typing import Any

from django.db import models
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from accounts.api.errors import Refusal
from core.crypto import derived_key, read_token, sign_token

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500

_FORMAT = struct.Struct(">BQq")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Boundary = tuple[int, int]


class KeysetPagination(BasePagination):
    """Newest first, `?limit=` up to 500, `{"next", "previous", "results"}`.

    Newest is by id, or by the time in the view's `time_field` where that is not the order of writing. A cursor
    is signed and hides the id, so nobody can count rows by it or make one up.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page the request asks for. Raises Refusal for a limit or cursor that is none."""
        self.url = request.build_absolute_uri()
        self.time_field: str = getattr(view, "time_field", "")
        limit = _limit(request.query_params.get("limit"))
        backwards, boundary = _read_cursor(request.query_params.get("cursor"))
        rows = self._rows(queryset, limit, backwards=backwards, boundary=boundary)
        has_more = len(rows) > limit
        rows = rows[:limit]
        if backwards:
            rows.reverse()
        has_next = bool(rows) and (backwards or has_more)
        has_previous = bool(rows) and boundary is not None and (has_more or not backwards)
        self.next = self._link(rows[-1], backwards=False) if has_next else None
        self.previous = self._link(rows[0], backwards=True) if has_previous else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope for OpenAPI."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`limit` and `cursor` for OpenAPI."""
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "schema": limit,
                "description": "How many at most.",
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "From `next` or `previous`.",
            },
        ]

    def _rows(
        self, queryset: models.QuerySet[Any], limit: int, *, backwards: bool, boundary: Boundary | None
    ) -> list[Any]:
        side, sign = ("gt", "") if backwards else ("lt", "-")
        if boundary is not None:
            queryset = queryset.filter(self._beyond(boundary, side))
        order = [f"{sign}{self.time_field}"] if self.time_field else []
        return list(queryset.order_by(*order, f"{sign}pk")[: limit + 1])

    def _beyond(self, boundary: Boundary, side: str) -> models.Q:
        pk, microseconds = boundary
        if not self.time_field:
            return models.Q(**{f"pk__{side}": pk})
        at = _EPOCH + dt.timedelta(microseconds=microseconds)
        # The first condition says nothing new, but it is what an index can begin at.
        return models.Q(**{f"{self.time_field}__{side}e": at}) & (
            models.Q(**{f"{self.time_field}__{side}": at}) | models.Q(**{f"pk__{side}": pk})
        )

    def _link(self, row: Any, *, backwards: bool) -> str:
        at: dt.datetime = getattr(row, self.time_field) if self.time_field else _EPOCH
        cursor = write_cursor((row.pk, (at - _EPOCH) // dt.timedelta(microseconds=1)), backwards=backwards)
        return replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)


def write_cursor(boundary: Boundary, *, backwards: bool) -> str:
    """The opaque text for "after this row" or "before this row"."""
    pk, microseconds = boundary
    return sign_token("cursor", _FORMAT.pack(backwards, pk ^ _mask(), microseconds))


def _read_cursor(text: str | None) -> tuple[bool, Boundary | None]:
    if not text:
        return False, None
    payload = read_token("cursor", text)
    if payload is None or len(payload) != _FORMAT.size:
        raise Refusal("This cursor is none of ours. Take it from next or previous.", fields={"cursor": ["Unknown."]})
    backwards, masked, microseconds = _FORMAT.unpack(payload)
    return bool(backwards), (masked ^ _mask(), microseconds)


def _mask() -> int:
    # 62 bits, so that a masked id stays a non-negative 64-bit integer.
    return int.from_bytes(derived_key("cursor mask")[:8], "big") >> 2


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or not 1 <= int(text) <= LARGEST_LIMIT:
        raise Refusal("The limit is wrong.", fields={"limit": [f"A number from 1 to {LARGEST_LIMIT}."]})
    return int(text)
