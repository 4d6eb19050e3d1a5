"""Joining with double opt-in: asked on a page, confirmed from the mailbox, written down twice."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from consent.evidence import Choice, Proof, Source, Visitor
from consent.models import Basis, Confirmation, ConsentState, Purpose, SignupPage, State, Topic
from consent.services.choices import save_choices
from consent.services.ledger import record_choices, remember_text, states_of
from consent.services.page_versions import remember_page
from consent.wording import signup_text
from contacts.models import Channel, Contact
from contacts.services import ContactValues, find_or_create_by_email, mark_address
from core.clock import now
from core.crypto import address_hash
from core.limits import is_over_limit
from events.services import record

VALID_FOR = dt.timedelta(days=7)
# One mail and one reminder, the second only when the person asks again after a while.
MAILS = 2
BETWEEN_MAILS = dt.timedelta(minutes=2)
# All pages of an installation together: nobody's mailbox is filled by a stranger who types its address.
PER_ADDRESS, PER_SECONDS = 4, 24 * 3600
SETTLED = frozenset({State.PENDING, State.WITHDRAWN, State.DENIED})


@dataclass(frozen=True, slots=True)
class SignupAnswers:
    """What somebody typed on a sign-up page; `topics` and `tracking` are the boxes they ticked themselves.

    `days_between` is how often they want messages at most; None where they were not asked or did not choose.
    """

    email: str
    topics: list[Topic]
    first_name: str = ""
    tracking: bool = False
    days_between: int | None = None
    language: str = ""
    visitor: Visitor = field(default_factory=Visitor)


class ConfirmationExpired(Exception):
    """The seven days are over; the person can sign up again."""


def request_signup(*, page: SignupPage, answers: SignupAnswers) -> Confirmation | None:
    """Ask the owner of the mailbox to confirm, by the event `consent.requested`, for which delivery writes the mail.

    Whoever types an address learns nothing from the answer and changes nothing: a name is kept only for
    somebody new, agreements in force stay, and so does every withdrawal. Returns None when the address has been
    asked too often today, which the visitor is not told either. Raises contacts' InvalidContact.
    """
    digest = address_hash(answers.email.strip().lower()).hex()
    if is_over_limit("signup-address", digest, limit=PER_ADDRESS, seconds=PER_SECONDS):
        return None
    return _request(page, answers)


@transaction.atomic
def _request(page: SignupPage, answers: SignupAnswers) -> Confirmation:
    defaults = ContactValues(first_name=answers.first_name, language=answers.language)
    contact, _created = find_or_create_by_email(workspace=page.workspace, email=answers.email, defaults=defaults)
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    text = remember_text(
        workspace=page.workspace, body=signup_text(page, list(page.topics.by_name())), language=answers.language
    )
    version = remember_page(page)
    proof = Proof(Source.SIGNUP, detail=page.name, text=text, visitor=answers.visitor, page_version=version)
    _note_pending(contact, answers, proof)
    confirmation = Confirmation.objects.waiting(now()).filter(contact=contact, page=page).first()
    if confirmation is None:
        confirmation = Confirmation(workspace=page.workspace, contact=contact, page=page, expires_at=now() + VALID_FOR)
    confirmation.topics = [topic.pk for topic in answers.topics]
    confirmation.tracking, confirmation.text, confirmation.language = answers.tracking, text, answers.language
    confirmation.page_version, confirmation.days_between = version, answers.days_between
    ask_for_confirmation(confirmation, page.name)
    return confirmation


def ask_for_confirmation(confirmation: Confirmation, place: str) -> None:
    """Save it and have the mail sent, by the event `consent.requested`, unless it went out just now or twice before.

    `place` names where the person agreed. Runs in the caller's transaction.
    """
    is_due = confirmation.last_sent_at is None or now() - confirmation.last_sent_at > BETWEEN_MAILS
    if is_due and confirmation.sent_count < MAILS:
        confirmation.sent_count += 1
        confirmation.last_sent_at = now()
        record(
            confirmation.workspace,
            "consent.requested",
            contact_id=confirmation.contact_id,
            properties={"confirmation": str(confirmation.public_id), "page": place},
        )
    confirmation.save()


def _note_pending(contact: Contact, answers: SignupAnswers, proof: Proof) -> None:
    """Only where nothing is known, or what was known ran out: typing an address takes nothing from anybody."""
    known = states_of(contact)
    choices = [
        Choice(State.PENDING, topic)
        for topic in answers.topics
        if _is_open(known.get((Channel.EMAIL, topic.pk, str(Purpose.MARKETING))))
    ]
    if choices:
        record_choices(contact=contact, choices=choices, proof=proof)


def _is_open(state: ConsentState | None) -> bool:
    if state is None or state.state == State.EXPIRED:
        return True
    return state.state not in SETTLED and state.expires_at is not None and state.expires_at <= now()


@transaction.atomic
def confirm_signup(*, confirmation: Confirmation, visitor: Visitor) -> bool:
    """The owner of the mailbox pressed the button: their agreement counts from now.

    Returns False when it was pressed before, in which case nothing changes: an old mail cannot undo a later
    unsubscribing. Raises ConfirmationExpired, and Confirmation.DoesNotExist for somebody erased meanwhile.
    """
    row = Confirmation.objects.select_for_update(of=("self",)).select_related("contact", "page", "page_version", "text")
    confirmation = row.get(pk=confirmation.pk)
    if confirmation.confirmed_at:
        return False
    if confirmation.expires_at <= now():
        raise ConfirmationExpired(_("This link ran out after seven days."))
    choices = _confirmed(confirmation)
    proof = Proof(
        source=Source.SIGNUP,
        basis=Basis.EXPRESS,
        detail=confirmation.page.name if confirmation.page else "",
        text=confirmation.text,
        visitor=visitor,
        page_version=confirmation.page_version,
    )
    contact = confirmation.contact
    record_choices(contact=contact, choices=choices, proof=proof)
    if confirmation.days_between is not None:
        # Their word of today; whoever left the question alone keeps what they had chosen before.
        save_choices(contact=contact, values={"days_between": confirmation.days_between})
    if contact.email:
        # Their mailbox answered, which no check from afar can show as well.
        mark_address(
            workspace=contact.workspace,
            channel=confirmation.channel,
            value=contact.email,
            status="valid",
            reason="confirmed",
        )
    confirmation.confirmed_at = now()
    confirmation.save(update_fields=["confirmed_at"])
    return True


def _confirmed(confirmation: Confirmation) -> list[Choice]:
    topics = Topic.objects.in_workspace(confirmation.workspace_id).filter(pk__in=confirmation.topics)
    choices = [Choice(State.GRANTED, topic, channel=confirmation.channel) for topic in topics.by_name()]
    if not confirmation.topics and confirmation.page is None and not confirmation.tracking:
        choices = [Choice(State.GRANTED, None, channel=confirmation.channel)]  # a form that named no topic
    if confirmation.tracking:
        choices.append(Choice(State.GRANTED, None, Purpose.TRACKING, confirmation.channel))
    return choices
