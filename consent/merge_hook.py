"""What becomes of consents when two contacts become one: the strictest word of the two holds, and the ledger says so.

The ledger's old lines stay with the id they were written for; whoever reads a person's lines reads those too
(`ConsentRecordQuerySet.of_person`). Every state that a merge changes gets a line of its own with the source `merge`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from consent.evidence import Choice, Proof, Source
from consent.models import (
    AccessCode,
    Confirmation,
    ConsentState,
    ContactPreference,
    Purpose,
    State,
    Suppression,
    Topic,
)
from consent.services import record_choices, suppress_address
from consent.services.ledger import Key, states_of
from consent.services.suppressions import STRENGTH
from contacts.merge_hooks import Part, hold_rows, move_rows, put_rows, take_part, take_rows
from contacts.models import Address, Contact
from core.clock import now
from core.crypto import address_hash

LEFT = frozenset({State.WITHDRAWN, State.DENIED})
# The first of these that either of them has is what holds.
STRICTEST_FIRST = (State.WITHDRAWN, State.DENIED, State.EXPIRED, State.PENDING, State.GRANTED)
# Said by the person or about the person; that an address does not work says nothing about another.
OF_THE_PERSON = (
    Suppression.Reason.UNSUBSCRIBE,
    Suppression.Reason.MANUAL,
    Suppression.Reason.COMPLAINT,
    Suppression.Reason.LEGAL,
)
STRICTER_PREFERENCES = """
UPDATE consent_contactpreference k SET
    paused_until = greatest(k.paused_until, m.paused_until), days_between = greatest(k.days_between, m.days_between),
    quiet_from = coalesce(k.quiet_from, m.quiet_from), quiet_until = coalesce(k.quiet_until, m.quiet_until),
    preferred_channel = coalesce(nullif(k.preferred_channel, ''), m.preferred_channel)
FROM consent_contactpreference m WHERE k.contact_id = %s AND m.contact_id = %s
"""


@dataclass(frozen=True)
class Word:
    """Where the ledger stands on one thing."""

    state: str
    basis: str = ""
    expires_at: dt.datetime | None = None


def strictest(one: Word | None, other: Word | None) -> Word | None:
    """What holds for one person known by two words; no answer at all is no objection.

    A refusal beats everything, then what ran out, then what waits to be confirmed. An agreement holds where nobody
    said anything else, on the basis of the one that ends first.
    """
    words = [word for word in (one, other) if word is not None]
    if not words:
        return None
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    return min(words, key=lambda word: (STRICTEST_FIRST.index(State(word.state)), word.expires_at or never))


def register_parts() -> None:
    """Answer for the tables of consent."""
    columns = ("consent_consentstate.contact_id", "consent_consentrecord.contact_id")
    take_part("consent.states", Part(columns, unite_words, part_words, foretell=foretell_words))
    take_part(
        "consent.preferences",
        Part(("consent_contactpreference.contact_id",), _unite_preferences, _part_preferences),
    )
    move_rows(Confirmation)
    hold_rows(AccessCode)


def unite_words(cursor: Any, kept_id: int, merged_id: int) -> Any:
    """Give the kept contact the strictest of both, and suppress its addresses where either was suppressed."""
    held = take_rows(cursor, ConsentState, "m.contact_id = %s", [merged_id])
    contact = Contact.objects.select_related("workspace").get(pk=kept_id)
    known = {key: _word(row) for key, row in states_of(contact).items()}
    wanted: dict[Key, Word] = {}
    for row in held:
        key = (row["channel"], row["topic_id"], row["purpose"])
        word = strictest(known.get(key), Word(row["state"], row["basis"], _moment(row["expires_at"])))
        if word is not None and word != known.get(key):
            wanted[key] = word
    at = max([now(), *(row.changed_at for row in states_of(contact).values())])
    _write(contact, wanted, Source.MERGE, at)
    return {
        "at": at.isoformat(),
        "held": held,
        "changed": [[*key, _stored(known.get(key))] for key in wanted],
        "suppressed": _suppress_all(contact, merged_id),
    }


def foretell_words(kept_id: int, merged_ids: Sequence[int]) -> list[str]:
    """What the kept contact will have said to messages, where that is not what it says now."""
    states = ConsentState.objects.filter(contact_id__in=[kept_id, *merged_ids], purpose=Purpose.MARKETING)
    before: dict[Key, Word | None] = {}
    after: dict[Key, Word | None] = {}
    names: dict[Key, str] = {}
    for row in states.select_related("topic").order_by("topic__name", "pk"):
        key = (row.channel, row.topic_id, row.purpose)
        names[key] = row.topic.name if row.topic else _("Everything")
        after[key] = strictest(after.get(key), _word(row))
        if row.contact_id == kept_id:
            before[key] = _word(row)
    return [
        _("%(topic)s: %(answer)s") % {"topic": names[key], "answer": State(word.state).label}
        for key, word in after.items()
        if word is not None and word != before.get(key)
    ]


def part_words(cursor: Any, kept_id: int, merged_id: int, data: Any) -> None:
    """Each has again what they had said; what was refused since the merge is refused by both."""
    put_rows(cursor, ConsentState, data["held"])
    merged_at = dt.datetime.fromisoformat(data["at"])
    kept = Contact.objects.select_related("workspace").get(pk=kept_id)
    merged = Contact.objects.select_related("workspace").get(pk=merged_id)
    states = states_of(kept)
    refused = {key: _word(row) for key, row in states.items() if row.changed_at > merged_at and row.state in LEFT}
    back: dict[Key, Word] = {}
    for channel, topic_id, purpose, before in data["changed"]:
        key = (channel, topic_id, purpose)
        if key in states and states[key].changed_at == merged_at:
            # The ledger cannot unsay a line: where nothing had been said, what the merge brought has ended.
            back[key] = _word_of(before) or Word(State.EXPIRED)
    _write(kept, back, Source.UNMERGE, now())
    _write(merged, refused, Source.UNMERGE, now())
    left_all = {key[0] for key in refused if key[1] is None and key[2] == Purpose.MARKETING}
    _lift_what_was_added(kept, data["suppressed"], left_all)


def _write(contact: Contact, words: Mapping[Key, Word], source: Source, at: dt.datetime) -> None:
    topics = Topic.objects.in_bulk([topic for _channel, topic, _purpose in words if topic is not None])
    for word in dict.fromkeys(words.values()):
        choices = [
            Choice(State(word.state), topics[topic] if topic else None, Purpose(purpose), channel)
            for (channel, topic, purpose), wanted in words.items()
            if wanted == word and (topic is None or topic in topics)
        ]
        if choices:
            proof = Proof(source, basis=word.basis, at=at, expires_at=word.expires_at)
            record_choices(contact=contact, choices=choices, proof=proof)


def _suppress_all(contact: Contact, merged_id: int) -> list[list[str | None]]:
    """[channel, address, reason, reason before] of what was added, over the addresses of both."""
    addresses: dict[str, list[str]] = {}
    rows = Address.objects.filter(contact_id__in=[contact.pk, merged_id])
    for channel, value in rows.values_list("channel", "value"):
        addresses.setdefault(channel, []).append(value)
    added: list[list[str | None]] = []
    for channel, values in addresses.items():
        known = _reasons(contact.workspace_id, channel, values)
        personal = [reason for reason in known.values() if reason in OF_THE_PERSON]
        if not personal:
            continue
        strongest = max(personal, key=_strength)
        weaker = [value for value in values if value not in known or _strength(known[value]) < _strength(strongest)]
        suppress_address(workspace=contact.workspace, addresses=weaker, reason=strongest, channel=channel)
        added += [[channel, value, strongest, known.get(value)] for value in weaker]
    return added


def _lift_what_was_added(contact: Contact, added: Sequence[Sequence[Any]], left_all: set[str]) -> None:
    """Take back what the merge suppressed, unless the person left everything since or the reason is another by now."""
    for channel, value, reason, before in added:
        mine = Suppression.objects.in_workspace(contact.workspace).filter(
            channel=channel, address_hash=address_hash(value), reason=reason
        )
        if channel in left_all:
            continue
        if before:
            mine.update(reason=before)
        else:
            mine.delete()


def _reasons(workspace_id: int, channel: str, values: Sequence[str]) -> dict[str, str]:
    digests = {address_hash(value): value for value in values}
    rows = Suppression.objects.filter(workspace_id=workspace_id, channel=channel, address_hash__in=list(digests))
    return {digests[bytes(digest)]: reason for digest, reason in rows.values_list("address_hash", "reason")}


def _strength(reason: str) -> int:
    return STRENGTH.index(Suppression.Reason(reason))


def _unite_preferences(cursor: Any, kept_id: int, merged_id: int) -> Any:
    """The longer break and the rarer mail; the rest as the kept contact chose, else as the other did."""
    before = _preference_row(cursor, kept_id)
    if before is None:
        cursor.execute(
            "UPDATE consent_contactpreference SET contact_id = %s WHERE contact_id = %s", [kept_id, merged_id]
        )
        if not cursor.rowcount:
            return None
        after = _preference_row(cursor, kept_id)
        return {"held": [after | {"contact_id": merged_id}] if after else [], "before": [], "after": after}
    cursor.execute(STRICTER_PREFERENCES, [kept_id, merged_id])
    if not cursor.rowcount:
        return None
    held = take_rows(cursor, ContactPreference, "m.contact_id = %s", [merged_id])
    return {"held": held, "before": [before], "after": _preference_row(cursor, kept_id)}


def _part_preferences(cursor: Any, kept_id: int, _merged_id: int, data: Any) -> None:
    """Each as before; what the kept contact has chosen since stays."""
    if _preference_row(cursor, kept_id) == data["after"]:
        take_rows(cursor, ContactPreference, "m.contact_id = %s", [kept_id])
        put_rows(cursor, ContactPreference, data["before"])
    put_rows(cursor, ContactPreference, data["held"])


def _preference_row(cursor: Any, contact_id: int) -> dict[str, Any] | None:
    row = ContactPreference.objects.filter(contact_id=contact_id).values().first()
    if row is None:
        return None
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _word(row: ConsentState) -> Word:
    return Word(row.state, row.basis, row.expires_at)


def _word_of(stored: Sequence[Any] | None) -> Word | None:
    return Word(stored[0], stored[1], _moment(stored[2])) if stored else None


def _stored(word: Word | None) -> list[Any] | None:
    return [word.state, word.basis, word.expires_at.isoformat() if word.expires_at else None] if word else None


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
