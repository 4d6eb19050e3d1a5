"""How often, when and where somebody wants to hear from a workspace: what they choose beside topics."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from consent.models import ContactPreference
from contacts.models import Channel, Contact
from core.clock import UTC, now
from events.services import record

FIELDS = ("paused_until", "days_between", "quiet_from", "quiet_until", "preferred_channel")
MOST_DAYS = 365
LONGEST_BREAK = dt.timedelta(days=366)


class InvalidPreference(ValueError):
    """A value that cannot be kept; `fields` maps its name to sentences."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for sentences in fields.values() for sentence in sentences))
        self.fields = dict(fields)


def preference_of(contact: Contact) -> ContactPreference:
    """What the person chose; an unsaved row with nothing in it when they chose nothing."""
    found = ContactPreference.objects.filter(contact=contact).first()
    return found or ContactPreference(contact=contact, workspace_id=contact.workspace_id)


@transaction.atomic
def save_choices(*, contact: Contact, values: Mapping[str, Any], actor: User | None = None) -> bool:
    """Keep the given ones of FIELDS, leave the others; returns whether anything changed.

    A break that is over already is none. Told as `consent.preferences_changed`; a teammate's change is audited.
    Raises InvalidPreference, ValueError for an unknown name, and Contact.DoesNotExist for somebody erased meanwhile.
    """
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"unknown preferences {sorted(unknown)}")
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    row = preference_of(contact)
    before = {name: getattr(row, name) for name in FIELDS}
    for name, value in values.items():
        setattr(row, name, value)
    if row.paused_until is not None and row.paused_until <= now():
        row.paused_until = None
    _check(row)
    changed = [name for name in FIELDS if getattr(row, name) != before[name]]
    if not changed:
        return False
    row.save()
    by = {"by": str(actor)} if actor else {}
    record(
        contact.workspace,
        "consent.preferences_changed",
        contact_id=contact.pk,
        properties={"contact": str(contact.public_id), "changed": changed} | by,
    )
    if actor is not None:
        record_audit(
            workspace=contact.workspace,
            actor=actor,
            action="preferences.changed",
            target=str(contact.public_id),
            detail={"changed": changed},
        )
    return True


def quiet_pair(start: dt.time | None, end: dt.time | None) -> tuple[dt.time, dt.time] | None:
    """Whole quiet hours, or None. Raises InvalidPreference for half of them and for a day without an end."""
    if start is None and end is None:
        return None
    if start is None or end is None:
        missing = "quiet_from" if start is None else "quiet_until"
        raise InvalidPreference({missing: [_("Quiet hours need a beginning and an end, or neither.")]})
    if start == end:
        raise InvalidPreference(
            {"quiet_until": [_("These hours would never end. Take a break instead, or unsubscribe.")]}
        )
    return start, end


def break_until(moment: dt.datetime) -> dt.datetime:
    """The instant in UTC. Raises InvalidPreference for one that is past or more than a year away."""
    if moment <= now():
        raise InvalidPreference({"paused_until": [_("Choose a day that is still to come.")]})
    if moment > now() + LONGEST_BREAK:
        raise InvalidPreference({"paused_until": [_("A break lasts a year at most. For longer, unsubscribe.")]})
    return moment.astimezone(UTC)


def _check(row: ContactPreference) -> None:
    quiet_pair(row.quiet_from, row.quiet_until)
    if row.paused_until is not None:
        break_until(row.paused_until)
    if row.days_between is not None and not 1 <= row.days_between <= MOST_DAYS:
        raise InvalidPreference({"days_between": [_("Choose between 1 and 365 days.")]})
    if row.preferred_channel and row.preferred_channel not in Channel.values:
        raise InvalidPreference({"preferred_channel": [_("There is no such channel.")]})
