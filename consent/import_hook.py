"""What an import may say of consent: what was declared for the file, and never against the person's own word."""

import datetime as dt
from typing import Any

from consent import chain
from consent.evidence import Source
from consent.jurisdiction import settings_of
from consent.models import Basis, Purpose, State, Topic
from consent.profiles import Rules, expiry, rules_for

CHANNEL = "email"

# Two writers of one person take turns; those whom this import has just made nobody else can see yet.
LOCK = """
SELECT FROM contacts_contact c
WHERE c.id IN (SELECT contact_id FROM {table} WHERE agrees AND outcome <> 'created') ORDER BY c.id FOR NO KEY UPDATE
"""

ABOUT = """
SELECT t.id, clock_timestamp() FROM consent_topic t
WHERE t.workspace_id = %(workspace)s AND %(topic)s IN (t.public_id::text, t.key)
"""

# Whoever stands in a chunk twice agreed on the later day; where no row says one, it is the day declared for the file.
CHOSEN = """
SELECT contact_id, bool_or(outcome <> 'created') AS is_known,
       coalesce(max(agreed_on)::timestamptz, %(declared)s::timestamptz) AS at
FROM {table} WHERE agrees GROUP BY contact_id
"""

SAID = f"""
SELECT DISTINCT c.country, chosen.at FROM ({CHOSEN}) chosen JOIN contacts_contact c ON c.id = chosen.contact_id
WHERE chosen.at IS NOT NULL
"""  # noqa: S608 - fixed text

# `at` is the moment a person agreed, so that anything said later wins; a withdrawal wins whenever it was said, for a
# file is a claim about the past. Suppressions are not looked at here: the gate puts them above every agreement.
# Each line is chained here, for the set, instead of by the trigger, line by line; `tail` is the part of the line
# that everybody of one country and day shares (consent.chain). Whom the import has just made has no line yet.
# The LIMITs keep both look-ups on the index of the person, however many lines there are.
RECORD = f"""
WITH rules AS (
    SELECT * FROM unnest(%(countries)s::text[], %(days)s::timestamptz[], %(profiles)s::text[],
                         %(profile_dates)s::date[], %(expiries)s::timestamptz[], %(tails)s::text[])
        AS rule(country, at, profile, profile_date, expires_at, tail)
), line AS MATERIALIZED (
    SELECT nextval('consent_consentrecord_id_seq') AS id, gen_random_uuid() AS public_id, c.id AS contact_id,
           coalesce(last.sequence, 0) + 1 AS sequence, coalesce(last.hash, %(start)s) AS previous_hash, rules.*
    FROM ({CHOSEN}) chosen
    JOIN contacts_contact c ON c.id = chosen.contact_id
    JOIN rules ON rules.country = c.country AND rules.at = chosen.at
    LEFT JOIN LATERAL (
        SELECT r.sequence, r.hash FROM consent_consentrecord r
        WHERE chosen.is_known AND r.contact_id = c.id AND r.sequence IS NOT NULL ORDER BY r.sequence DESC LIMIT 1
    ) last ON true
    LEFT JOIN LATERAL (
        SELECT true AS said FROM consent_consentstate s
        WHERE chosen.is_known AND s.contact_id = c.id AND s.channel = %(channel)s AND s.purpose = %(purpose)s
          AND (s.topic_id = %(topic)s OR s.topic_id IS NULL) AND s.state IN (%(withdrawn)s, %(denied)s) LIMIT 1
    ) no ON true
    WHERE no.said IS NULL
), written AS (
    INSERT INTO consent_consentrecord
        (id, public_id, created_at, workspace_id, contact_id, channel, topic_id, purpose, state, basis, source,
         source_detail, actor_id, user_agent, at, expires_at, profile, profile_date, sequence, previous_hash, hash)
    SELECT id, public_id, %(written)s, %(workspace)s, contact_id, %(channel)s, %(topic)s, %(purpose)s, %(granted)s,
           %(basis)s, %(source)s, %(detail)s, %(actor)s, '', at, expires_at, profile, profile_date, sequence,
           previous_hash,
           sha256(previous_hash || convert_to(
               %(format)s || consent_part(id::text) || consent_part(sequence::text) || consent_part(public_id::text)
               || consent_part(contact_id::text) || tail, 'UTF8'))
    FROM line
    RETURNING workspace_id, contact_id, channel, topic_id, purpose, state, basis, at, expires_at
)
INSERT INTO consent_consentstate AS known
    (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at, expires_at)
SELECT workspace_id, contact_id, channel, topic_id, purpose, state, basis, at, expires_at FROM written
ON CONFLICT (contact_id, channel, topic_id, purpose) DO UPDATE
SET state = EXCLUDED.state, basis = EXCLUDED.basis, changed_at = EXCLUDED.changed_at, expires_at = EXCLUDED.expires_at
WHERE known.changed_at <= EXCLUDED.changed_at AND known.state NOT IN (%(withdrawn)s, %(denied)s)
"""  # noqa: S608 - fixed text

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
    """Write the ledger and the state for a chunk's people, when the import declares topic and source.

    `consent_basis` says on which basis (they agreed, when it is not there). People of whom no day is known,
    and those whose own country does not accept it, get no line: the gate holds them back as never asked.
    """
    options = import_.options
    if not (options.get("topic") and options.get("consent_source")):
        return
    cursor.execute(LOCK.format(table=table))
    cursor.execute(ABOUT, {"workspace": import_.workspace_id, "topic": options["topic"]})
    found = cursor.fetchone()
    if found is None:
        return
    topic_id, written = found
    declared = options.get("consent_at") or None
    cursor.execute(SAID.format(table=table), {"declared": declared})
    said = cursor.fetchall()
    if not said:
        return
    line = {
        "workspace_id": import_.workspace_id,
        "channel": CHANNEL,
        "topic_id": topic_id,
        "purpose": str(Purpose.MARKETING),
        "state": str(State.GRANTED),
        "basis": str(options.get("consent_basis") or Basis.EXPRESS),
        "source": str(Source.IMPORT),
        "source_detail": options["consent_source"][:200],
        "text_sha256": None,
        "page_version_sha256": None,
        "actor_id": import_.created_by_id,
        "evidence_digest": None,
        "created_at": written,
    }
    cursor.execute(RECORD.format(table=table), {"declared": declared, **_parameters(line, said)})


def _parameters(line: dict[str, Any], said: list[tuple[str, dt.datetime]]) -> dict[str, Any]:
    """What RECORD takes: the line everybody shares, and for each country and day the rules and the end of the line."""
    usual = settings_of(line["workspace_id"]).default_profile
    rules = {country: rules_for(country, CHANNEL, usual) for country in {country for country, _at in said}}
    accepted = [(country, at, rules[country]) for country, at in said if rules[country].allows(CHANNEL, line["basis"])]
    ends = [_end({**line, "at": at}, rule) for _country, at, rule in accepted]
    return {
        "start": chain.START,
        "format": chain.part(chain.FORMAT),
        "withdrawn": str(State.WITHDRAWN),
        "denied": str(State.DENIED),
        "granted": str(State.GRANTED),
        "workspace": line["workspace_id"],
        "topic": line["topic_id"],
        "detail": line["source_detail"],
        "actor": line["actor_id"],
        "written": line["created_at"],
        **{name: line[name] for name in ("channel", "purpose", "basis", "source")},
        "countries": [country for country, _at, _rule in accepted],
        "days": [at for _country, at, _rule in accepted],
        "profiles": [rule.profile.key for _country, _at, rule in accepted],
        "profile_dates": [rule.profile.reviewed for _country, _at, rule in accepted],
        "expiries": [expires_at for expires_at, _tail in ends],
        "tails": [tail for _expires_at, tail in ends],
    }


def _end(line: dict[str, Any], rule: Rules) -> tuple[dt.datetime | None, str]:
    """When a line under these rules runs out, and its tail."""
    expires_at = expiry(rule.profile, CHANNEL, line["basis"], line["at"])
    values = {**line, "profile": rule.profile.key, "profile_date": rule.profile.reviewed, "expires_at": expires_at}
    return expires_at, chain.parts(values, chain.TAIL)


def keep_people_who_chose(cursor: Any, _import: Any, table: str) -> None:
    """Taking an import back must not take away somebody who has agreed or refused by themselves since."""
    cursor.execute(KEEP.format(table=table), [str(Source.IMPORT)])
