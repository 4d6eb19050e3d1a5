"""Addresses and domains that must not be written to, whatever anybody agreed to (docs/consent.md)."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from consent.models import Suppression
from consent.suppression_file import ascii_domain
from contacts.models import Channel
from core.clock import now
from core.crypto import address_hash
from core.ids import uuid7

Reason = Suppression.Reason

# From the weakest to the strongest: a later reason may replace an earlier one of the same address, never back. What the
# person said stands above what a teammate may lift, so that adding and lifting does not undo an unsubscribing.
STRENGTH = (Reason.MANUAL, Reason.INVALID, Reason.HARD_BOUNCE, Reason.UNSUBSCRIBE, Reason.COMPLAINT, Reason.LEGAL)
# What the person said themselves stays until they say otherwise.
ONLY_BY_THE_PERSON = frozenset({Reason.UNSUBSCRIBE, Reason.COMPLAINT})
ONLY_BY_THE_OWNER = frozenset({Reason.LEGAL})

INSERT_ADDRESSES = """
INSERT INTO consent_suppression AS known
    (public_id, workspace_id, channel, address, address_hash, domain, reason, note, created_at)
SELECT row.public_id, %(workspace)s, %(channel)s, row.address, row.hash, '', %(reason)s, %(note)s, %(at)s
FROM unnest(%(ids)s::uuid[], %(addresses)s::text[], %(hashes)s::bytea[]) AS row(public_id, address, hash)
ON CONFLICT (workspace_id, channel, address_hash) WHERE address_hash IS NOT NULL DO UPDATE
SET reason = EXCLUDED.reason, note = EXCLUDED.note, address = EXCLUDED.address
WHERE array_position(%(strength)s::text[], known.reason::text) < array_position(%(strength)s::text[], %(reason)s)
"""


class CannotLift(Exception):
    """This suppression is not for this person to take away; the words say who can."""


class InvalidSuppression(Exception):
    """What was to be suppressed is no address or domain; the words say what is wrong."""


@transaction.atomic
def suppress_address(
    *,
    workspace: Workspace,
    addresses: Sequence[str],
    reason: str,
    channel: str = Channel.EMAIL,
    note: str = "",
    actor: User | None = None,
) -> None:
    """Never write to these normalised addresses again. A stronger reason replaces a weaker one, never back."""
    unique = sorted(set(addresses) - {""})
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_ADDRESSES,
            {
                "workspace": workspace.pk,
                "channel": channel,
                "reason": str(reason),
                "note": note[:200],
                "at": now(),
                "ids": [uuid7() for _address in unique],
                "addresses": unique,
                "hashes": [address_hash(address) for address in unique],
                "strength": [str(name) for name in STRENGTH],
            },
        )
    if actor:
        _audit(workspace, actor, "suppression.added", reason, len(unique))


@transaction.atomic
def suppress_domain(
    *, workspace: Workspace, domain: str, reason: str, note: str = "", actor: User | None = None
) -> Suppression:
    """Never write to any address of exactly this domain. Raises InvalidSuppression for what is no domain."""
    name = _ascii_domain(domain)
    suppression, created = Suppression.objects.get_or_create(
        workspace=workspace,
        channel=Channel.EMAIL,
        domain=name,
        defaults={"reason": reason, "note": note[:200]},
    )
    if not created and STRENGTH.index(Reason(suppression.reason)) < STRENGTH.index(Reason(reason)):
        suppression.reason, suppression.note = reason, note[:200]
        suppression.save(update_fields=["reason", "note"])
    if actor:
        _audit(workspace, actor, "suppression.added", reason, 1)
    return suppression


@transaction.atomic
def lift_suppression(*, suppression: Suppression, actor: User | None, is_owner: bool) -> None:
    """Allow writing again, as far as consent does. Raises CannotLift, and then nothing has changed."""
    if suppression.reason == Reason.COMPLAINT:
        raise CannotLift(_("They complained about a message. This stays."))
    if suppression.reason in ONLY_BY_THE_PERSON:
        raise CannotLift(_("They asked for this themselves. Only they can take it back, by signing up again."))
    if suppression.reason in ONLY_BY_THE_OWNER and not is_owner:
        raise CannotLift(_("This stands for legal reasons. An owner of the workspace can take it away."))
    _audit(suppression.workspace, actor, "suppression.lifted", suppression.reason, 1)
    suppression.delete()


def _ascii_domain(domain: str) -> str:
    """The domain as addresses carry it."""
    name = ascii_domain(domain)
    if not name:
        raise InvalidSuppression(_("This is not a domain. Write it like example.com."))
    return name


def _audit(workspace: Workspace, actor: User | None, action: str, reason: str, count: int) -> None:
    record_audit(workspace=workspace, actor=actor, action=action, detail={"reason": str(reason), "count": count})
