"""Making, using and revoking keys of the REST API."""

import datetime as dt
from collections.abc import Iterable

from django.db import models, transaction

from accounts.keys import SCOPES, hash_of, new_key, prefix_of
from accounts.models import ApiKey, User, Workspace
from accounts.services.audit import record_audit
from core.clock import now

_USE_NOTED_EVERY = dt.timedelta(minutes=1)


@transaction.atomic
def create_api_key(*, workspace: Workspace, name: str, scopes: Iterable[str], actor: User | None) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once and never stored.

    Raises ValueError for a scope that does not exist.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise ValueError(f"unknown scopes: {', '.join(unknown)}")
    text = new_key()
    api_key = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        prefix=prefix_of(text),
        key_hash=hash_of(text),
        scopes=wanted,
        created_by=actor,
    )
    record_audit(workspace=workspace, actor=actor, action="api_key.created", target=name, detail={"scopes": wanted})
    return api_key, text


@transaction.atomic
def revoke_api_key(*, api_key: ApiKey, actor: User | None) -> None:
    """Stop a key from working, from the next request on; again is harmless."""
    if ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=now()):
        record_audit(workspace=api_key.workspace, actor=actor, action="api_key.revoked", target=api_key.name)


def note_use(*, api_key: ApiKey) -> None:
    """Remember that the key was used; at most once a minute, so that a busy key costs no write per request."""
    moment = now()
    if api_key.last_used_at is None or moment - api_key.last_used_at > _USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=api_key.pk).filter(
            models.Q(last_used_at=None) | models.Q(last_used_at__lt=moment - _USE_NOTED_EVERY)
        ).update(last_used_at=moment)
