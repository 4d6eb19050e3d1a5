"""REST: imports."""

import itertools
import json
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal, Unprocessable
from accounts.api.parsing import JSONParser, problem_of
from accounts.api.serializers import EmptySerializer, ObjectField, PublicIdField, StrictSerializer
from accounts.api.views import Resource
from contacts import import_hooks
from contacts.api.extensions import import_options
from contacts.importing.batch import IDENTITIES
from contacts.importing.columns import FIELD_TARGETS, NEW_TYPES, Column, day_first, suggest
from contacts.importing.dialect import Dialect, UnreadableFile
from contacts.importing.intake.spooling import SENTENCES
from contacts.importing.matching import MODES
from contacts.importing.rejected import rejected_csv
from contacts.importing.rows import read_rows
from contacts.models import Attribute, Import, ImportReject, Rehearsal
from contacts.services.errors import InvalidContact
from contacts.services.imports import can_be_undone, start_import, undo_import
from contacts.services.layouts import recall_layout, suggestions_from
from contacts.services.rehearsing import rehearse_import
from contacts.services.uploading import headings, upload_import
from core.uploads import has_no_room

_SAMPLE_ROWS = 200
_CHOOSING = Q(status=Import.Status.DRAFT, rehearsal=None)


class RehearsalSerializer(serializers.Serializer[Rehearsal]):
    """What an import would do, counted without changing anybody."""

    status = serializers.ChoiceField(Rehearsal.Status.choices)
    total = serializers.IntegerField(help_text="Rows looked at so far.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="Rows of somebody who stood further up in the file.")
    rejected = serializers.IntegerField()
    reasons = serializers.SerializerMethodField(help_text="Rejected rows by the code of the reason.")

    def get_reasons(self, rehearsal: Rehearsal) -> dict[str, int]:
        """The counts without the samples."""
        return {code: found["count"] for code, found in rehearsal.reasons.items()}


class ImportSerializer(serializers.Serializer[Import]):
    """A file of contacts on its way in. `dry_run` has the counts of one that was only tried, and is null otherwise."""

    id = PublicIdField()
    status = serializers.ChoiceField(Import.Status.choices)
    file_name = serializers.CharField()
    total = serializers.IntegerField(help_text="Rows read so far.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rejected_url = serializers.SerializerMethodField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    dry_run = serializers.SerializerMethodField()

    @extend_schema_field(RehearsalSerializer(allow_null=True))
    def get_dry_run(self, import_: Import) -> dict[str, Any] | None:
        """What trying has counted."""
        rehearsal = getattr(import_, "rehearsal", None)
        return None if rehearsal is None else dict(RehearsalSerializer(rehearsal).data)

    def get_rejected_url(self, import_: Import) -> str | None:
        """Where the rejected rows are, null when there are none."""
        if not import_.rejected:
            return None
        address: str = self.context["request"].build_absolute_uri(
            reverse("api-import-rejected", args=[import_.public_id])
        )
        return address


class JsonTextField(ObjectField):
    """A JSON object, in a form field as text."""

    def to_internal_value(self, data: Any) -> Any:
        """The object. Raises ValidationError for a text that is none."""
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError) as error:
                raise serializers.ValidationError("Send a JSON object.") from error
        if problem := problem_of(data):
            raise serializers.ValidationError(problem)
        return super().to_internal_value(data)


class OptionsSerializer(StrictSerializer):
    """How rows are taken. Consent is taken over only where topic, source and date are said."""

    mode = serializers.ChoiceField(MODES, default="upsert")
    match_by = serializers.ChoiceField(
        IDENTITIES, required=False, help_text="Asked first; the usual order is external_id, email, phone."
    )
    dry_run = serializers.BooleanField(
        required=False, help_text="Only count what would happen. The file is kept for a week as a draft."
    )
    region = serializers.CharField(max_length=2, required=False, help_text="Country of national phone numbers.")
    static_list = serializers.CharField(max_length=60, required=False, help_text="Id or key of a list they go onto.")
    topic = serializers.CharField(max_length=60, required=False, help_text="Id or key.")
    consent_basis = serializers.CharField(max_length=40, required=False, help_text="express where it is left out.")
    consent_source = serializers.CharField(max_length=200, required=False)
    consent_at = serializers.DateField(required=False, help_text="For rows that say no other day.")

    def validate_consent_basis(self, basis: str) -> str:
        """One of those that apps above offer."""
        offered = [value for value, _words in import_hooks.bases()]
        if basis not in offered:
            raise serializers.ValidationError(f"This is not one of {', '.join(offered)}.")
        return basis

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The stored form; what apps above own is read by them."""
        stored = {name: value.isoformat() if name == "consent_at" else value for name, value in attrs.items()}
        for name, read in import_options().items():
            if name in stored:
                stored[name] = read(self.context["workspace"], stored[name])
        return stored


class UploadSerializer(StrictSerializer):
    """A file, and what its columns become: as last time, or else guessed, where `mapping` is left out.

    CSV, spreadsheets (.xlsx, .xlsb, .xls, .ods; the first sheet that holds anything), JSON Lines, Parquet. Columns
    with the same heading are numbered from the second on: `Mail`, `Mail (2)`.
    """

    file = serializers.FileField(max_length=200)
    mapping = JsonTextField(
        required=False,
        help_text="Heading to field: a field, full_name, consent, consent_at, attributes.KEY, new:TYPE, null.",
    )
    options = JsonTextField(required=False)

    def validate_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options, each checked."""
        serializer = OptionsSerializer(data=options, context=self.context)
        serializer.is_valid(raise_exception=True)
        checked: dict[str, Any] = serializer.validated_data
        return checked


class ImportResource(Resource):
    """Imports."""

    scope = "contacts"
    model = Import
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser, JSONParser)

    def get_queryset(self) -> QuerySet[Any]:
        """Those that were started or tried; files whose columns are still being chosen are nobody's business."""
        return super().get_queryset().select_related("rehearsal").exclude(_CHOOSING)

    @extend_schema(request={"multipart/form-data": UploadSerializer}, responses={202: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Take in a file, or only try it (`dry_run`). 202: it waits; look at its status."""
        has_file = isinstance(request.data, dict) and "file" in request.data
        if not has_file and has_no_room(request._request):
            raise Unprocessable(str(SENTENCES["no_room"]), code="no_room", fields={"file": [str(SENTENCES["no_room"])]})
        values = self.validated(UploadSerializer)
        options = values.get("options") or OptionsSerializer().validate({"mode": "upsert"})
        is_dry = options.pop("dry_run", False)
        try:
            with transaction.atomic():
                import_ = upload_import(workspace=self.workspace, file=values["file"], actor=self.actor)
                columns = self._columns(import_, values.get("mapping"))
                if is_dry:
                    rehearse_import(import_=import_, columns=columns, options=options)
                    started = Import.objects.select_related("rehearsal").get(pk=import_.pk)
                else:
                    started = start_import(import_=import_, columns=columns, options=options, actor=self.actor)
        except UnreadableFile as error:
            raise Unprocessable(str(error), code="unreadable_file", fields={"file": [str(error)]}) from error
        except (InvalidContact, Refusal) as error:
            for stored in filter(None, (import_.file, import_.source)):
                stored.delete(save=False)
            if isinstance(error, Refusal):
                raise
            raise Refusal("The file cannot be taken in so.", fields=dict(error.fields)) from error
        return Response(self.shown(started), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=EmptySerializer, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **_ids: Any) -> Response:
        """Take an import back: people it brought go unless something happened since, old values return."""
        self.validated(EmptySerializer)
        import_ = self.get_object()
        if not can_be_undone(import_):
            raise Conflict("This import cannot be undone (any more).", code="cannot_undo")
        return Response(self.shown(undo_import(import_=import_, actor=self.actor)), status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def rejected(self, request: Request, **_ids: Any) -> StreamingHttpResponse:
        """The rows that were not taken and why, as CSV."""
        import_ = self.get_object()
        names = [column["heading"] for column in import_.mapping.get("columns", [])]
        rows = ImportReject.objects.of_import(import_).iterator(chunk_size=1000)
        answer = StreamingHttpResponse(rejected_csv(names, rows), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="rejected-{import_.public_id}.csv"'
        return answer

    def _columns(self, import_: Import, mapping: dict[str, Any] | None) -> list[Column]:
        names = headings(import_)
        cells = _samples(import_, len(names))
        if mapping is None:
            return suggest(names, cells, suggestions_from(self.workspace), recall_layout(self.workspace, names).columns)
        unknown = [name for name in mapping if name not in names]
        if unknown:
            problems: list[Any] = [f"The file has no column “{name[:80]}”." for name in unknown]
            raise Refusal("Some fields are not right.", fields={"mapping": problems})
        keys = set(Attribute.objects.in_workspace(self.workspace).values_list("key", flat=True))
        targets = [_target(mapping.get(name), keys) for name in names]
        return [
            Column(name, target, day_first(column)) for name, target, column in zip(names, targets, cells, strict=True)
        ]


def _samples(import_: Import, width: int) -> list[list[str]]:
    """The first cells of each column."""
    dialect = Dialect.from_json(import_.dialect)
    with import_.file.open("rb") as file:
        rows = list(itertools.islice(read_rows(file.file, dialect), _SAMPLE_ROWS + 1))
    below = rows[1:] if dialect.has_header else rows
    return [[row.cells[number].strip() for row in below if number < len(row.cells)] for number in range(width)]


def _target(field: Any, keys: set[str]) -> str:
    """What the services call the field. Raises Refusal for one that does not exist."""
    if field is None or field == "":
        return ""
    if isinstance(field, str):
        kind, _dot, key = field.partition(".")
        if kind == "attributes" and key in keys:
            return f"attribute:{key}"
        if field in FIELD_TARGETS or field in {f"new:{name}" for name in NEW_TYPES}:
            return field
    raise Refusal("Some fields are not right.", fields={"mapping": [f"There is no field “{str(field)[:80]}”."]})
