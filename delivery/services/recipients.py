"""Everybody a dispatch was meant for, narrowed the ways its page and the API do."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from accounts.models import Workspace
from contacts.list_filters import ContactFilter
from contacts.listing import audience_of
from delivery.models import Dispatch, Message, MessageFact

Action = MessageFact.Action
UNMOVED = "unmoved"
UNCOUNTED = "uncounted"
DID = (
    Action.OPENED,
    Action.CLICKED,
    UNMOVED,
    UNCOUNTED,
    Action.UNSUBSCRIBED,
    Action.COMPLAINED,
    Action.BOUNCED,
)
REACTIONS = (Action.OPENED, Action.CLICKED)


@dataclass(frozen=True, slots=True)
class RecipientFilter:
    """Which of them; empty fields ask for nothing. `search` are words of a name or an address.

    `did` is one of DID: what a person did with the message, or UNMOVED for those who agreed to be counted and did
    neither open it nor click, or UNCOUNTED for those who got it and did not agree, so that nobody knows. Machines do
    nothing.
    """

    outcome: str = ""
    reason: str = ""
    variant: int | None = None
    search: str = ""
    did: str = ""


def recipients_of(dispatch: Dispatch, wanted: RecipientFilter) -> Any:
    """The dispatch's messages with their contacts, newest first, as a queryset."""
    messages = Message.objects.filter(dispatch=dispatch).select_related("contact").order_by("-id")
    messages = messages.filter(_outcome(wanted))
    if wanted.variant is not None:
        messages = messages.filter(variant=wanted.variant)
    if wanted.did:
        messages = messages.filter(_did(dispatch, wanted.did))
    if wanted.search:
        messages = messages.filter(contact_id__in=_found(dispatch.workspace, wanted.search))
    return messages


def _outcome(wanted: RecipientFilter) -> Q:
    outcome = Q()
    if wanted.outcome == "pending":
        outcome = Q(status__in=Message.OPEN)
    elif wanted.outcome:
        outcome = Q(status=wanted.outcome)
    return outcome & Q(reason=wanted.reason) if wanted.reason else outcome


def _did(dispatch: Dispatch, did: str) -> Q:
    """By the index of the dispatch's facts, which are far fewer than its messages."""
    facts = MessageFact.objects.filter(dispatch=dispatch)
    moved = facts.filter(verdict=MessageFact.Verdict.HUMAN)
    if did == UNCOUNTED:
        return Q(status=Message.Status.SENT, is_tracked=False)
    if did == UNMOVED:
        reacted = moved.filter(action__in=REACTIONS, message=OuterRef("pk"))
        return Q(status=Message.Status.SENT, is_tracked=True) & ~Q(Exists(reacted))
    return Q(pk__in=(moved if did in REACTIONS else facts).filter(action=did).values("message_id"))


def _found(workspace: Workspace, search: str) -> RawSQL:
    """The list of contacts knows how to find people, by the index of words."""
    audience = audience_of(workspace, ContactFilter.from_query({"q": search}))
    return RawSQL(audience.sql, audience.params)  # noqa: S611 - written by code, values bound
