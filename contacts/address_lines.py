"""Addresses as pages tell them: what each is, how it stands, what stands out, and how it came to that. No writes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import User
from contacts.addresses import readable_phone
from contacts.models import Address, AddressState, Channel, Contact
from contacts.validity.typos import suggest_email
from contacts.wording import FLAG_LABELS, STATUS_REASONS

STATUS_TONES = {"valid": "ok", "risky": "warn", "invalid": "bad", "dead": "bad"}
_ICONS = {
    Channel.EMAIL: "mail",
    Channel.SMS: "smartphone",
    Channel.VOICE: "phone",
    Channel.PUSH: "bell",
}
_PHONES = frozenset({Channel.SMS, Channel.VOICE, Channel.WHATSAPP, Channel.VIBER})
# A page shows this many changes of all of a person's addresses together; the page of one address shows its own.
MOST_CHANGES = 60


@dataclass(frozen=True)
class Change:
    """One line of a history."""

    label: str
    tone: str
    reason: str
    source: str
    by: str
    at: dt.datetime


@dataclass
class Line:
    """One address."""

    row: Address
    icon: str
    value: str
    tone: str
    reason: str
    flags: list[str]
    suggestion: str
    history: list[Change] = field(default_factory=list)


def lines_of(contact: Contact) -> list[Line]:
    """Every address of a contact with what is known of it, in two or three queries however many there are."""
    lines = [line_of(row) for row in Address.objects.of_contact(contact)]
    states = AddressState.objects.filter(address__in=[line.row.pk for line in lines]).order_by("-at", "-id")
    histories = _histories(list(states[:MOST_CHANGES]))
    for line in lines:
        line.history = histories.get(line.row.pk, [])
    return lines


def history_of(address: Address, limit: int = 200) -> list[Change]:
    """What one address went through, the newest first."""
    return _histories(list(AddressState.objects.of_address(address)[:limit])).get(address.pk, [])


def line_of(row: Address) -> Line:
    """One address without its history."""
    flags = row.flags or []
    return Line(
        row=row,
        icon=_ICONS.get(Channel(row.channel), "message-square"),
        value=readable_phone(row.value) if row.channel in _PHONES else row.value,
        tone=STATUS_TONES.get(row.status, ""),
        reason=str(STATUS_REASONS.get(row.status_reason, row.status_reason)),
        flags=[str(FLAG_LABELS[flag]) for flag in flags if flag in FLAG_LABELS],
        suggestion=suggest_email(row.value) if "typo" in flags else "",
    )


def _histories(states: Sequence[AddressState]) -> dict[int, list[Change]]:
    ids = {state.actor_id for state in states if state.actor_id}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}
    found: dict[int, list[Change]] = defaultdict(list)
    for state in states:
        found[state.address_id].append(
            Change(
                label=state.get_status_display(),
                tone=STATUS_TONES.get(state.status, ""),
                reason=str(STATUS_REASONS.get(state.reason, state.reason)),
                source=state.get_source_display(),
                by=names.get(state.actor_id or 0, ""),
                at=state.at,
            )
        )
    return found
