"""Towns of people who agreed to everything, and something to send to them."""

import datetime as dt
import hashlib
import itertools
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import Workspace
from channels.models import Sender
from consent.models import ConsentState, Topic
from contacts.models import Address, Contact
from content.models import ContentVersion
from core.clock import now
from delivery.models import Dispatch
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch

AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s"
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
    _settle_people(workspace, topic, domain, size)
    return Town(workspace, topic, sender, version, domain, size)


def _settle_people(workspace: Workspace, topic: Topic, domain: str, size: int) -> None:
    """The first person is made the usual way; the others are copies of all her rows, made by the database."""
    first = Contact.objects.create(workspace=workspace, email=f"p1@{domain}", first_name="Pat")
    address = Address.objects.create(workspace=workspace, contact=first, channel="email", value=first.email)
    state = ConsentState.objects.create(
        workspace=workspace, contact=first, channel="email", topic=topic, purpose="marketing", state="granted",
        basis="express", changed_at=now(),
    )  # fmt: skip
    others = "generate_series(2, %s) AS n"
    _copy(first, others, [size], email=f"'p' || n || '@{domain}'", bucket_seed="n")
    theirs = "contacts_contact AS other WHERE other.workspace_id = %s AND other.id <> %s AND"
    _copy(address, theirs, [workspace.pk, first.pk], contact_id="other.id", value="other.email")
    _copy(state, theirs, [workspace.pk, first.pk], contact_id="other.id")


def _copy(row: Model, source: str, params: list[int], **changed: str) -> None:
    """Copy a row once for each of the source, with a new id and with the columns named in `changed` (SQL)."""
    table = row._meta.db_table
    fields = [field for field in row._meta.concrete_fields if not (field.primary_key or field.generated)]
    columns = [field.column or field.attname for field in fields]
    changed |= {"public_id": "rapport_uuid7()"} if "public_id" in columns else {}
    values = [changed.get(column, f"first.{column}") for column in columns]
    where = source if source.endswith("AND") else f"{source} WHERE"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table} AS first, {where} first.id = %s",
            [*params, row.pk],
        )
