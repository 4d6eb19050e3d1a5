"""The figures of the hygiene page: asked for, counted by a worker, kept for the day. The row is the queue.

Counting a million people takes a while and nobody waits for it: the page shows the last count and when it was.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q

from accounts.models import Workspace
from contacts.hygiene import groups
from contacts.models import Contact, HygieneRefresh, HygieneReport, Import, ImportReject, MailDomain
from contacts.services.flagging import flag_addresses
from contacts.services.mail_domains import apply_known_answers, note_domains
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

MAX_AGE = dt.timedelta(hours=24)
# People came in: their figures may wait a little, so that ten imports in a row are counted once.
AFTER_IMPORT = dt.timedelta(minutes=10)
LEASE = dt.timedelta(minutes=15)
KEPT_DAYS = 400
IMPORTS_SHOWN = 5
# Of a file with millions of rejected rows the first so many tell enough about its columns.
REJECTS_LOOKED_AT = 20_000
DOMAINS_SHOWN = 20


def request_refresh(*, workspace: Workspace) -> None:
    """Have the figures counted again, soon. Asking twice counts once."""
    HygieneRefresh.objects.update_or_create(workspace=workspace, defaults={"requested_at": now()})
    enqueue("contacts.refresh_hygiene", workspace_id=workspace.pk)


def wake_refreshes(limit: int = 20) -> None:
    """Wake a worker for workspaces whose figures were asked for, are a day old, or older than an import."""
    known = HygieneRefresh.objects.values("workspace")
    fresh = [HygieneRefresh(workspace=workspace) for workspace in Workspace.objects.exclude(pk__in=known)[:limit]]
    HygieneRefresh.objects.bulk_create(fresh, ignore_conflicts=True)
    for workspace_id in HygieneRefresh.objects.filter(_due(now())).values_list("pk", flat=True)[:limit]:
        enqueue("contacts.refresh_hygiene", workspace_id=workspace_id)


def run_refresh(*, workspace_id: int) -> bool:
    """Flag the workspace's addresses and count its figures; False when another worker does, or it is not due.

    Ticks wake it again and again until its turn comes, so that the same call may stand in the queue many times.
    """
    moment = now()
    if not HygieneRefresh.objects.filter(_due(moment), pk=workspace_id).update(lease_until=moment + LEASE):
        return False
    workspace = Workspace.objects.get(pk=workspace_id)
    flag_addresses(workspace)
    note_domains(workspace)
    apply_known_answers(workspace)
    figures = {group.key: group.count(workspace) for group in groups()}
    people = Contact.objects.in_workspace(workspace).count()
    with transaction.atomic():
        HygieneReport.objects.update_or_create(
            workspace=workspace,
            day=moment.date(),
            defaults={
                "as_of": moment,
                "people": people,
                "figures": figures | _details(workspace),
            },
        )
        old = HygieneReport.objects.in_workspace(workspace).filter(day__lt=moment.date() - dt.timedelta(days=KEPT_DAYS))
        old.delete()
        # Somebody may have asked again meanwhile: what they asked for was not counted yet.
        HygieneRefresh.objects.filter(pk=workspace_id).update(lease_until=None, finished_at=moment)
    return True


def kept_domains(workspace: Workspace) -> list[tuple[str, int, int]]:
    """(keeper, domains, addresses) of companies' own domains, as last counted; the most addresses first.

    Only sums and only of the workspace's own domains: what else was looked up on this server is nobody's business.
    """
    last = HygieneReport.objects.in_workspace(workspace).newest(1).first()
    counted = last.figures.get("keepers", []) if last else []
    return [(keeper, domains, people) for keeper, domains, people in counted]


def _due(moment: dt.datetime) -> Q:
    """Rows that nobody is at and whose figures were asked for, are a day old, or older than an import."""
    late = Q(finished_at=None) | Q(finished_at__lt=moment - MAX_AGE) | Q(requested_at__gt=F("finished_at"))
    imports = (
        Import.objects.filter(finished_at__gt=moment - MAX_AGE).values_list("workspace").annotate(Max("finished_at"))
    )
    for workspace_id, finished_at in imports:
        if finished_at < moment - AFTER_IMPORT:
            late |= Q(workspace=workspace_id, finished_at__lt=finished_at)
    return late & (Q(lease_until=None) | Q(lease_until__lt=moment))


def _details(workspace: Workspace) -> dict[str, Any]:
    return {
        "imports": _imports(workspace),
        "domains": _bad_domains(workspace),
        "keepers": _kept_domains(workspace),
        "typos": _typos(workspace),
    }


def _typos(workspace: Workspace) -> list[tuple[str, int]]:
    """(domain, addresses) of mistyped domains, those with most addresses first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.domain, count(*) FROM contacts_mistypeddomain d"
            " JOIN contacts_address a ON a.domain = d.domain AND a.channel = 'email' AND a.workspace_id = %s"
            " WHERE d.workspace_id = %s AND NOT d.is_right GROUP BY d.domain ORDER BY count(*) DESC LIMIT 500",
            [workspace.pk, workspace.pk],
        )
        return [(domain, count) for domain, count in cursor.fetchall()]


def _imports(workspace: Workspace) -> list[dict[str, Any]]:
    """The last imports: how many rows came back, and where their trouble was."""
    last = Import.objects.in_workspace(workspace).filter(status="done", total__gt=0).newest_first()[:IMPORTS_SHOWN]
    return [
        {
            "id": str(import_.public_id),
            "file": import_.file_name,
            "total": import_.total,
            "rejected": import_.rejected,
            "worst": _worst_columns(import_) if import_.rejected else [],
        }
        for import_ in last
    ]


def _worst_columns(import_: Import) -> list[tuple[str, str, int]]:
    """(column, code of the problem, rows) of the commonest problems among the first rejected rows."""
    rows: Iterable[tuple[str, str]] = ImportReject.objects.of_import(import_).values_list("column", "reason")
    counts: dict[tuple[str, str], int] = {}
    for column, reason in rows[:REJECTS_LOOKED_AT]:  # type: ignore[index]
        counts[column, reason] = counts.get((column, reason), 0) + 1
    commonest = sorted(counts.items(), key=lambda item: -item[1])[:3]
    return [(column, reason, count) for (column, reason), count in commonest]


def _bad_domains(workspace: Workspace) -> list[tuple[str, str, int]]:
    """(domain, what DNS says, addresses) of domains that take no mail, those with most addresses first."""
    bad = [MailDomain.Answer.NO_MAIL, MailDomain.Answer.MISSING, MailDomain.Answer.NO_SERVER]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.domain, d.answer, count(*) FROM contacts_maildomain d"
            " JOIN contacts_address a ON a.domain = d.domain AND a.channel = 'email' AND a.workspace_id = %s"
            " WHERE d.answer = ANY(%s) GROUP BY d.domain, d.answer ORDER BY count(*) DESC, d.domain LIMIT %s",
            [workspace.pk, [str(answer) for answer in bad], DOMAINS_SHOWN],
        )
        return [(domain, answer, count) for domain, answer, count in cursor.fetchall()]


def _kept_domains(workspace: Workspace) -> list[tuple[str, int, int]]:
    """(keeper, domains, addresses) of companies' own domains, as far as their mail servers tell who keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.keeper, count(*), sum(own.people)::bigint FROM contacts_maildomain d JOIN ("
            " SELECT domain, count(*) AS people FROM contacts_address"
            " WHERE workspace_id = %s AND channel = 'email' GROUP BY domain) own ON own.domain = d.domain"
            " WHERE d.keeper > '' GROUP BY d.keeper ORDER BY 3 DESC, 1",
            [workspace.pk],
        )
        return [(keeper, domains, people) for keeper, domains, people in cursor.fetchall()]
