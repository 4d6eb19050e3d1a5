"""REST: exports."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal
from accounts.api.serializers import EmptySerializer, PublicIdField, StrictSerializer
from accounts.api.views import Resource
from accounts.scopes import is_allowed
from contacts.exporting.columns import columns_of, usual_columns
from contacts.exporting.files import CONTENT_TYPES, SEPARATORS
from contacts.exporting.wish import Wish
from contacts.list_filters import ContactFilter, offered_filters
from contacts.models import Export
from contacts.services.errors import TooManyExports
from contacts.services.exports import offered_until, start_export, stop_export

_NOT_THERE = "The file is not there (any more)."
OWN_FILTERS = frozenset({"q", "language", "country", "tag", "has", "address", "since", "until", "restricted"})


class ExportSerializer(serializers.Serializer[Export]):
    """A file of contacts that is being written, or is ready."""

    id = PublicIdField()
    status = serializers.ChoiceField(Export.Status.choices)
    format = serializers.ChoiceField(Export.Format.choices)
    columns = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField(source="expected", allow_null=True, help_text="Null until they are counted.")
    rows = serializers.IntegerField(help_text="People written so far.")
    download_url = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_download_url(self, export: Export) -> str | None:
        """Where the file is, with the same key; null while there is none."""
        if export.status != Export.Status.DONE:
            return None
        address: str = self.context["request"].build_absolute_uri(reverse("api-export-file", args=[export.public_id]))
        return address

    def get_expires_at(self, export: Export) -> str | None:
        """When the file is removed; null while there is none."""
        until = offered_until(export)
        return until.isoformat().replace("+00:00", "Z") if until else None


class ExportInputSerializer(StrictSerializer):
    """Whom, which columns, and how the file looks."""

    format = serializers.ChoiceField(Export.Format.choices, default=Export.Format.CSV)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=120),
        required=False,
        allow_empty=False,
        max_length=300,
        help_text="Such as email, attribute:KEY or consent:TOPIC; the usual ones when left out.",
    )
    filter = serializers.DictField(
        child=serializers.CharField(max_length=200),
        required=False,
        help_text="As in the address of the list: q, language, country, tag, has, address, since, until, restricted,"
        " segment (an id), consent (TOPIC:granted|pending|refused|expired|none).",
    )
    separator = serializers.ChoiceField(sorted(SEPARATORS), default="comma", help_text="CSV only.")
    with_mark = serializers.BooleanField(default=True, help_text="CSV only: begin with a byte order mark, for Excel.")

    def validate_filter(self, given: dict[str, str]) -> dict[str, str]:
        """Nothing that no filter knows: a spelling mistake must not export everybody."""
        unknown = sorted(set(given) - OWN_FILTERS - offered_filters().keys())
        if unknown:
            raise serializers.ValidationError([f"There is no filter “{name[:80]}”." for name in unknown])
        read = ContactFilter.from_query(given).pairs()
        wrong = sorted(name for name, value in given.items() if value and name not in read)
        if wrong:
            raise serializers.ValidationError([f"“{name}” cannot have this value." for name in wrong])
        return given


class ExportResource(Resource):
    """Exports."""

    scope = "contacts"
    model = Export
    serializer_class = ExportSerializer
    # Who may read every contact may have them as a file.
    action_scopes = {"create": "contacts:read", "stop": "contacts:read"}

    @extend_schema(request=ExportInputSerializer, responses={202: ExportSerializer})
    def create(self, request: Request) -> Response:
        """Have a file written. 202: look at its status; `download_url` says where it is once it is done.

        409 `too_many` while ten are being prepared.
        """
        values = self.validated(ExportInputSerializer)
        wanted = ContactFilter.from_query(values.pop("filter", {}))
        self._check_scopes({offered_filters()[name].scope for name in wanted.others})
        columns = self._columns(values.pop("columns", None))
        wish = Wish(wanted=wanted, columns=columns, **values)
        try:
            export = start_export(workspace=self.workspace, wish=wish, actor=self.actor)
        except TooManyExports as error:
            raise Conflict(str(error), code=error.code) from error
        return Response(self.shown(export), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=EmptySerializer, responses={200: ExportSerializer})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, **_ids: Any) -> Response:
        """Give up a file that is not ready."""
        self.validated(EmptySerializer)
        return Response(self.shown(stop_export(export=self.get_object())))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def file(self, request: Request, **_ids: Any) -> HttpResponse:
        """The file. 409 while it is not ready, or when it was removed."""
        export = self.get_object()
        if export.status != Export.Status.DONE or not export.file:
            raise Conflict(_NOT_THERE, code="not_ready")
        known = columns_of(self.workspace)
        self._check_scopes({known[key].scope for key in export.columns if key in known})
        try:
            file = export.file.open("rb")
        except FileNotFoundError:
            raise Conflict(_NOT_THERE, code="not_ready") from None
        answer = FileResponse(file, as_attachment=True, filename=f"contacts.{export.format}")
        answer.headers["Content-Type"] = CONTENT_TYPES[export.format]
        return answer  # type: ignore[return-value]

    def _columns(self, keys: list[str] | None) -> list[str]:
        known = columns_of(self.workspace)
        if keys is None:
            return usual_columns(known.values())
        unknown = [key for key in keys if key not in known]
        if unknown:
            problems: list[Any] = [f"There is no column “{key[:80]}”." for key in unknown]
            raise Refusal("Some fields are not right.", fields={"columns": problems})
        self._check_scopes({known[key].scope for key in keys})
        return keys

    def _check_scopes(self, scopes: set[str]) -> None:
        for scope in sorted(scopes - {""}):
            if not is_allowed(self.api_key.scopes, scope):
                raise PermissionDenied(f"This needs a key with the scope {scope}.")
