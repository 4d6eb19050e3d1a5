"""Keeping what the SMTP server takes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from catcher.models import CaughtMessage
from catcher.reading import storable, summarise
from core.ids import uuid7

KEPT_MESSAGES = 20_000


@dataclass(frozen=True)
class Arrival:
    """One transaction: envelope and bytes. Its id makes storing it twice the same as storing it once."""

    sender: str
    recipients: tuple[str, ...]
    source: bytes
    public_id: uuid.UUID = field(default_factory=uuid7)


@transaction.atomic
def store_arrivals(*, arrivals: Sequence[Arrival]) -> None:
    """Keep the mail of one moment in one transaction; when this returns it is on disk. May be repeated."""
    rows = []
    for arrival in arrivals:
        summary = summarise(arrival.source)
        rows.append(
            CaughtMessage(
                public_id=arrival.public_id,
                sender=storable(arrival.sender)[:320],
                recipients=[storable(recipient)[:320] for recipient in arrival.recipients],
                from_header=summary.from_header,
                to_header=summary.to_header,
                subject=summary.subject,
                excerpt=summary.excerpt,
                size=len(arrival.source),
                source=arrival.source,
            )
        )
    CaughtMessage.objects.bulk_create(rows, ignore_conflicts=True)


def prune(*, keep: int = KEPT_MESSAGES) -> int:
    """Forget all but the newest `keep`; returns how many went."""
    oldest = CaughtMessage.objects.order_by("-id").values_list("id", flat=True)[keep : keep + 1].first()
    return CaughtMessage.objects.filter(id__lte=oldest).delete()[0] if oldest else 0


def clear() -> int:
    """Forget everything; returns how many went."""
    return CaughtMessage.objects.all().delete()[0]
