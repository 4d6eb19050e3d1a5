"""Reading a claimed batch with everything its pipeline needs, in one statement."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from consent import gate
from delivery.arrays import number_array

_decode = json.JSONDecoder().raw_decode

CONTACT_COLUMNS = (
    "public_id", "external_id", "first_name", "last_name", "email", "phone", "language", "time_zone", "country",
    "attributes", "tags",
)  # fmt: skip

# OFFSET 0 keeps the digest of an address from being worked out anew by each question it is put into. LIMIT has people
# looked up one by one: the planner would rather read everybody with a smaller id, or all wishes for each message.
LOAD = """
SELECT m.id, m.public_id, m.workspace_id, m.dispatch_id, m.purpose, m.recipient, m.contact_id, m.sender_id,
       m.topic_id, topic.public_id, m.content_version_id, m.data, m.attempts, COALESCE(d.name, ''), m.send_by,
       {reason} AS reason, {tracking} AS may_track, choice.quiet_from, choice.quiet_until, m.receiver, c.*
FROM (SELECT own.*, {digest} AS digest, split_part(own.recipient, '@', 2) AS domain
      FROM delivery_message own WHERE own.id = ANY(%(keys)s::bigint[]) OFFSET 0) m
LEFT JOIN LATERAL (SELECT {contact} FROM contacts_contact own WHERE own.id = m.contact_id LIMIT 1) c ON true
LEFT JOIN delivery_dispatch d ON d.id = m.dispatch_id
LEFT JOIN consent_topic topic ON topic.id = m.topic_id
LEFT JOIN LATERAL (
    SELECT own.quiet_from, own.quiet_until FROM consent_contactpreference own
    WHERE own.contact_id = m.contact_id AND own.quiet_from IS NOT NULL LIMIT 1) choice ON true
{states}
LEFT JOIN contacts_address a
    ON a.workspace_id = m.workspace_id AND a.channel = m.channel AND a.value = m.recipient
ORDER BY m.id
"""


class Item(NamedTuple):
    """One claimed message with its person; the first fields are in the order of LOAD.

    `reason` is why it must not be sent now, or None. `quiet` are the hours in which the person
    wants none, on their own clock, from and until. `receiver` is who runs the mailbox (delivery.pace.receivers), as
    it was known when the message was written down.
    """

    key: int
    public_id: uuid.UUID
    workspace_id: int | None
    dispatch_id: int | None
    purpose: str
    recipient: str
    contact_id: int | None
    sender_id: int | None
    topic_id: int | None
    topic_public_id: uuid.UUID | None
    content_version_id: int | None
    data: dict[str, Any] | None
    attempts: int
    source_name: str
    send_by: dt.datetime | None
    reason: str | None
    may_track: bool
    contact: dict[str, Any]
    quiet: tuple[dt.time, dt.time] | None = None
    receiver: int = 0


def load_batch(keys: Sequence[int], *, purpose: str) -> list[Item]:
    """The messages with these ids, all of one purpose, in id order; consent and suppression as of this moment."""
    columns: gate.Columns = {
        "contact": "m.contact_id",
        "address_value": "m.recipient",
        "address_domain": "m.domain",
        "address_status": "a.status",
        "workspace": "m.workspace_id",
        "channel": "m.channel",
        "topic": "m.topic_id",
    }
    digest = gate.address_digest(address_value="own.recipient")
    states = gate.states_join(**columns)
    reason = gate.reason_case(purpose=purpose, said=states.said, address_digest="m.digest", **columns)
    tracking = gate.tracking_allowed_case(said=states.tracking, workspace="m.workspace_id")
    statement = LOAD.format(
        digest=digest.sql,
        reason=reason.sql,
        states=states.joins,
        tracking=tracking.sql,
        contact=", ".join(f"own.{name}" for name in CONTACT_COLUMNS),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {**digest.params, **reason.params, **tracking.params, "keys": number_array(keys)})
        return [_item(row) for row in cursor.fetchall()]


def _item(row: Sequence[Any]) -> Item:
    reason, may_track, quiet_from, quiet_until, receiver = row[15:20]
    contact = dict(zip(CONTACT_COLUMNS, row[20:], strict=True)) if row[20] is not None else {}
    if contact:
        contact["attributes"] = _json(contact["attributes"])
    quiet = (quiet_from, quiet_until) if quiet_from is not None and quiet_until is not None else None
    return Item._make((*row[:11], _json(row[11]), *row[12:15], reason, bool(may_track), contact, quiet, receiver))


def _json(value: Any) -> Any:
    """A raw cursor hands JSON over as text, and PostgreSQL writes it without space around it."""
    return _decode(value)[0] if isinstance(value, str) else value
