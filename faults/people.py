"""Towns of people who agreed to everything, and something to send to them."""

import datetime as dt
import hashlib
import itertools
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Workspace
from channels.models import Sender
from consent.models import ConsentState, Topic
from contacts.models import Address, Contact
from content.models import ContentVersion
from core.clock import now
from delivery.models import Dispatch
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch

AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s"
BATCH = 2000
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Town:
    """A workspace whose people all have addresses at `domain`."""

    workspace: Workspace
    topic: Topic
    sender: Sender
    version: ContentVersion
    domain: str
    size: int

    @transaction.atomic
    def launch(self, occurrence: dt.datetime | None = None) -> Dispatch:
        """Freeze everybody into a dispatch that is due now."""
        moment = now()
        dispatch, _is_new = open_dispatch(
            workspace=self.workspace,
            source=("faults", self.workspace.pk),
            occurrence=occurrence or moment,
            name=self.domain,
        )
        freeze_audience(
            dispatch=dispatch,
            audience=Audience(AUDIENCE, [self.workspace.pk], self.topic),
            plan=Plan(due_at=moment, arms=[Arm(self.sender, self.version)]),
        )
        return dispatch


def found_town(row: str, size: int, *, smtp_url: str = "", time_zone: str = "UTC") -> Town:
    """A new workspace with `size` people, a verified sender (through `smtp_url` when given) and a pinned message."""
    number = next(_numbers)
    domain = f"{row}-{number}.example"
    workspace = Workspace.objects.create(
        name=domain, slug=f"{row}-{number}", time_zone=time_zone, postal_address="1 Pier"
    )
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    sender = Sender.objects.create(
        workspace=workspace, name="Aroha", email=f"aroha@{domain}", smtp_url=smtp_url, verified_at=now()
    )
    version = ContentVersion.objects.create(
        workspace=workspace,
        sha256=hashlib.sha256(domain.encode()).digest(),
        subject="{{ contact.first_name | default: 'You' }}, the lake is warm",
        html="<html><body><p>Kia ora {{ contact.first_name }}</p><a href='{{ links[0] }}'>See it</a>"
        "{{ pixel }}</body></html>",
        text="Kia ora {{ contact.first_name }}\n{{ links[0] }}\n{{ unsubscribe_url }}\n",
        links=["https://kea.example/lake"],
    )
    for start in range(0, size, BATCH):
        _settle_people(workspace, topic, [f"p{n}@{domain}" for n in range(start, min(start + BATCH, size))])
    return Town(workspace, topic, sender, version, domain, size)


def _settle_people(workspace: Workspace, topic: Topic, addresses: list[str]) -> None:
    people = Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=address, first_name="Pat") for address in addresses]
    )
    Address.objects.bulk_create(
        [Address(workspace=workspace, contact=one, channel="email", value=one.email) for one in people]
    )
    ConsentState.objects.bulk_create(
        [
            ConsentState(
                workspace=workspace,
                contact=one,
                channel="email",
                topic=topic,
                purpose="marketing",
                state="granted",
                basis="express",
                changed_at=now(),
            )
            for one in people
        ]
    )
