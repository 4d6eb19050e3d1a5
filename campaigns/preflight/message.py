"""The message as it was written: mistakes, size, and what must be in it."""

from django.utils.translation import gettext

from campaigns.models import Campaign
from campaigns.preflight.base import Check, step_url, template_url
from content.compiler import CompiledContent
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
