"""What somebody ticked, as rows of the consent ledger with the very words and their version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, Purpose, State, Topic
from consent.services import remember_text
from consent.services.agreeing import take_agreements, topics_by_key
from contacts.models import Channel, Contact
from flows.effects import Effect, Occasion
from flows.engine.locales import chosen_text
from flows.engine.values import nfc

# A form on a web page speaks for the person who fills it in, so what the ledger keeps is their word.
CHANNELS = frozenset(Channel.values)
PURPOSES = frozenset(Purpose.values)


def write_agreements(occasion: Occasion, contact: Contact, effects: Sequence[Effect]) -> None:
    """Write down the effects `consent` and `subscribe`, in their order.

    A purpose that is none of ours, such as terms of a contest, stays with the answers: the ledger is about messages,
    counting and suggestions. A topic that is gone is left out.
    """
    workspace_id = contact.workspace_id
    consents = [effect for effect in effects if effect["type"] == "consent"]
    asked = [effect for effect in effects if effect["type"] == "subscribe"]
    keys = {key for one in consents for key in one["topics"]} | {one["topic"] for one in asked if one["topic"]}
    topics = topics_by_key(workspace_id, sorted(keys))
    for consent in consents:
        choices = [*_choices(consent, topics), *_subscribed(consent, asked, topics)]
        if choices:
            proof = _proof(occasion, contact, consent)
            unique = list({(one.channel, one.topic, one.purpose): one for one in choices}.values())
            take_agreements(contact=contact, choices=unique, proof=proof, must_confirm=bool(consent["double_opt_in"]))


def _choices(consent: Effect, topics: Mapping[str, Topic]) -> Iterator[Choice]:
    if consent["purpose"] not in PURPOSES:
        return
    purpose = Purpose(consent["purpose"])
    named = [topics[key] for key in consent["topics"] if key in topics]
    is_open = not consent["topics"] or purpose != Purpose.MARKETING
    for channel in [one for one in consent["channels"] or ["email"] if one in CHANNELS]:
        for topic in [None] if is_open else named:
            yield Choice(State.GRANTED, topic, purpose, channel)


def _subscribed(consent: Effect, asked: list[Effect], topics: Mapping[str, Topic]) -> Iterator[Choice]:
    """What rules subscribe to in the name of this consent; the engine has seen to it that one names the channel."""
    if consent["purpose"] != Purpose.MARKETING:
        return
    for effect in asked:
        fits = not consent["topics"] or effect["topic"] in consent["topics"]
        if effect["channel"] in consent["channels"] and effect["topic"] in topics and fits:
            yield Choice(State.GRANTED, topics[effect["topic"]], Purpose.MARKETING, effect["channel"])


def _proof(occasion: Occasion, contact: Contact, consent: Effect) -> Proof:
    flow = occasion.session.flow
    text = remember_text(
        workspace=flow.workspace, body=words_shown(occasion, consent["block"]), language=occasion.state.locale
    )
    return Proof(
        source=Source.FLOW,
        basis=Basis.EXPRESS,
        detail=f"{flow.name} · {consent['legal_version']}",
        text=text,
        visitor=Visitor.seen(occasion.ip, occasion.user_agent),
    )


def words_shown(occasion: Occasion, key: str) -> str:
    """The words of a consent block as they stood on the page, in the visitor's language."""
    compiled, state = occasion.compiled, occasion.state
    step = compiled.step_of_block[key]
    blocks: list[Mapping[str, Any]] = list(step.blocks(state.variants.get(step.key)))
    block = next(one for one in blocks if one.get("key") == key)
    return nfc(chosen_text(block.get("legal_text") or block.get("label") or "", state.locale, compiled.default_locale))
