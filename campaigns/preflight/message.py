"""The message as it was written: mistakes, size, and what must be in it."""

from django.utils.translation import gettext

from campaigns.models import Campaign
from campaigns.preflight.base import Check, step_url, template_url
from content.compiler import CompiledContent
from content.feed_source import uses_feed
from core.formatting import number


def look_at_message(campaign: Campaign, compiled: CompiledContent | None) -> list[Check]:
    """What the compiler found, and what every message must have."""
    change = {"fix_url": step_url("message", campaign), "fix_label": gettext("Choose a template")}
    if campaign.template is None or compiled is None:
        return [Check("no_template", "block", gettext("No message is chosen"), gettext("Pick a template."), **change)]
    url = template_url(campaign)
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


def shows_feed(campaign: Campaign) -> bool:
    """Whether the message, or a version of it, says something of a feed."""
    versions = list(campaign.variants.select_related("template"))
    templates = [campaign.template, *(version.template for version in versions)]
    parts = [part for one in templates if one for part in (one.subject, one.preheader, one.mjml, one.text)]
    return uses_feed(*parts, *(version.subject for version in versions))


def look_at_feed(campaign: Campaign) -> Check | None:
    """Whether message and campaign agree that there is a feed; nothing where neither speaks of one."""
    is_shown = campaign.template is not None and shows_feed(campaign)
    if campaign.kind == Campaign.Kind.FEED:
        if is_shown or campaign.template is None:
            return None
        title = gettext("The message shows nothing of the feed")
        text = gettext("Everybody would get the same words each time. Put “New entries of a feed” into it.")
        return Check("feed_unused", "warn", title, text, template_url(campaign), gettext("Edit the message"))
    if not is_shown:
        return None
    title = gettext("The message has a place for a feed, but the campaign has none")
    text = gettext("Choose “By itself” and “When there is something new in a feed”. Else that place stays empty.")
    return Check("feed_missing", "warn", title, text)


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
