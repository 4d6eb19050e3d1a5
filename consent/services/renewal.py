"""Asking people again before (or after) their implied consent ran out, and writing down their yes."""

from django.db import transaction

from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, ConsentState, Purpose, State, Topic
from consent.services.ledger import record_choices, remember_text, states_of
from consent.wording import renewal_text
from contacts.models import Channel, Contact


def lapsing_topics(contact: Contact) -> list[Topic]:
    """The topics by e-mail that will end for the person, or have, without their doing; by name.

    None for somebody who left everything: nobody is asked again who said no.
    """
    states = states_of(contact)
    everything = states.get((Channel.EMAIL, None, str(Purpose.MARKETING)))
    if everything and everything.state in {State.WITHDRAWN, State.DENIED}:
        return []
    ids = [key[1] for key, row in states.items() if key[0] == Channel.EMAIL and _lapses(row)]
    return list(Topic.objects.in_workspace(contact.workspace_id).filter(pk__in=[one for one in ids if one]).by_name())


@transaction.atomic
def renew_consent(*, contact: Contact, topics: list[Topic], visitor: Visitor, language: str = "") -> list[Topic]:
    """Write down that the person agreed to go on with these topics; those that still lapse and were renewed.

    What they left or chose meanwhile stays as they said. Pressing again changes nothing. Raises
    Contact.DoesNotExist for somebody erased meanwhile.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    shown = {topic.pk for topic in topics}
    renewed = [topic for topic in lapsing_topics(contact) if topic.pk in shown]
    if renewed:
        text = remember_text(
            workspace=contact.workspace, body=renewal_text(contact.workspace, renewed), language=language
        )
        proof = Proof(Source.RENEWAL, basis=Basis.EXPRESS, text=text, visitor=visitor)
        record_choices(contact=contact, choices=[Choice(State.GRANTED, topic) for topic in renewed], proof=proof)
    return renewed


def _lapses(state: ConsentState) -> bool:
    if state.purpose != Purpose.MARKETING or state.topic_id is None:
        return False
    return state.state == State.EXPIRED or (state.state == State.GRANTED and state.expires_at is not None)
