"""Leaving, as easily as joining (GDPR Art. 7(3)), and taking it back."""

import datetime as dt
import uuid

from django.db import transaction

from consent.evidence import Choice, LeavingReason, Proof, Source
from consent.models import ConsentRecord, ConsentState, Purpose, State, Suppression, Topic
from consent.services.ledger import record_choices, states_of
from consent.services.suppressions import suppress_address
from contacts.models import Channel, Contact
from core.clock import now
from core.limits import is_over_limit
from events.services import record

UNDO_WITHIN = dt.timedelta(days=1)
REASONS_A_DAY = 3
LEFT = frozenset({State.WITHDRAWN, State.DENIED})


@transaction.atomic
def withdraw_topic(
    *, contact: Contact, topic: Topic, proof: Proof, channel: str = Channel.EMAIL, message: uuid.UUID | None = None
) -> dt.datetime | None:
    """End one topic. Returns the instant, or None when it had ended before: pressing twice writes nothing."""
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    known = states_of(contact).get((channel, topic.pk, str(Purpose.MARKETING)))
    if known and known.state in LEFT:
        return None
    choice = Choice(State.WITHDRAWN, topic, Purpose.MARKETING, channel)
    return record_choices(contact=contact, choices=[choice], proof=proof, message=message)[0].at


@transaction.atomic
def withdraw_everything(
    *, contact: Contact, proof: Proof, channel: str = Channel.EMAIL, message: uuid.UUID | None = None
) -> dt.datetime | None:
    """End every topic on a channel, known today or added later, and suppress the person's addresses.

    The suppression protects them when they are deleted and imported again. Returns the instant, or None when
    all of it had been done before.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    known = {key: row for key, row in states_of(contact).items() if key[0] == channel and key[2] == Purpose.MARKETING}
    addresses = list(contact.addresses.filter(channel=channel).values_list("value", flat=True))
    suppress_address(
        workspace=contact.workspace, addresses=addresses, reason=Suppression.Reason.UNSUBSCRIBE, channel=channel
    )
    live = [row for key, row in known.items() if key[1] is not None and row.state not in LEFT]
    everything = known.get((channel, None, str(Purpose.MARKETING)))
    if everything and everything.state in LEFT and not live:
        return None
    topics = Topic.objects.in_bulk([row.topic_id for row in live])
    choices = [Choice(State.WITHDRAWN, None, Purpose.MARKETING, channel)]
    choices += [Choice(State.WITHDRAWN, topics[row.topic_id], Purpose.MARKETING, channel) for row in live]
    return record_choices(contact=contact, choices=choices, proof=proof, message=message)[0].at


def note_reason(*, contact: Contact, reason: str, message: uuid.UUID | None = None) -> None:
    """Record why somebody left, as event `consent.reason_given`, a few times a day at most.

    Raises ValueError for what is none of LeavingReason.
    """
    properties = {"reason": str(LeavingReason(reason))} | ({"message": str(message)} if message else {})
    if not is_over_limit("leaving-reason", str(contact.pk), limit=REASONS_A_DAY, seconds=24 * 3600):
        record(contact.workspace, "consent.reason_given", contact_id=contact.pk, properties=properties)


@transaction.atomic
def undo_withdrawal(*, contact: Contact, at: dt.datetime, proof: Proof) -> list[Topic]:
    """Take back what was withdrawn at the instant `at`, within a day; returns the topics that are on again.

    Only what had really been agreed to returns, on its old basis and for no longer than before; somebody who
    has chosen again since keeps the newer choice.
    """
    if now() - at > UNDO_WITHIN:
        return []
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    restored = []
    for state in ConsentState.objects.withdrawn_at(contact, at):
        earlier = ConsentRecord.objects.agreement_before(state, at)
        if earlier is None:
            continue
        old = Proof(
            source=Source.UNDO,
            basis=earlier.basis,
            detail=earlier.source,
            text=earlier.text,
            visitor=proof.visitor,
            expires_at=earlier.expires_at,
        )
        choice = Choice(State.GRANTED, state.topic, Purpose.MARKETING, state.channel)
        record_choices(contact=contact, choices=[choice], proof=old)
        restored.append(state.topic)
    return restored
