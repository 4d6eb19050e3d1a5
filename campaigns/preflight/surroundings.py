"""Everything around the message: who sends it, when, the postal address, the workers, and other campaigns."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from campaigns.approval import is_needed, possible_approvers, standing_approval
from campaigns.footer import profiles_asking_for_address, shows_postal_address
from campaigns.models import Campaign
from campaigns.preflight.base import Check, step_url, template_url, url_or_empty
from campaigns.rules import rules_of
from channels.domain_wording import problem_words
from channels.services import domain_standing
from consent.rules_wording import profile_name
from content.compiler import CompiledContent
from core.clock import UTC, now, zone_or_none
from core.formatting import listed
from core.services import workers_are_down
from segments.language.problems import RuleError

# Who sends so many a day to Gmail is a bulk sender there and has to meet its rules for them.
BULK_FROM = 5_000


def look_at_sender(campaign: Campaign) -> Check:
    """Whether its address is verified."""
    if campaign.sender is None:
        url = step_url("message", campaign)
        text = gettext("People see at once who writes to them.")
        return Check("no_sender", "block", gettext("No sender is chosen"), text, url, gettext("Choose a sender"))
    if not campaign.sender.is_active:
        url = step_url("message", campaign)
        text = gettext("Nothing is sent from %(email)s any more.") % {"email": campaign.sender.email}
        title = gettext("The sender was removed")
        return Check("sender_removed", "block", title, text, url, gettext("Choose a sender"))
    if not campaign.sender.is_verified:
        url = url_or_empty("channels:senders", campaign.workspace.slug)
        text = gettext("Somebody who reads mail at %(email)s must confirm it first.") % {"email": campaign.sender.email}
        title = gettext("The sender’s address is not verified")
        return Check("sender_unverified", "block", title, text, url, gettext("Verify the address"))
    return Check("sender", "ok", gettext("Sender"))


def look_at_domain(campaign: Campaign, people: int) -> Check | None:
    """Whether receiving servers can see that the sender's domain is really the sender (SPF, DKIM and DMARC, RFC 9989).

    DMARC passes when one of the two others vouches for the visible domain, so only what a receiver would really miss
    is said to be missing.

    Nothing is said of a domain nobody set up, as long as no more people are meant than Gmail lets pass for one who
    does not send in bulk.
    """
    if campaign.sender is None:
        return None
    standing = domain_standing(campaign.sender)
    url = url_or_empty("channels:senders", campaign.workspace.slug)
    if standing.sending_domain is not None:
        url = url_or_empty("domains:domain", campaign.workspace.slug, standing.sending_domain.public_id)
    if standing.mail_problem:
        title = gettext("Nobody can answer to %(domain)s") % {"domain": standing.domain}
        return Check("domain", "warn", title, problem_words(standing.mail_problem), url, gettext("See what is missing"))
    if standing.is_ready:
        return Check("domain", "ok", gettext("Sender’s domain"))
    if standing.checked_at is None:
        if people < BULK_FROM:
            return None
        title = gettext("Nobody has looked whether %(domain)s vouches for your messages") % {"domain": standing.domain}
        text = gettext("Gmail, Yahoo and Outlook ask for SPF, DKIM and DMARC of whoever writes to thousands a day.")
        return Check("domain_unknown", "warn", title, text, url, gettext("Set up the domain"))
    missing = standing.lacking
    title = gettext("%(domain)s does not fully vouch for your messages") % {"domain": standing.domain}
    if missing:
        text = gettext("Not right yet: %(names)s. Until it is, more messages end up as spam.") % {
            "names": listed(missing)
        }
    else:
        text = gettext("The records are there, but they speak of another domain than the one people see.")
    return Check("domain", "warn", title, text, url, gettext("See what is missing"))


def look_at_cost(campaign: Campaign, people: int) -> Check | None:
    """What sending costs, where the workspace has said what a thousand messages cost."""
    rules = rules_of(campaign.workspace)
    if rules.price is None or not people:
        return None
    amount = formats.number_format((rules.price * people / 1000).quantize(Decimal("0.01")), use_l10n=True)
    return Check("cost", "ok", gettext("Costs about %(amount)s %(currency)s") % {
        "amount": amount, "currency": rules.currency
    })  # fmt: skip


def look_at_approval(campaign: Campaign, people: int) -> Check | None:
    """Whether somebody else has to say yes, and who could."""
    if not is_needed(campaign, people) or standing_approval(campaign) is not None:
        return None
    asked_by = campaign.updated_by
    others = possible_approvers(campaign, asked_by)
    if others:
        title = gettext("It needs a second person’s yes")
        text = gettext("After you press send, one of these is asked: %(names)s.") % {"names": listed(others)}
        return Check("approval", "ok", title, text)
    title = gettext("Nobody could say yes to it")
    text = gettext("Campaigns of this size need a second person’s yes, but there is nobody else who may give it.")
    url = url_or_empty("accounts:people", campaign.workspace.slug)
    return Check("approval_nobody", "warn", title, text, url, gettext("Invite somebody"))


def look_at_time(campaign: Campaign, at: dt.datetime | None) -> Check | None:
    """Whether the chosen start can be."""
    if at is None:
        return None
    if at < now() - dt.timedelta(minutes=1):
        text = gettext("Choose a time that is still to come, or send it now.")
        return Check("past", "block", gettext("The chosen time has passed"), text)
    if at > now() + dt.timedelta(days=366):
        return Check(
            "far", "warn", gettext("It goes out more than a year from now"), gettext("Look at the year again.")
        )
    return Check("time", "ok", gettext("Time"))


def look_at_address(campaign: Campaign, compiled: CompiledContent | None) -> Check:
    """It blocks where a law known to hold for somebody in the segment asks for it; else it is worth a look."""
    address = campaign.workspace.postal_address.strip()
    if not address:
        url = url_or_empty("accounts:settings", campaign.workspace.slug)
        title, label = gettext("Your postal address is missing"), gettext("Add the address")
    elif compiled is not None and campaign.template is not None and not shows_postal_address(compiled, address):
        url = template_url(campaign)
        title, label = gettext("The message does not show your postal address"), gettext("Edit the message")
    else:
        return Check("postal_address", "ok", gettext("Postal address"))
    try:
        asking = profiles_asking_for_address(campaign)
    except RuleError:
        asking = []
    if asking:
        text = gettext("The rules for people in this segment ask for it: %(rules)s.") % {
            "rules": listed(f"“{profile_name(profile)}”" for profile in asking)
        }
        return Check("postal_address", "block", title, text, url, label)
    text = gettext("Many countries ask for one in every newsletter, so that people know who writes.")
    return Check("postal_address", "warn", title, text, url, label)


def look_at_workers() -> Check:
    """Whether anything is being sent at all."""
    if workers_are_down():
        text = gettext(
            "The background process has not been seen for a while. The campaign waits and starts when it is back."
        )
        return Check("workers_down", "warn", gettext("Nothing is being sent at the moment"), text)
    return Check("workers", "ok", gettext("Sending works"))


def look_at_neighbours(campaign: Campaign, at: dt.datetime | None) -> Check:
    """What else goes out the same day."""
    start, end = _day_around(at or now(), campaign.zone_name)
    others = list(
        Campaign.objects.in_workspace(campaign.workspace)
        .on_the_same_day(start, end)
        .exclude(pk=campaign.pk)
        .exclude(status=Campaign.Status.CANCELLED)
        .order_by("scheduled_at", "id")
        .values_list("name", flat=True)[:4]
    )
    if not others:
        return Check("neighbours", "ok", gettext("Other campaigns that day"))
    title = ngettext("Another campaign goes out the same day", "Other campaigns go out the same day", len(others))
    text = gettext("People in both get more than one message: %(names)s.") % {"names": _first_of(others)}
    url = reverse("campaigns:list", args=[campaign.workspace.slug])
    return Check("neighbours", "warn", title, text, url, gettext("See them"))


def _day_around(moment: dt.datetime, zone_name: str) -> tuple[dt.datetime, dt.datetime]:
    zone = zone_or_none(zone_name) or UTC
    day = timezone.localtime(moment, zone).date()
    start = dt.datetime.combine(day, dt.time.min, tzinfo=zone)
    return start, dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=zone)


def _first_of(names: Iterable[str]) -> str:
    # Isolated (Unicode 2068 to 2069), so that names in another script do not turn the sentence round.
    quoted = [f"“\u2068{name}\u2069”" for name in names]
    more = len(quoted) > 3
    return listed(quoted[:3]) + ("…" if more else "")
