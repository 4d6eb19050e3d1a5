"""Whether the domains of people's addresses take mail: asked in the background, believed with care.

A null MX is the domain's own word and counts at once. A domain that does not exist, or has no server, may be a
mistake of its owner: it counts when the same is said again days later. No answer says nothing.
"""

import datetime as dt
from typing import Any

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
# So many people make it worth knowing soon whose limits hold for a domain.
MANY_PEOPLE = 20


# What is known stays; whoever has most people is asked about first. A domain with many, of which nobody has noted who
# keeps it, need not wait for its month to be over.
NOTE = """
WITH own AS MATERIALIZED (
    SELECT domain, count(*) AS people FROM contacts_address
    WHERE workspace_id = %(workspace)s AND channel = 'email' AND domain LIKE '%%.%%'
      AND NOT split_part(domain, '.', -1) = ANY(%(reserved)s)
    GROUP BY domain
), new AS (
    INSERT INTO contacts_maildomain (domain, answer, next_check_at)
    SELECT domain, 'unknown', now() - LEAST(people, 1000) * interval '1 minute' FROM own ORDER BY domain
    ON CONFLICT (domain) DO NOTHING
), unseen AS (
    SELECT known.domain FROM own JOIN contacts_maildomain known USING (domain)
    WHERE own.people >= %(many)s AND known.keeper IS NULL AND known.answer = 'mail' AND known.next_check_at > %(later)s
    FOR NO KEY UPDATE OF known SKIP LOCKED
)
UPDATE contacts_maildomain SET next_check_at = now() FROM unseen WHERE contacts_maildomain.domain = unseen.domain
"""


def note_domains(workspace: Workspace) -> None:
    """Put the workspace's domains on the list of those to ask about, those with most people first."""
    values: dict[str, Any] = {
        "workspace": workspace.pk,
        "reserved": sorted(mx.RESERVED),
        "many": MANY_PEOPLE,
        # What is due soon, or being asked about just now, is left alone.
        "later": now() + AGAIN_UNKNOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, values)


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
def _keep(answers: dict[str, mx.Said]) -> list[str]:
    """Write the answers down; returns the domains of which something new is believed now."""
    moment = now()
    changed = []
    rows = list(MailDomain.objects.select_for_update().filter(pk__in=answers).order_by("pk"))
    for row in rows:
        before = row.answer
        _believe(row, answers[row.domain], moment)
        if row.answer != before:
            changed.append(row.domain)
    MailDomain.objects.bulk_update(rows, ["answer", "bad_since", "checked_at", "next_check_at", "keeper"])
    return changed


def _believe(row: MailDomain, said: mx.Said, moment: dt.datetime) -> None:
    """What the row says after an answer."""
    answer = said.answer
    if answer == mx.UNKNOWN:
        row.next_check_at = moment + AGAIN_UNKNOWN
        return
    row.checked_at = moment
    if answer == mx.MAIL:
        row.answer, row.bad_since, row.next_check_at = answer, None, moment + AGAIN_GOOD
        row.keeper = said.keeper
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
