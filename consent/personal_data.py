"""What consent keeps about a person: to show it to them, and what goes when they are erased."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from consent.evidence import Source
from consent.models import (
    Confirmation,
    ConsentRecord,
    ConsentState,
    ContactPreference,
    GlobalSuppression,
    Purpose,
    Suppression,
    Topic,
)
from contacts.models import Address, Contact
from contacts.rights import Leaving, Section
from core.crypto import address_hash

CHUNK = 2_000

# Readable addresses and a teammate's notes; the digest goes on protecting the person.
BLANK_SUPPRESSIONS = """
UPDATE consent_suppression SET address = '', note = ''
WHERE workspace_id = %(workspace)s AND (address <> '' OR note <> '')
  AND (channel, address_hash) IN (SELECT * FROM unnest(%(channels)s::text[], %(hashes)s::bytea[]))
"""


def sections(contact: Contact) -> Iterator[Section]:
    """Where their agreements stand, the proof with the words they saw, how they want to be written to, and blocks."""
    yield _states(contact)
    yield _ledger(contact)
    yield _confirmations(contact)
    yield _preferences(contact)
    yield _suppressions(contact)


def _states(contact: Contact) -> Section:
    fields = {
        "topic": _("About"),
        "purpose_name": _("For"),
        "channel_name": _("By"),
        "state_name": _("Your word"),
        "basis_name": _("Because"),
        "changed_at": _("Since"),
        "expires_at": _("Until"),
    }
    rows = (
        _common(row) | {"changed_at": row.changed_at, "expires_at": row.expires_at}
        for row in ConsentState.objects.filter(contact=contact)
        .select_related("topic")
        .order_by("purpose", "channel", "id")
        .iterator(CHUNK)
    )
    return Section(key="consents", title=_("What you agreed to"), fields=fields, rows=rows)


def _ledger(contact: Contact) -> Section:
    fields = {
        "at": _("When"),
        "topic": _("About"),
        "purpose_name": _("For"),
        "channel_name": _("By"),
        "state_name": _("Your word"),
        "basis_name": _("Because"),
        "source_name": _("How"),
        "detail": _("Details"),
        "words": _("The words you saw"),
        "ip_address": _("Network"),
        "user_agent": _("Browser"),
    }
    return Section(
        key="consent_history", title=_("Every answer you gave"), fields=fields, rows=_lines(contact), is_prose=True
    )


def _lines(contact: Contact) -> Iterator[dict[str, Any]]:
    sources: Mapping[str, Any] = dict(Source.choices)
    rows = ConsentRecord.objects.of_person(contact).select_related("topic", "text").order_by("at", "id")
    for row in rows.iterator(CHUNK):
        yield _common(row) | {
            "id": str(row.public_id),
            "at": row.at,
            "written_at": row.created_at,
            "source": row.source,
            "source_name": str(sources.get(row.source, row.source)),
            "detail": row.source_detail,
            "words": row.text.body if row.text else "",
            "ip_address": row.ip_address,
            "user_agent": row.user_agent,
        }


def _common(row: Any) -> dict[str, Any]:
    return {
        "topic": _about(row),
        "topic_key": row.topic.key if row.topic else None,
        "purpose": row.purpose,
        "purpose_name": row.get_purpose_display(),
        "channel": row.channel,
        "channel_name": row.get_channel_display(),
        "state": row.state,
        "state_name": row.get_state_display(),
        "basis": row.basis,
        "basis_name": row.get_basis_display() if row.basis else "",
    }


def _about(row: Any) -> str:
    if row.topic:
        return str(row.topic.name)
    return _("Everything") if row.purpose == Purpose.MARKETING else ""


def _confirmations(contact: Contact) -> Section:
    fields = {
        "created_at": _("Asked"),
        "page": _("On the page"),
        "topics": _("For"),
        "days_between": _("Days between messages, at least"),
        "mails": _("Mails that asked you to confirm"),
        "confirmed_at": _("Confirmed"),
    }
    names = dict(Topic.objects.in_workspace(contact.workspace).values_list("pk", "name"))
    rows = (
        {
            "created_at": row.created_at,
            "page": row.page.name if row.page else "",
            "topics": [names[topic] for topic in row.topics if topic in names],
            "days_between": row.days_between,
            "mails": row.sent_count,
            "confirmed_at": row.confirmed_at,
        }
        for row in Confirmation.objects.filter(contact=contact).select_related("page").order_by("id").iterator(CHUNK)
    )
    return Section(key="signups", title=_("When you signed up"), fields=fields, rows=rows)


def _preferences(contact: Contact) -> Section:
    fields = {
        "paused_until": _("Break until"),
        "days_between": _("Days between messages, at least"),
        "quiet_from": _("Quiet from"),
        "quiet_until": _("Quiet until"),
        "preferred_channel": _("Best reached by"),
    }
    rows = [
        {
            "paused_until": row.paused_until,
            "days_between": row.days_between,
            "quiet_from": row.quiet_from.isoformat("minutes") if row.quiet_from else None,
            "quiet_until": row.quiet_until.isoformat("minutes") if row.quiet_until else None,
            "preferred_channel": row.preferred_channel,
        }
        for row in ContactPreference.objects.filter(contact=contact)
    ]
    return Section(key="preferences", title=_("How you want to be written to"), fields=fields, rows=rows)


def _suppressions(contact: Contact) -> Section:
    fields = {"address": _("Address"), "reason_name": _("Why"), "note": _("Note"), "created_at": _("Since")}
    title = _("Addresses that are not written to")
    return Section(key="suppressions", title=title, fields=fields, rows=_blocks(contact))


def _blocks(contact: Contact) -> Iterator[dict[str, Any]]:
    for address in Address.objects.of_contact(contact):
        same = {"channel": address.channel, "address_hash": address_hash(address.value)}
        ours = Suppression.objects.in_workspace(contact.workspace).filter(**same)
        everywhere = GlobalSuppression.objects.filter(**same)
        for row in [*ours, *everywhere]:
            yield {
                "address": address.value,
                "reason": row.reason,
                "reason_name": str(Suppression.Reason(row.reason).label),
                "note": row.note,
                "created_at": row.created_at,
            }


def forget(leaving: Leaving) -> Mapping[str, int]:
    """Blank the evidence in the ledger, and the readable addresses of suppressions."""
    from consent.services.redaction import redact_evidence

    with connection.cursor() as cursor:
        cursor.execute(
            BLANK_SUPPRESSIONS,
            {
                "workspace": leaving.workspace.pk,
                "channels": [channel for channel, _value in leaving.addresses],
                "hashes": [address_hash(value) for _channel, value in leaving.addresses],
            },
        )
        blanked = cursor.rowcount
    return {"suppressions": blanked, "consent_evidence": redact_evidence(contact_ids=leaving.all_ids)}
