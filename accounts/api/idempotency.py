"""`Idempotency-Key`: the same POST twice within a day happens once and gets the same answer.

The record is written in the transaction of the work itself. Two requests at the same moment meet at the unique
key, where the second waits for the first; a crash leaves neither work nor record behind.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Conflict, Refusal
from accounts.models import ApiKey, IdempotencyRecord
from core.clock import now

KEPT = dt.timedelta(hours=24)
LONGEST_KEY = 200
HEADER = "Idempotency-Key"


def run_once(
    request: Request, handler: Callable[..., Response], on_error: Callable[[Exception], Response], **arguments: Any
) -> Response:
    """Answer the request, or repeat the answer it got before.

    `on_error` turns a refusal into its answer, which is kept too; anything it raises undoes everything. Raises
    Conflict when the key was used for another request.
    """
    key = request.headers[HEADER]
    if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Refusal(
            "The Idempotency-Key must be 1 to 200 printable ASCII characters.", code="invalid_idempotency_key"
        )
    api_key: ApiKey = request.auth  # type: ignore[assignment]
    fingerprint = fingerprint_of(request)
    with transaction.atomic():
        record, is_new = _claim(api_key, key, fingerprint)
        if not is_new:
            return _repeat(record, fingerprint)
        try:
            with transaction.atomic():
                response = handler(request, **arguments)
        except Exception as error:
            response = on_error(error)
        record.status = response.status_code
        record.body = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
        record.save(update_fields=["status", "body"])
    return response


def fingerprint_of(request: Request) -> bytes:
    """A digest of everything that makes two requests the same: method, address and body."""
    body = json.dumps(_canonical(request.data), sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).digest()


def _claim(api_key: ApiKey, key: str, fingerprint: bytes) -> tuple[IdempotencyRecord, bool]:
    records = IdempotencyRecord.objects.filter(workspace=api_key.workspace, key=key)
    records.filter(created_at__lt=now() - KEPT).delete()
    return IdempotencyRecord.objects.get_or_create(
        workspace=api_key.workspace, key=key, defaults={"fingerprint": fingerprint}
    )


def _repeat(record: IdempotencyRecord, fingerprint: bytes) -> Response:
    if bytes(record.fingerprint) != fingerprint:
        text = "This Idempotency-Key was used for another request. Take a new key."
        raise Conflict(text, code="idempotency_key_reused")
    return Response(record.body, status=record.status, headers={"Idempotent-Replay": "true"})


def _canonical(data: Any) -> Any:
    if isinstance(data, QueryDict):
        return {name: [_canonical(item) for item in data.getlist(name)] for name in data}
    if isinstance(data, UploadedFile):
        digest = hashlib.sha256()
        for chunk in data.chunks():
            digest.update(chunk)
        data.seek(0)
        return {"name": data.name, "sha256": digest.hexdigest()}
    return data
