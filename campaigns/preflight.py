"""Everything to look at before a campaign goes out. Blocking checks stop it, the others are shown."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db import connection
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from campaigns.footer import profiles_asking_for_address, shows_postal_address
from campaigns.message import greets_without_fallback
from campaigns.models import Campaign
from consent.rules_wording import profile_name
from content.compiler import CompiledContent
from content.models import Template
from content.preview import compile_template
from core.clock import UTC, now, zone_or_none
from core.formatting import number
from core.services import workers_are_down
from delivery.services import Audience, AudiencePreview, preview_audience, reason_label
from segments.language.problems import RuleError
from segments.services import audience_sql

Level = Literal["block", "warn", "ok"]
Words = str | Promise


@dataclass(frozen=True)
class Check:
    """One thing looked at. `fix_url` leads to where it is mended, `fix_label` says so; both may be empty."""

    code: str
    level: Level
    title: Words
    text: Words = ""
    fix_url: str = ""
    fix_label: Words = ""


@dataclass(frozen=True)
class Preflight:
    """Who would get a campaign at this moment, and what was checked. `audience` is None while undecided."""

    audience: AudiencePreview | None = None
    checks: list[Check] = field(default_factory=list)

    @property
    def blocking(self) -> list[Check]:
        """What must be mended first."""
        return [check for check in self.checks if check.level == "block"]

    @property
    def warnings(self) -> list[Check]:
        """What is worth a look."""
        return [check for check in self.checks if check.level == "warn"]

    @property
    def fine(self) -> list[Check]:
        """What is as it should be."""
        return [check for check in self.checks if check.level == "ok"]


def inspect_campaign(campaign: Campaign, *, at: dt.datetime | None = None) -> Preflight:
    """Look at everything, as it is now. `at` is the start somebody has chosen, None for at once.

    Changes nothing. Counting a large audience takes as long as its launch.
    """
    audience, audience_checks = _look_at_audience(campaign)
    compiled = compile_template(campaign.template) if campaign.template else None
    checks = [
        *audience_checks,
        *_look_at_message(campaign, compiled),
        *_look_at_names(campaign),
        _look_at_sender(campaign),
        _look_at_time(campaign, at),
        _look_at_address(campaign, compiled),
        _look_at_workers(),
        _look_at_neighbours(campaign, at),
    ]
    order = {"block": 0, "warn": 1, "ok": 2}
    return Preflight(audience, sorted((check for check in checks if check), key=lambda check: order[check.level]))


def template_is_broken(template: Template) -> bool:
    """True when the template has a mistake that stops a campaign."""
    return not compile_template(template).is_sendable


def audience_of(campaign: Campaign) -> AudiencePreview | None:
    """Who would get it now, and who not and why; None while no segment is chosen. Raises RuleError."""
    if campaign.segment is None:
        return None
    compiled = audience_sql(campaign.workspace, campaign.segment.rule, now())
    audience = Audience(compiled.sql, compiled.params, campaign.topic)
    return preview_audience(workspace=campaign.workspace, audience=audience)


def preflight_data(campaign: Campaign) -> dict[str, object]:
    """The same as plain values, for the API: counts, reasons and checks."""
    found = inspect_campaign(campaign, at=campaign.scheduled_at)
    audience = found.audience
    return {
        "matched": audience.matched if audience else 0,
        "will_get": audience.will_get if audience else 0,
        "excluded": dict(audience.excluded) if audience else {},
        "may_send": not found.blocking,
        "checks": [
            {"code": check.code, "level": check.level, "title": str(check.title), "text": str(check.text)}
            for check in found.checks
        ],
    }


def _step_url(step: str, campaign: Campaign) -> str:
    return reverse(f"campaigns:{step}", args=[campaign.workspace.slug, campaign.public_id])


def _url_or_empty(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _look_at_audience(campaign: Campaign) -> tuple[AudiencePreview | None, list[Check]]:
    change = {"fix_url": _step_url("who", campaign), "fix_label": gettext("Choose people")}
    checks: list[Check] = []
    if campaign.topic is None:
        text = gettext("A topic says what people agreed to hear about. Only they will get it.")
        checks.append(Check("no_topic", "block", gettext("No topic is chosen"), text, **change))
    if campaign.segment is None:
        checks.append(
            Check("no_segment", "block", gettext("Nobody is chosen yet"), gettext("Pick a segment."), **change)
        )
        return None, checks
    try:
        audience = audience_of(campaign)
    except RuleError:
        url = _url_or_empty("segments:detail", campaign.workspace.slug, campaign.segment.public_id)
        text = gettext("It uses something that no longer exists, so nobody can be counted.")
        return None, [
            *checks,
            Check("segment_broken", "block", gettext("The segment is broken"), text, url, gettext("Mend the segment")),
        ]
    if audience is not None and campaign.topic is not None:
        checks.append(_check_of_audience(audience, change))
    return audience, checks


def _check_of_audience(audience: AudiencePreview, change: dict[str, str]) -> Check:
    if audience.will_get:
        return Check("audience", "ok", gettext("Consent and exclusions"))
    if not audience.matched:
        text = gettext("No contact matches the segment.")
        return Check("nobody", "block", gettext("Nobody would get it"), text, **change)
    reason = max(audience.excluded.items(), key=lambda item: item[1])[0]
    text = gettext("%(count)s match the segment, but none may be written to. Most often: %(reason)s.") % {
        "count": number(audience.matched),
        "reason": reason_label(reason),
    }
    return Check("nobody", "block", gettext("Nobody would get it"), text, **change)


def _look_at_message(campaign: Campaign, compiled: CompiledContent | None) -> list[Check]:
    change = {"fix_url": _step_url("message", campaign), "fix_label": gettext("Choose a template")}
    if campaign.template is None or compiled is None:
        return [Check("no_template", "block", gettext("No message is chosen"), gettext("Pick a template."), **change)]
    url = _url_or_empty("content:edit", campaign.workspace.slug, campaign.template.public_id)
    mend = {"fix_url": url or change["fix_url"], "fix_label": gettext("Edit the message")}
    if not campaign.template.mjml.strip():
        text = gettext("The template has a name but no words yet.")
        return [Check("template_empty", "block", gettext("The message is empty"), text, **mend)]
    checks = [
        Check(
            problem.code,
            "block" if problem.level == "error" else "warn",
            TITLES.get(problem.code, lambda: gettext("Something in the message is not right"))(),
            problem.message,
            **mend,
        )
        for problem in compiled.problems
    ]
    if not any(check.level == "block" for check in checks):
        kilobytes = {"size": number(max(1, round(compiled.size / 1024)))}
        checks.append(Check("fields", "ok", gettext("Personal fields")))
        checks.append(Check("unsubscribe", "ok", gettext("Unsubscribe link")))
        checks.append(Check("size", "ok", gettext("Size %(size)s KB") % kilobytes))
    return checks


TITLES = {
    "unknown_field": lambda: gettext("The message uses a field that does not exist"),
    "empty_subject": lambda: gettext("There is no subject"),
    "long_subject": lambda: gettext("The subject is too long"),
    "fake_reply": lambda: gettext("The subject looks like an answer"),
    "image_alt": lambda: gettext("A picture has no description"),
    "image_address": lambda: gettext("A picture cannot be seen"),
    "too_large": lambda: gettext("The message is too large"),
    "large": lambda: gettext("The message is rather large"),
    "no_unsubscribe": lambda: gettext("People cannot unsubscribe"),
}


def _look_at_names(campaign: Campaign) -> list[Check]:
    if campaign.template is None or campaign.segment is None or not greets_without_fallback(campaign.template):
        return []
    try:
        count = _count_nameless(campaign)
    except RuleError:
        return []
    if not count:
        return [Check("first_names", "ok", gettext("First names"))]
    title = ngettext(
        "%(count)s person in the segment has no first name", "%(count)s people in the segment have no first name", count
    ) % {"count": number(count)}
    text = gettext("They will read a gap where the name goes. A fallback such as “there” closes it.")
    url = _url_or_empty("content:edit", campaign.workspace.slug, campaign.template.public_id)
    return [Check("first_names", "warn", title, text, url, gettext("Add a fallback"))]


def _count_nameless(campaign: Campaign) -> int:
    assert campaign.segment is not None  # noqa: S101 - the caller has looked
    audience = audience_sql(campaign.workspace, campaign.segment.rule, now())
    sql = (
        f"SELECT count(*) FROM ({audience.sql}) AS audience(contact_id) "  # noqa: S608 - compiled, values bound
        "JOIN contacts_contact c ON c.id = audience.contact_id WHERE c.first_name = ''"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, list(audience.params))
        return int(cursor.fetchone()[0])


def _look_at_sender(campaign: Campaign) -> Check:
    if campaign.sender is None:
        url = _step_url("message", campaign)
        text = gettext("People see at once who writes to them.")
        return Check("no_sender", "block", gettext("No sender is chosen"), text, url, gettext("Choose a sender"))
    if not campaign.sender.is_verified or not campaign.sender.is_active:
        url = _url_or_empty("channels:senders", campaign.workspace.slug)
        text = gettext("Somebody who reads mail at %(email)s must confirm it first.") % {"email": campaign.sender.email}
        title = gettext("The sender’s address is not verified")
        return Check("sender_unverified", "block", title, text, url, gettext("Verify the address"))
    return Check("sender", "ok", gettext("Sender"))


def _look_at_time(campaign: Campaign, at: dt.datetime | None) -> Check | None:
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


def _look_at_address(campaign: Campaign, compiled: CompiledContent | None) -> Check:
    """It blocks where a law known to hold for somebody in the segment asks for it; else it is worth a look."""
    address = campaign.workspace.postal_address.strip()
    if not address:
        url = _url_or_empty("accounts:settings", campaign.workspace.slug)
        title, label = gettext("Your postal address is missing"), gettext("Add the address")
    elif compiled is not None and campaign.template is not None and not shows_postal_address(compiled, address):
        url = _url_or_empty("content:edit", campaign.workspace.slug, campaign.template.public_id)
        title, label = gettext("The message does not show your postal address"), gettext("Edit the message")
    else:
        return Check("postal_address", "ok", gettext("Postal address"))
    try:
        asking = profiles_asking_for_address(campaign)
    except RuleError:
        asking = []
    if asking:
        text = gettext("The rules for people in this segment ask for it: %(rules)s.") % {
            "rules": ", ".join(f"“{profile_name(profile)}”" for profile in asking)
        }
        return Check("postal_address", "block", title, text, url, label)
    text = gettext("Many countries ask for one in every newsletter, so that people know who writes.")
    return Check("postal_address", "warn", title, text, url, label)


def _look_at_workers() -> Check:
    if workers_are_down():
        text = gettext(
            "The background process has not been seen for a while. The campaign waits and starts when it is back."
        )
        return Check("workers_down", "warn", gettext("Nothing is being sent at the moment"), text)
    return Check("workers", "ok", gettext("Sending works"))


def _look_at_neighbours(campaign: Campaign, at: dt.datetime | None) -> Check:
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
    text = gettext("People in both get more than one message: %(names)s.") % {"names": _listed(others)}
    url = reverse("campaigns:list", args=[campaign.workspace.slug])
    return Check("neighbours", "warn", title, text, url, gettext("See them"))


def _day_around(moment: dt.datetime, zone_name: str) -> tuple[dt.datetime, dt.datetime]:
    zone = zone_or_none(zone_name) or UTC
    day = timezone.localtime(moment, zone).date()
    start = dt.datetime.combine(day, dt.time.min, tzinfo=zone)
    return start, dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=zone)


def _listed(names: Iterable[str]) -> str:
    listed = [f"“{name}”" for name in names]
    more = len(listed) > 3
    return ", ".join(listed[:3]) + ("…" if more else "")
