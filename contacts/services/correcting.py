"""Mending a mistyped domain for everybody who has it, where nobody has relied on the address yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts import import_hooks
from contacts.details import contact_vector
from contacts.importing.copying import prepare_table
from contacts.models import Address, AddressState, Channel, Contact, MistypedDomain, Tombstone
from contacts.services.flagging import flags_for
from contacts.services.reaching import add_address, remove_address
from core.clock import now
from core.crypto import address_hash
from events.services import record_each

BATCH = 500
# So many in one go keep the request short; whoever has more presses again.
MOST = 1_000
_TABLE = "contacts_correcting"
_MEND = """
UPDATE contacts_address a
SET value = w.value, domain = %(domain)s, flags = NULLIF(string_to_array(w.flags, ','), '{}')
FROM unnest(%(ids)s::bigint[], %(values)s::text[], %(flags)s::text[]) AS w(id, value, flags) WHERE a.id = w.id
"""
_TELL = """
UPDATE contacts_contact c SET email = w.value, updated_at = %(at)s
FROM unnest(%(ids)s::bigint[], %(values)s::text[]) AS w(id, value) WHERE c.id = w.id
"""


@dataclass(frozen=True)
class Corrected:
    """What became of the addresses at a domain: mended, and left. `has_more`: not all of those were looked at."""

    mended: int
    left: int
    has_more: bool = False


@dataclass(frozen=True)
class _Row:
    pk: int
    contact_id: int
    value: str
    new: str
    is_primary: bool


def correct_domain(*, workspace: Workspace, domain: str, actor: User | None = None) -> Corrected:
    """Put the suggested domain in place of a mistyped one, at most MOST addresses; it is audited.

    Left as they are: addresses that were written to, confirmed or judged, and those whose right spelling somebody
    has already or had before they were erased. Raises MistypedDomain.DoesNotExist.
    """
    mistyped = MistypedDomain.objects.in_workspace(workspace).open().get(domain=domain)
    mended = seen = last_id = 0
    while seen < MOST:
        with transaction.atomic():
            rows = _next(workspace, mistyped, last_id)
            if not rows:
                break
            mended += _mend(workspace, rows, mistyped.suggestion, actor)
        seen += len(rows)
        last_id = rows[-1].pk
    at_domain = Address.objects.in_workspace(workspace).filter(channel=Channel.EMAIL, domain=domain)
    left = at_domain.count()
    with transaction.atomic():
        if not left:
            mistyped.delete()
        record_audit(
            workspace=workspace,
            actor=actor,
            action="address.corrected",
            target=f"{domain} → {mistyped.suggestion}",
            detail={"addresses": mended, "left": left},
        )
    return Corrected(mended, left, has_more=bool(left) and seen >= MOST)


@transaction.atomic
def keep_domain(*, workspace: Workspace, domain: str, actor: User | None = None) -> None:
    """Remember that a domain is spelt right, and take the flag from its addresses. It is audited."""
    mistyped = MistypedDomain.objects.in_workspace(workspace).open().select_for_update().get(domain=domain)
    mistyped.is_right = True
    mistyped.save(update_fields=["is_right"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_address SET flags = NULLIF(array_remove(flags, 'typo'), '{}')"
            " WHERE workspace_id = %s AND channel = 'email' AND domain = %s AND 'typo' = ANY(flags)",
            [workspace.pk, domain],
        )
    record_audit(workspace=workspace, actor=actor, action="address.domain_kept", target=domain)


@transaction.atomic
def replace_address(*, address: Address, value: str, actor: User | None = None) -> Address:
    """Put another address in the place of one. Raises what adding an address raises; then nothing has changed."""
    new = add_address(
        contact=address.contact, channel=address.channel, value=value, is_primary=address.is_primary, actor=actor
    )
    remove_address(address=Address.objects.select_related("contact").get(pk=address.pk), actor=actor)
    return new


def _next(workspace: Workspace, mistyped: MistypedDomain, last_id: int) -> list[_Row]:
    """The next addresses at the domain that nothing is known of, locked."""
    found = Address.objects.in_workspace(workspace).filter(
        channel=Channel.EMAIL, domain=mistyped.domain, status=Address.Status.UNVERIFIED, pk__gt=last_id
    )
    locked = found.order_by("pk").select_for_update(of=("self",))[:BATCH]
    return [
        _Row(row.pk, row.contact_id, row.value, f"{row.value.rpartition('@')[0]}@{mistyped.suggestion}", row.is_primary)
        for row in locked
    ]


def _mend(workspace: Workspace, rows: Sequence[_Row], domain: str, actor: User | None) -> int:
    free = _free(workspace, rows)
    if not free:
        return 0
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(
            _MEND,
            {
                "domain": domain,
                "ids": [row.pk for row in free],
                "values": [row.new for row in free],
                "flags": [",".join(flags_for(workspace.pk, Channel.EMAIL, row.new) or ()) for row in free],
            },
        )
    AddressState.objects.bulk_create(
        AddressState(
            workspace=workspace,
            address_id=row.pk,
            status=Address.Status.UNVERIFIED,
            reason="corrected",
            source=AddressState.Source.PERSON,
            actor=actor,
            at=moment,
        )
        for row in free
    )
    emails = {row.contact_id: row.new for row in free if row.is_primary}
    contacts = list(Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=emails).order_by("pk"))
    for contact in contacts:
        contact.email = emails[contact.pk]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {"at": moment, "ids": list(emails), "values": list(emails.values())})
    Contact.objects.write_search({contact.pk: contact_vector(vars(contact)) for contact in contacts})
    by: dict[str, Any] = {"by": str(actor)} if actor is not None else {}
    told = [(contact.pk, by | {"contact": str(contact.public_id), "changed": ["email"]}) for contact in contacts]
    record_each(workspace, "contact.updated", told)
    return len(free)


def _free(workspace: Workspace, rows: Sequence[_Row]) -> list[_Row]:
    """Without people who were written to or chose something themselves, and without addresses somebody has or had."""
    kept = _kept(rows)
    wanted = [row for row in rows if row.contact_id not in kept]
    taken = set(
        Address.objects.in_workspace(workspace)
        .filter(channel=Channel.EMAIL, value__in=[row.new for row in wanted])
        .values_list("value", flat=True)
    )
    if Tombstone.objects.in_workspace(workspace).exists():
        hashes = {row.new: address_hash(row.new) for row in wanted}
        known = Tombstone.objects.in_workspace(workspace).filter(
            channel=Channel.EMAIL, address_hash__in=hashes.values()
        )
        erased = {bytes(digest) for digest in known.values_list("address_hash", flat=True)}
        taken |= {value for value, digest in hashes.items() if digest in erased}
    return [row for row in wanted if row.new not in taken]


def _kept(rows: Sequence[_Row]) -> set[int]:
    """Whom the layers above want to be left alone: the same who stay when an import is taken back."""
    with connection.cursor() as cursor:
        prepare_table(cursor, _TABLE, "contact_id bigint PRIMARY KEY, kept text")
        cursor.execute(
            f"INSERT INTO {_TABLE} SELECT DISTINCT unnest(%s::bigint[]), NULL::text",
            [[row.contact_id for row in rows]],
        )
        for hook in import_hooks.protecting_hooks():
            hook(cursor, None, _TABLE)
        cursor.execute(f"SELECT contact_id FROM {_TABLE} WHERE kept IS NOT NULL")  # noqa: S608 - a name from above
        return {contact_id for (contact_id,) in cursor.fetchall()}
