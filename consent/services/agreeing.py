"""What somebody agreed to in a form: written down, or asked again by mail where a form alone does not say enough."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from consent.evidence import Choice, Proof
from consent.models import Confirmation, ConsentState, Purpose, State, Suppression, Topic
from consent.services.ledger import Key, record_choices, states_of
from consent.services.signup import PER_ADDRESS, PER_SECONDS, VALID_FOR, ask_for_confirmation
from contacts.models import Channel, Contact, Tombstone
from core.clock import now
from core.crypto import address_hash
from core.limits import is_over_limit

REFUSED = frozenset({State.WITHDRAWN, State.DENIED})
MAILED = frozenset({Purpose.MARKETING, Purpose.TRACKING})


@transaction.atomic
def take_agreements(*, contact: Contact, choices: Sequence[Choice], proof: Proof, must_confirm: bool = False) -> None:
    """Write down what a person agreed to in a form.

    Anybody can type an address, so where its owner said no before, left, was erased, or the form asks for it
    (`must_confirm`), the owner is asked by mail and nothing counts until the button in it is pressed. Where there is
    no such mail (other channels), a form cannot take back a no, and waits for ever where it must be confirmed.
    """
    known = states_of(contact)
    direct = [choice for choice in choices if not (must_confirm or _is_refused(contact, choice, known))]
    if direct:
        record_choices(contact=contact, choices=direct, proof=proof)
    waiting = [choice for choice in choices if choice not in direct]
    pending = [replace(choice, state=State.PENDING) for choice in waiting if known.get(_key(choice)) is None]
    if pending:
        record_choices(contact=contact, choices=pending, proof=proof)
    mailed = [choice for choice in waiting if choice.channel == Channel.EMAIL and choice.purpose in MAILED]
    if mailed and contact.email:
        _ask(contact, mailed, proof)


def _ask(contact: Contact, choices: Sequence[Choice], proof: Proof) -> None:
    digest = address_hash(contact.email).hex()
    if is_over_limit("signup-address", digest, limit=PER_ADDRESS, seconds=PER_SECONDS):
        return
    row = Confirmation.objects.waiting(now()).filter(contact=contact, page=None).first()
    if row is None:
        row = Confirmation(workspace=contact.workspace, contact=contact, expires_at=now() + VALID_FOR)
    topics = {choice.topic.pk for choice in choices if choice.topic}
    row.topics = sorted(topics.union(row.topics))
    row.tracking = row.tracking or any(choice.purpose == Purpose.TRACKING for choice in choices)
    row.text = proof.text
    row.language = proof.text.language if proof.text else contact.language
    ask_for_confirmation(row, proof.detail)


def _is_refused(contact: Contact, choice: Choice, known: dict[Key, ConsentState]) -> bool:
    """Whether the owner of the address said no to this, or to everything."""
    keys = (_key(choice), (choice.channel, None, str(choice.purpose)))
    if any(key in known and known[key].state in REFUSED for key in keys):
        return True
    address = contact.email if choice.channel == Channel.EMAIL else contact.phone
    if not address:
        return False
    digest = address_hash(address)
    mine = {"workspace_id": contact.workspace_id, "channel": choice.channel, "address_hash": digest}
    return Suppression.objects.filter(**mine).exists() or Tombstone.objects.filter(**mine).exists()


def _key(choice: Choice) -> Key:
    return (choice.channel, choice.topic.pk if choice.topic else None, str(choice.purpose))


def topics_by_key(workspace_id: int, keys: Sequence[str]) -> dict[str, Topic]:
    """The workspace's topics with these keys."""
    return {topic.key: topic for topic in Topic.objects.filter(workspace_id=workspace_id, key__in=keys)} if keys else {}
