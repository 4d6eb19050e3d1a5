"""What an import may say of consent: what was declared for the file, and never against the person's own word."""

from typing import Any

from consent.evidence import Source
from consent.models import Basis, Purpose, State, Topic

# `at` is the declared moment, so that anything said later wins; a withdrawal wins whenever it was said, for a file
# is a claim about the past. Suppressions are not looked at here: the gate puts them above every agreement.
RECORD = """
WITH written AS (
    INSERT INTO consent_consentrecord
        (public_id, created_at, workspace_id, contact_id, channel, topic_id, purpose, state, basis, source,
         source_detail, actor_id, user_agent, at)
    SELECT gen_random_uuid(), clock_timestamp(), %(workspace)s, c.contact_id, 'email', t.id, %(purpose)s,
           %(granted)s, %(basis)s, %(source)s, %(detail)s, %(actor)s, '', %(at)s
    FROM (SELECT DISTINCT contact_id FROM {table}) c
    JOIN consent_topic t ON t.workspace_id = %(workspace)s AND %(topic)s IN (t.public_id::text, t.key)
    WHERE NOT EXISTS (
        SELECT 1 FROM consent_consentstate s
        WHERE s.contact_id = c.contact_id AND s.channel = 'email' AND s.purpose = %(purpose)s
          AND (s.topic_id = t.id OR s.topic_id IS NULL) AND s.state IN (%(withdrawn)s, %(denied)s)
    )
    RETURNING workspace_id, contact_id, channel, topic_id, purpose, state, basis, at
)
INSERT INTO consent_consentstate AS known
    (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at)
SELECT workspace_id, contact_id, channel, topic_id, purpose, state, basis, at FROM written
ON CONFLICT (contact_id, channel, topic_id, purpose) DO UPDATE
SET state = EXCLUDED.state, basis = EXCLUDED.basis, changed_at = EXCLUDED.changed_at, expires_at = NULL
WHERE known.changed_at <= EXCLUDED.changed_at AND known.state NOT IN (%(withdrawn)s, %(denied)s)
"""

KEEP = """
UPDATE {table} AS undo SET kept = 'consent'
WHERE kept IS NULL AND EXISTS (
    SELECT 1 FROM consent_consentrecord r WHERE r.contact_id = undo.contact_id AND r.source <> %s
)
"""


def topics_on_offer(workspace: Any) -> list[tuple[str, str]]:
    """What an import may declare consent for, as (public id, name)."""
    topics = Topic.objects.in_workspace(workspace).by_name()
    return [(str(topic.public_id), topic.name) for topic in topics]


def record_declared_consent(cursor: Any, import_: Any, table: str) -> None:
    """Write the ledger and the state for a chunk's people, when the import declares topic, source and date."""
    options = import_.options
    if not (options.get("topic") and options.get("consent_source") and options.get("consent_at")):
        return
    cursor.execute(
        RECORD.format(table=table),
        {
            "workspace": import_.workspace_id,
            "topic": options["topic"],
            "at": options["consent_at"],
            "detail": options["consent_source"][:200],
            "actor": import_.created_by_id,
            "purpose": str(Purpose.MARKETING),
            "granted": str(State.GRANTED),
            "withdrawn": str(State.WITHDRAWN),
            "denied": str(State.DENIED),
            "basis": str(Basis.EXPRESS),
            "source": str(Source.IMPORT),
        },
    )


def keep_people_who_chose(cursor: Any, _import: Any, table: str) -> None:
    """Taking an import back must not take away somebody who has agreed or refused by themselves since."""
    cursor.execute(KEEP.format(table=table), [str(Source.IMPORT)])
