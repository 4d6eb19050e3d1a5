"""Taking back the agreement that an undone import declared. The ledger only grows: it gets a line that ends it."""

import datetime as dt
from typing import Any

from consent.evidence import Source
from consent.models import Basis, ConsentRecord, Purpose, State
from consent.services.ledger import apply_records
from contacts.importing.columns import CONSENT_DAY
from contacts.models import Channel, Contact
from core.clock import now

BATCH = 1_000

# For each person whose agreement says the declared day, or the one of their row: is it this import's, and was there no
# other agreement last?
_SAME = "r.contact_id = s.contact_id AND r.channel = s.channel AND r.topic_id = s.topic_id AND r.purpose = s.purpose"
_OURS = """(r.source = %(source)s AND r.source_detail = %(detail)s AND (%(has_days)s OR r.at = %(at)s::timestamptz)
          AND r.created_at >= %(started)s)"""
CLAIMED = f"""
SELECT s.contact_id, s.topic_id,
       EXISTS (SELECT 1 FROM consent_consentrecord r WHERE {_SAME} AND {_OURS} AND r.at = s.changed_at)
       AND coalesce((SELECT r.state FROM consent_consentrecord r WHERE {_SAME} AND NOT {_OURS}
                     ORDER BY r.at DESC, r.id DESC LIMIT 1), '') <> %(granted)s
FROM consent_consentstate s JOIN consent_topic t ON t.id = s.topic_id
WHERE s.workspace_id = %(workspace)s AND t.workspace_id = s.workspace_id
  AND %(topic)s IN (t.public_id::text, t.key) AND s.channel = %(channel)s AND s.purpose = %(purpose)s
  AND s.state = %(granted)s AND (%(has_days)s OR s.changed_at = %(at)s::timestamptz) AND s.contact_id > %(last)s
ORDER BY s.contact_id LIMIT %(limit)s
"""  # noqa: S608 - fixed text


def bases_on_offer() -> list[tuple[str, str]]:
    """On which basis an import may claim consent; what people said themselves comes first."""
    return [(str(basis.value), str(basis.label)) for basis in _BASES]


_BASES = (Basis.EXPRESS, Basis.IMPLIED_PURCHASE, Basis.IMPLIED_INQUIRY)


def take_back_consent(cursor: Any, import_: Any, last_id: int) -> int:
    """End what an undone import claimed, for the next contacts; returns the last one looked at, 0 at the end.

    Whoever had agreed apart from the import, or has since, goes on agreeing.
    """
    options = import_.options
    has_days = any(column["target"] == CONSENT_DAY for column in import_.mapping.get("columns", []))
    if not (options.get("topic") and options.get("consent_source") and (options.get("consent_at") or has_days)):
        return 0
    cursor.execute(
        CLAIMED,
        {
            "workspace": import_.workspace_id,
            "topic": options["topic"],
            "channel": str(Channel.EMAIL),
            "purpose": str(Purpose.MARKETING),
            "granted": str(State.GRANTED),
            "source": str(Source.IMPORT),
            "detail": options["consent_source"][:200],
            "at": options.get("consent_at") or None,
            "has_days": has_days,
            "started": import_.started_at,
            "last": last_id,
            "limit": BATCH,
        },
    )
    found = cursor.fetchall()
    _end({contact_id: topic_id for contact_id, topic_id, is_ours in found if is_ours}, import_, now())
    return int(found[-1][0]) if found else 0


def _end(claimed: dict[int, int], import_: Any, at: dt.datetime) -> None:
    """Write the lines and the states. One writer per person at a time, in one order."""
    present = Contact.objects.filter(pk__in=claimed).order_by("pk").select_for_update(no_key=True)
    lines = [
        ConsentRecord(
            workspace_id=import_.workspace_id,
            contact_id=contact_id,
            channel=Channel.EMAIL,
            topic_id=claimed[contact_id],
            purpose=Purpose.MARKETING,
            state=State.EXPIRED,
            source=Source.IMPORT,
            source_detail=import_.options["consent_source"][:200],
            at=at,
        )
        for contact_id in present.values_list("pk", flat=True)
    ]
    if lines:
        apply_records([line.pk for line in ConsentRecord.objects.bulk_create(lines)])
