"""API keys: 256 random bits that are shown once; only their SHA-256 is stored."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import AccountsError
from accounts.models import ApiKey, User, Workspace
from accounts.scopes import ALL_SCOPES
from accounts.services.audit import record_audit
from core.clock import now

PREFIX = "rk_"
SHOWN = 10  # characters that stay visible, so that people can tell their keys apart
SEEN_EVERY = dt.timedelta(minutes=1)


def hash_secret(secret: str) -> bytes:
    """What is stored of a key. A plain digest is enough for a random secret of 256 bits."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def create_api_key(
    *, workspace: Workspace, name: str, scopes: Iterable[str], created_by: User | None
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can read again later. AccountsError for an unknown scope."""
    wanted = sorted(set(scopes))
    if not wanted or not ALL_SCOPES.issuperset(wanted):
        raise AccountsError(_("Choose at least one thing the key may do, from the list."))
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        prefix=secret[:SHOWN],
        key_hash=hash_secret(secret),
        scopes=wanted,
        created_by=created_by,
    )
    record_audit(
        workspace=workspace, actor=created_by, action="api_key.created", target=name, detail={"scopes": wanted}
    )
    return key, secret


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: User) -> None:
    """Stop a key for good; doing so twice changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now()):
        record_audit(workspace=key.workspace, actor=actor, action="api_key.revoked", target=key.name)


def find_api_key(secret: str) -> ApiKey | None:
    """The working key with this secret, noting at most once a minute that it was used; None for any other text."""
    key = ApiKey.objects.working().select_related("workspace").filter(key_hash=hash_secret(secret)).first()
    if key is not None and (key.last_used_at is None or now() - key.last_used_at > SEEN_EVERY):
        key.last_used_at = now()
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=key.last_used_at)
    return key
