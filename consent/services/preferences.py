"""What somebody chose on their own preference page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, ConsentSettings, ConsentState, Purpose, State, Topic
from consent.other_channels import OtherChoice
from consent.readers import base_language
from consent.services.choices import save_choices
from consent.services.ledger import Key, record_choices, remember_text, states_of
from consent.wording import other_line, preferences_text
from contacts.models import Channel, Contact
from contacts.services import ContactValues, update_contact
from core.clock import now


@dataclass(frozen=True, slots=True)
class PreferenceAnswers:
    """The page as it was sent: which topics it showed, which were on, and the rest of the form.

    `profiling` is None where the workspace does not use it; `choices` are those of services.choices that were shown;
    `others` are the shown choices about other channels, each with whether it was on.
    """

    shown: list[Topic]
    wanted: set[int]
    tracking: bool
    language: str = ""
    time_zone: str = ""
    profiling: bool | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[tuple[OtherChoice, bool]] = ()
    visitor: Visitor = field(default_factory=Visitor)


def may_track(contact: Contact, state: ConsentState | None) -> bool:
    """What the switch about opens and clicks shows: the person's word, else the workspace's rule."""
    if state is None or state.state not in {State.GRANTED, State.WITHDRAWN, State.DENIED}:
        return not asks_before_counting(contact.workspace_id)
    return state.state == State.GRANTED


def asks_before_counting(workspace_id: int) -> bool:
    """True where opens and clicks are counted only of people who agreed: the rule until somebody changes it."""
    rule = ConsentSettings.objects.filter(workspace_id=workspace_id).first()
    return rule is None or rule.tracking_needs_consent


def is_on(state: ConsentState | None) -> bool:
    """True for an agreement in force."""
    if state is None or state.state != State.GRANTED:
        return False
    return state.expires_at is None or state.expires_at > now()


@transaction.atomic
def save_preferences(*, contact: Contact, answers: PreferenceAnswers) -> bool:
    """Write down what changed, and only that; returns whether anything did.

    A topic the page did not show is left alone, whatever happened to it since. Raises InvalidPreference, and
    Contact.DoesNotExist for somebody erased meanwhile.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    has_changed = save_choices(contact=contact, values=answers.choices)
    details: dict[str, Any] = {}
    if answers.language in dict(settings.LANGUAGES) and answers.language != base_language(contact.language):
        details["language"] = answers.language
    if answers.time_zone and answers.time_zone != contact.time_zone:
        details["time_zone"] = answers.time_zone
    if details:
        contact = update_contact(contact=contact, values=ContactValues(**details))
    choices = _changed(contact, answers)
    if choices:
        text = remember_text(
            workspace=contact.workspace,
            body=preferences_text(
                contact.workspace,
                answers.shown,
                profiling=answers.profiling is not None,
                others=[other_line(one.name, one.channel_name) for one, _is_wanted in answers.others],
            ),
            language=contact.language,
        )
        proof = Proof(Source.PREFERENCES, basis=Basis.EXPRESS, text=text, visitor=answers.visitor)
        record_choices(contact=contact, choices=choices, proof=proof)
    return bool(choices or details) or has_changed


def _changed(contact: Contact, answers: PreferenceAnswers) -> list[Choice]:
    known = states_of(contact)
    choices = []
    for topic in answers.shown:
        state = known.get((Channel.EMAIL, topic.pk, str(Purpose.MARKETING)))
        wanted = topic.pk in answers.wanted
        if wanted and not is_on(state):
            choices.append(Choice(State.GRANTED, topic))
        elif not wanted and is_on(state):
            choices.append(Choice(State.WITHDRAWN, topic))
    for other, is_wanted in answers.others:
        if is_wanted != other.is_on:
            new = State.GRANTED if is_wanted else State.WITHDRAWN
            choices.append(Choice(new, other.topic, channel=other.channel))
    tracking = known.get((Channel.EMAIL, None, str(Purpose.TRACKING)))
    if answers.tracking != may_track(contact, tracking):
        new = State.GRANTED if answers.tracking else State.WITHDRAWN
        choices.append(Choice(new, None, Purpose.TRACKING))
    profiling = is_on(known.get((Channel.EMAIL, None, str(Purpose.PROFILING))))
    if answers.profiling is not None and answers.profiling != profiling:
        choices.append(Choice(State.GRANTED if answers.profiling else State.WITHDRAWN, None, Purpose.PROFILING))
    return choices


def topics_on(contact: Contact, states: Mapping[Key, ConsentState]) -> list[Topic]:
    """What the person gets by e-mail now, by name."""
    left = states.get((Channel.EMAIL, None, str(Purpose.MARKETING)))
    if left is not None and left.state in {State.WITHDRAWN, State.DENIED}:
        return []
    ids = [
        key[1] for key, row in states.items() if key[0] == Channel.EMAIL and key[2] == Purpose.MARKETING and is_on(row)
    ]
    return list(Topic.objects.in_workspace(contact.workspace_id).filter(pk__in=[one for one in ids if one]).by_name())
