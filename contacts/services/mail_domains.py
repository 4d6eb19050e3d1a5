"""Whether the domains of people's addresses take mail: asked in the background, believed with care.

A null MX is the domain's own word and counts at once. A domain that does not exist, or has no server, may be a
mistake of its owner: it counts when the same is said again days later. No answer says nothing.
"""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Workspace
from contacts.models import AddressState, MailDomain
from contacts.services.addresses import Mark, mark_where
from contacts.validity import mx
from core.clock import now
from core.queue import enqueue

BATCH = 200
BATCH_SECONDS = 45.0
# A claimed domain is another worker's again after this long.
LEASE = dt.timedelta(minutes=10)
AGAIN_GOOD = dt.timedelta(days=30)
AGAIN_BAD = dt.timedelta(days=3)
AGAIN_KNOWN_BAD = dt.timedelta(days=14)
AGAIN_UNKNOWN = dt.timedelta(hours=12)
BELIEVED_AFTER = dt.timedelta(days=2)

REASONS = {mx.NO_MAIL: "no_mail", mx.MISSING: "domain_missing", mx.NO_SERVER: "no_mail_server"}
MAX_LISTED = 20_000


def note_domains(workspace: Workspace) -> None:
    """Put the workspace's domains on the list of those to ask about; known ones stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_maildomain (domain, answer, next_check_at)"
            " SELECT DISTINCT domain, 'unknown', now() FROM contacts_address"
            " WHERE workspace_id = %s AND channel = 'email' AND domain LIKE '%%.%%'"
            " AND NOT split_part(domain, '.', -1) = ANY(%s)"
            " ON CONFLICT (domain) DO NOTHING",
            [workspace.pk, sorted(mx.RESERVED)],
        )


def wake_checks() -> None:
    """Wake a worker when there are domains to ask about, where this installation asks at all."""
    if settings.MAIL_CHECKS and MailDomain.objects.due(now()).exists():
        enqueue("contacts.check_mail_domains")


def check_domains() -> int:
    """Ask about the next domains and keep the answers; how many were asked. Nothing is kept where DNS does not work."""
    if not settings.MAIL_CHECKS:
        return 0
    domains = [domain for domain in _claim() if mx.is_public(domain)]
    if not domains:
        return 0
    resolver = mx.working_resolver(settings.DNS_SERVER)
    if resolver is None:
        return 0
    answers = mx.ask_many(domains, resolver, BATCH_SECONDS)
    _apply(_keep(answers))
    return len(answers)


@transaction.atomic
def _claim() -> list[str]:
    """The next domains, kept from other workers for a while by looking as if they were due later."""
    moment = now()
    rows = list(MailDomain.objects.due(moment).select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
    MailDomain.objects.filter(pk__in=rows).update(next_check_at=moment + LEASE)
    return rows


@transaction.atomic
def _keep(answers: dict[str, str]) -> list[str]:
    """Write the answers down; returns the domains of which something new is believed now."""
    moment = now()
    changed = []
    rows = list(MailDomain.objects.select_for_update().filter(pk__in=answers).order_by("pk"))
    for row in rows:
        before = row.answer
        _believe(row, answers[row.domain], moment)
        if row.answer != before:
            changed.append(row.domain)
    MailDomain.objects.bulk_update(rows, ["answer", "bad_since", "checked_at", "next_check_at"])
    return changed


def _believe(row: MailDomain, answer: str, moment: dt.datetime) -> None:
    """What the row says after an answer."""
    if answer == mx.UNKNOWN:
        row.next_check_at = moment + AGAIN_UNKNOWN
        return
    row.checked_at = moment
    if answer == mx.MAIL:
        row.answer, row.bad_since, row.next_check_at = answer, None, moment + AGAIN_GOOD
        return
    row.bad_since = row.bad_since or moment
    is_believed = answer == mx.NO_MAIL or moment - row.bad_since >= BELIEVED_AFTER
    if is_believed:
        row.answer = answer
    row.next_check_at = moment + (AGAIN_KNOWN_BAD if is_believed else AGAIN_BAD)


def _apply(domains: list[str]) -> None:
    """Move the addresses at these domains, in every workspace that has some."""
    if not domains:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT workspace_id FROM contacts_address WHERE domain = ANY(%s)", [domains])
        ids = [workspace_id for (workspace_id,) in cursor.fetchall()]
    for workspace in Workspace.objects.filter(pk__in=ids).order_by("pk"):
        apply_known_answers(workspace, domains)


def apply_known_answers(workspace: Workspace, domains: list[str] | None = None) -> int:
    """Let what is known of domains (these, or every one that is bad or was) move the workspace's addresses; how many.

    People who came after their domain was asked about are met here, and so is a domain that came back.
    """
    known = MailDomain.objects.filter(pk__in=domains) if domains is not None else MailDomain.objects.all()
    moved = 0
    for answer, reason in REASONS.items():
        bad = list(known.filter(answer=answer).order_by("pk").values_list("pk", flat=True)[:MAX_LISTED])
        if bad:
            mark = Mark(status="invalid", reason=reason, source=AddressState.Source.MAIL_CHECK)
            where = "channel = 'email' AND domain = ANY(%(domains)s)"
            moved += mark_where(workspace, mark, where, {"domains": bad})
    back = Mark(status="unverified", source=AddressState.Source.MAIL_CHECK)
    where = (
        "channel = 'email' AND status = 'invalid' AND status_reason = ANY(%(own)s)"
        " AND domain IN (SELECT domain FROM contacts_maildomain WHERE answer = 'mail')"
    )
    return moved + mark_where(workspace, back, where, {})
