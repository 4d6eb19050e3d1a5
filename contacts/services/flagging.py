"""What stands out about addresses, kept with each of them: at once for a new one, by the batch for a workspace."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from contacts.addresses import domain_of
from contacts.models import Channel, MistypedDomain
from contacts.validity.disposable import is_disposable
from contacts.validity.flags import TYPO, flags_of
from contacts.validity.roles import ROLES
from contacts.validity.typos import FREQUENT, RATIO, Suggester

BATCH = 20_000
MAX_OWN = 500
# Bounds on the lists that travel with a statement; whoever has more has another problem than typing errors.
MAX_LISTED = 20_000

_DOMAINS = """
SELECT domain, count(*) FROM contacts_address
WHERE workspace_id = %s AND channel = 'email' AND domain <> '' GROUP BY domain
"""
_OWN = _DOMAINS + " HAVING count(*) >= %s ORDER BY count(*) DESC, domain LIMIT %s"
# The next addresses in the order of the unique index; rows that already say it are not written again.
_FLAG = """
WITH part AS MATERIALIZED (
    SELECT id, value, domain, flags FROM contacts_address
    WHERE workspace_id = %(workspace)s AND channel = 'email' AND value > %(after)s ORDER BY value LIMIT %(size)s
), told AS (
    SELECT id, flags, NULLIF(array_remove(ARRAY[
        CASE WHEN domain = ANY(%(disposable)s) THEN 'disposable' END,
        CASE WHEN split_part(left(value, length(value) - length(domain) - 1), '+', 1) = ANY(%(roles)s) THEN 'role' END,
        CASE WHEN domain = ANY(%(typos)s) THEN 'typo' END
    ]::varchar[], NULL), '{}') AS found FROM part
), changed AS (
    UPDATE contacts_address a SET flags = told.found FROM told
    WHERE a.id = told.id AND told.found IS DISTINCT FROM told.flags
    RETURNING 1
)
SELECT max(value), count(*), (SELECT count(*) FROM changed) FROM part
"""


def flags_for(workspace_id: int, channel: str, value: str) -> list[str] | None:
    """What stands out about a new address; what the workspace said is no typing error is none."""
    if channel != Channel.EMAIL:
        return None
    found = flags_of(value)
    if not found or TYPO not in found:
        return found
    rights = MistypedDomain.objects.filter(workspace_id=workspace_id, domain=domain_of(value), is_right=True)
    return flags_of(value, is_right=True) if rights.exists() else found


def flag_addresses(workspace: Workspace) -> int:
    """Look at every e-mail address of the workspace, batch by batch in transactions of their own; how many changed."""
    disposable, typos = _sort_domains(workspace)
    values: dict[str, Any] = {"workspace": workspace.pk, "size": BATCH, "roles": sorted(ROLES)}
    values |= {"disposable": disposable, "typos": typos, "after": ""}
    changed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FLAG, values)
            last, looked_at, written = cursor.fetchone()
        changed += written
        if looked_at < BATCH:
            return changed
        values["after"] = last


def _sort_domains(workspace: Workspace) -> tuple[list[str], list[str]]:
    """The workspace's domains that are disposable, and those that are mistyped; the latter are kept with their cure."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [workspace.pk, FREQUENT, MAX_OWN])
        own: dict[str, int] = dict(cursor.fetchall())
    common = Suggester()
    suggester = Suggester(domain for domain in own if not common.suggest(domain))
    rights = set(MistypedDomain.objects.in_workspace(workspace).filter(is_right=True).values_list("domain", flat=True))
    disposable: list[str] = []
    cures: dict[str, str] = {}
    for domain, count in _domains(workspace):
        cure = "" if domain in rights else suggester.suggest(domain, count)
        if cure and own.get(cure, FREQUENT * RATIO) >= count * RATIO:
            cures[domain] = cure
        elif is_disposable(domain):
            disposable.append(domain)
    _keep_cures(workspace, cures)
    return disposable[:MAX_LISTED], list(cures)[:MAX_LISTED]


def _domains(workspace: Workspace) -> Iterator[tuple[str, int]]:
    """Every domain with its number of addresses, streamed: there may be as many as people."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_DOMAINS, [workspace.pk])
        while rows := cursor.fetchmany(5_000):
            yield from rows


@transaction.atomic
def _keep_cures(workspace: Workspace, cures: dict[str, str]) -> None:
    rows = [
        MistypedDomain(workspace=workspace, domain=domain, suggestion=cure)
        for domain, cure in list(cures.items())[:MAX_LISTED]
    ]
    mistyped = MistypedDomain.objects.in_workspace(workspace).filter(is_right=False)
    mistyped.exclude(domain__in=list(cures)).delete()
    MistypedDomain.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["workspace", "domain"],
        update_fields=["suggestion"],
    )
