"""Words and colours for states and outcomes, the same on every page."""

import datetime as dt

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign

Status = Campaign.Status

STATES: dict[str, tuple[Promise, str]] = {
    Status.DRAFT: (_("Draft"), ""),
    Status.WAITING: (_("Waits for a yes"), "warn"),
    Status.SCHEDULED: (_("Scheduled"), "brand"),
    Status.SENDING: (_("Sending"), "brand"),
    Status.PAUSED: (_("Paused"), "warn"),
    Status.SENT: (_("Sent"), "ok"),
    Status.CANCELLED: (_("Stopped"), "bad"),
    Status.TEMPLATE: (_("Template"), ""),
}

OUTCOMES: dict[str, tuple[Promise, str]] = {
    "sent": (_("Sent"), "ok"),
    "skipped": (_("Skipped"), "warn"),
    "failed": (_("Failed"), "bad"),
    "unknown": (_("Unknown"), "plum"),
    "pending": (_("Waiting"), ""),
    "cancelled": (_("Stopped"), ""),
}

OUTCOME_NOTES: dict[str, Promise] = {
    "sent": _("Accepted by their mail server"),
    "skipped": _("Nobody was left out for a reason"),
    "failed": _("No message was refused"),
    "unknown": _("No clear reply, not sent twice"),
    "pending": _("Nothing has left for them yet"),
    "cancelled": _("Not sent, because it was stopped"),
}

OCCURRENCES: dict[str, tuple[Promise, str]] = {
    "planned": (_("Planned"), ""),
    "launched": (_("Sending"), "brand"),
    "skipped": (_("Passed over"), "warn"),
    "held": (_("Held back"), "bad"),
    "done": (_("Sent"), "ok"),
    "paused": (_("Paused"), "warn"),
    "cancelled": (_("Stopped"), "bad"),
}

HAPPENED: dict[str, Promise] = {
    "delivered": _("Delivered"),
    "opened": _("Opened"),
    "clicked": _("Clicked"),
    "bounced": _("Bounced"),
    "complained": _("Complained"),
    "unsubscribed": _("Unsubscribed"),
}

# What the list of recipients can be narrowed to (delivery.services.DID).
DEEDS: dict[str, Promise] = {
    "opened": _("Opened"),
    "clicked": _("Clicked"),
    "unmoved": _("Neither opened nor clicked"),
    "uncounted": _("May not be counted"),
    "unsubscribed": _("Unsubscribed"),
    "complained": _("Complained"),
    "bounced": _("Came back"),
}


def state_of(campaign: Campaign) -> tuple[Promise | str, str]:
    """The label and the tone of a campaign's badge; a draft that was held back asks for attention."""
    if campaign.status == Status.DRAFT and campaign.launch_problem:
        return gettext("Needs you"), "warn"
    if campaign.is_series and campaign.status == Status.SCHEDULED:
        return gettext("Repeats"), "plum"
    if campaign.kind == Campaign.Kind.EVERGREEN and campaign.status == Status.SENDING:
        return gettext("Running"), "brand"
    return STATES[campaign.status]


def short_day(moment: dt.datetime, now: dt.datetime) -> str:
    """A day in one or two short words, in the active zone: Today, Tomorrow, Thu 26, 3 Feb."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    days = (local.date() - today).days
    if days == 0:
        return gettext("Today")
    if days == 1:
        return gettext("Tomorrow")
    return formats.date_format(local, "D j" if 0 < days < 21 else "j M")
