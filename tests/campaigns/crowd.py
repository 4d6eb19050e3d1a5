"""Many people at once, and what they do with a message, written directly."""

import datetime as dt
import random
from typing import Any

from django.utils import timezone

from accounts.models import Workspace
from campaigns.models import Campaign
from consent.models import ConsentState, Topic
from contacts.models import Address, Contact
from delivery.models import Message, MessageFact
from events.models import Event, EventKind


def make_crowd(workspace: Workspace, topic: Topic, count: int) -> list[Contact]:
    """So many people who agreed to the topic, each with a bucket of their own; the same ones in every run."""
    # Multiples of one number would all stand in a row for some salts.
    seeds = random.Random(7)
    people = Contact.objects.bulk_create(
        Contact(workspace=workspace, email=f"crowd{n}@lake.example", bucket_seed=seeds.randrange(2**31 - 1))
        for n in range(count)
    )
    Address.objects.bulk_create(
        Address(workspace=workspace, contact=p, channel="email", value=p.email, domain="lake.example") for p in people
    )
    moment = timezone.now()
    ConsentState.objects.bulk_create(
        ConsentState(
            workspace=workspace, contact=person, channel="email", topic=topic, purpose="marketing", state="granted",
            basis="express", changed_at=moment,
        )
        for person in people
    )  # fmt: skip
    return people


def let_all_be_sent(campaign: Campaign, *, ago: dt.timedelta = dt.timedelta(hours=1)) -> None:
    """As if every waiting message of the campaign had been accepted, by servers of people who agreed to be counted."""
    campaign.refresh_from_db()
    Message.objects.filter(dispatch=campaign.dispatch, status="pending").update(
        status="sent", is_tracked=True, settled_at=timezone.now() - ago
    )


def let_react(campaign: Campaign, variant: int, count: int, *, action: str = "clicked", verdict: str = "human") -> None:
    """So many people of a version open or click."""
    messages = list(Message.objects.filter(dispatch=campaign.dispatch, variant=variant, status="sent")[:count])
    assert len(messages) == count
    moment = timezone.now()
    MessageFact.objects.bulk_create(
        MessageFact(
            workspace_id=message.workspace_id, message=message, dispatch=campaign.dispatch,
            contact_id=message.contact_id, action=action, verdict=verdict, link=0, at=moment, last_at=moment,
        )
        for message in messages
    )  # fmt: skip


def let_buy(messages: Any, kind: str, *, amount: float | None = None, at: dt.datetime | None = None) -> None:
    """Each of these people does something, perhaps for money."""
    messages = list(messages)
    if messages:
        EventKind.objects.get_or_create(workspace_id=messages[0].workspace_id, name=kind)
    Event.objects.bulk_create(
        Event(
            workspace_id=message.workspace_id, kind=kind, contact_id=message.contact_id, at=at or timezone.now(),
            amount=round(amount * 10_000) if amount is not None else None, currency="EUR" if amount else None,
        )
        for message in messages
    )  # fmt: skip
