"""Writing down what somebody said. The ledger row and the state it leads to are one transaction."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from consent.evidence import PERSONAL, Choice, Proof, Source, kept_address, text_digest
from consent.jurisdiction import rules_of, settings_of
from consent.models import Basis, ConsentRecord, ConsentSettings, ConsentState, ConsentText, Purpose, State, Suppression
from consent.profiles import expiry
from contacts.models import Contact, Tombstone
from core.clock import now
from core.crypto import address_hash
from events.services import record

CLOCK_TOLERANCE = dt.timedelta(minutes=5)

# A row that is older than what is known changes nothing: calls and files may arrive out of order. Of several
# rows at one instant the last written counts.
APPLY = """
INSERT INTO consent_consentstate AS known
    (workspace_id, contact_id, channel, topic_id, purpose, state, basis, changed_at, expires_at)
SELECT DISTINCT ON (contact_id, channel, topic_id, purpose)
    workspace_id, contact_id, channel, topic_id, purpose, state, basis, at, expires_at
FROM consent_consentrecord WHERE {which}
ORDER BY contact_id, channel, topic_id, purpose, at DESC, id DESC
ON CONFLICT (contact_id, channel, topic_id, purpose) DO UPDATE
SET state = EXCLUDED.state, basis = EXCLUDED.basis, changed_at = EXCLUDED.changed_at, expires_at = EXCLUDED.expires_at
WHERE known.changed_at <= EXCLUDED.changed_at
RETURNING channel, topic_id, purpose
"""

Key = tuple[str, int | None, str]


def record_consent(
    *, contact: Contact, choice: Choice, proof: Proof, message: uuid.UUID | None = None
) -> ConsentRecord:
    """`record_choices` for a single choice; returns its ledger row."""
    return record_choices(contact=contact, choices=[choice], proof=proof, message=message)[0]


@transaction.atomic
def record_choices(
    *, contact: Contact, choices: Sequence[Choice], proof: Proof, message: uuid.UUID | None = None
) -> list[ConsentRecord]:
    """Append one ledger row per choice, bring the state up to date, and tell whoever listens what changed.

    Saying the same again is a row of its own. When the person themselves agrees to something, their earlier
    “nothing more” ends with a row that says so, and their unsubscribe suppression and tombstone are lifted; a
    claim by anybody else leaves those standing. `message` is the public id of the message that led here.
    Raises ValueError for a time in the future, Contact.DoesNotExist when the contact has been erased meanwhile.
    """
    at = proof.at or now()
    if at > now() + CLOCK_TOLERANCE:
        raise ValueError("consent cannot be given in the future")
    # One writer per person at a time: what is compared below must not move.
    person = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    before = states_of(contact)
    asked = list(choices)
    if proof.source in PERSONAL:
        asked += _reopened(contact, choices, before)
    settings = settings_of(contact.workspace_id)
    records = ConsentRecord.objects.bulk_create([_row(person, choice, proof, at, settings) for choice in asked])
    applied = apply_records([row.pk for row in records])
    for choice in asked:
        # One act is one act: the message is named by its first event only.
        if _key(choice) in applied and _announce(contact, choice, before.get(_key(choice)), proof, message):
            message = None
    return records


@transaction.atomic
def remember_text(*, workspace: Workspace, body: str, language: str = "") -> ConsentText:
    """The stored copy of the exact words somebody saw, written once however often they are shown."""
    digest = text_digest(body)
    ConsentText.objects.bulk_create(
        [ConsentText(workspace=workspace, sha256=digest, body=body, language=language[:20])], ignore_conflicts=True
    )
    return ConsentText.objects.get(workspace=workspace, sha256=digest)


def apply_records(ids: list[int]) -> set[Key]:
    """Bring the states up to date with these ledger rows; returns the (channel, topic, purpose) that moved."""
    with connection.cursor() as cursor:
        cursor.execute(APPLY.format(which="id = ANY(%s)"), [ids])
        return {(row[0], row[1], row[2]) for row in cursor.fetchall()}


@transaction.atomic
def rebuild_states(*, workspace: Workspace) -> None:
    """Derive every state of the workspace from the ledger anew; people erased since are left out."""
    ConsentState.objects.filter(workspace=workspace).delete()
    which = "workspace_id = %s AND EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = contact_id)"
    with connection.cursor() as cursor:
        cursor.execute(APPLY.format(which=which), [workspace.pk])


def states_of(contact: Contact) -> dict[Key, ConsentState]:
    """Where the ledger stands for one person."""
    rows: Iterable[ConsentState] = ConsentState.objects.filter(contact=contact)
    return {(row.channel, row.topic_id, row.purpose): row for row in rows}


def _key(choice: Choice) -> Key:
    return (choice.channel, choice.topic.pk if choice.topic else None, choice.purpose)


def _row(contact: Contact, choice: Choice, proof: Proof, at: dt.datetime, settings: ConsentSettings) -> ConsentRecord:
    granted = choice.state == State.GRANTED
    basis = (proof.basis or Basis.EXPRESS) if granted else ""
    profile = rules_of(contact, choice.channel, settings).profile
    return ConsentRecord(
        workspace_id=contact.workspace_id,
        contact=contact,
        channel=choice.channel,
        topic=choice.topic,
        purpose=choice.purpose,
        state=choice.state,
        basis=basis,
        source=proof.source[:40],
        source_detail=proof.detail[:200],
        text=proof.text,
        actor=proof.actor,
        page_version=proof.page_version,
        profile=profile.key,
        profile_date=profile.reviewed,
        ip_address=kept_address(proof.visitor.ip_address, settings.ip_policy),
        user_agent=proof.visitor.user_agent,
        at=at,
        expires_at=(proof.expires_at or expiry(profile, choice.channel, basis, at)) if granted else None,
    )


def _reopened(contact: Contact, choices: Sequence[Choice], before: dict[Key, ConsentState]) -> list[Choice]:
    """What ends because the person came back by themselves, for each channel they agreed to something on."""
    ended = []
    chosen = {c.channel for c in choices if c.state == State.GRANTED and c.purpose == Purpose.MARKETING}
    spoken_for = {_key(choice) for choice in choices}
    for channel in sorted(chosen):
        _lift_own(contact, channel)
        key = (channel, None, str(Purpose.MARKETING))
        known = before.get(key)
        if known and known.state in {State.WITHDRAWN, State.DENIED} and key not in spoken_for:
            ended.append(Choice(State.EXPIRED, None, Purpose.MARKETING, channel))
    return ended


def _lift_own(contact: Contact, channel: str) -> None:
    """Forget the person's unsubscribing and erasure, never a complaint or what the law forbids."""
    values = contact.addresses.filter(channel=channel).values_list("value", flat=True)
    digests = [address_hash(value) for value in values]
    mine: dict[str, Any] = {"workspace_id": contact.workspace_id, "channel": channel, "address_hash__in": digests}
    Suppression.objects.filter(reason=Suppression.Reason.UNSUBSCRIBE, **mine).delete()
    Tombstone.objects.filter(**mine).delete()


def _announce(
    contact: Contact, choice: Choice, before: ConsentState | None, proof: Proof, message: uuid.UUID | None
) -> bool:
    """Record an event when the person's word changed; repeating it is no news, nor is what a merge carries over.

    True when there was one.
    """
    was = before.state if before else None
    if was == choice.state or proof.source in {Source.MERGE, Source.UNMERGE}:
        return False
    if choice.state == State.GRANTED:
        kind = "consent.granted"
    elif choice.state == State.WITHDRAWN or (choice.state == State.DENIED and was == State.GRANTED):
        kind = "consent.withdrawn"
    else:
        return False
    properties = {"channel": choice.channel, "purpose": str(choice.purpose), "source": str(proof.source)}
    if choice.topic:
        properties |= {"topic": choice.topic.key, "topic_name": choice.topic.name}
    if message:
        properties |= {"message": str(message)}
    record(contact.workspace, kind, contact_id=contact.pk, at=proof.at, properties=properties)
    return True
