"""The versions of a campaign: each must be one that can be sent."""

from django.utils.translation import gettext

from campaigns.models import Campaign
from campaigns.preflight.base import Check, step_url
from campaigns.variants import parts_of_versions
from content.preview import compile_template


def look_at_versions(campaign: Campaign) -> list[Check]:
    """What stops a version other than the campaign's own message and sender; nothing where there is one version."""
    senders, templates = parts_of_versions(campaign)
    if not templates:
        return []
    change = {"fix_url": step_url("versions", campaign), "fix_label": gettext("Change the versions")}
    checks = []
    if any(sender.pk != campaign.sender_id and not (sender.is_verified and sender.is_active) for sender in senders):
        title = gettext("A version comes from an address that is not verified")
        text = gettext("Somebody who reads mail there must confirm it first.")
        checks.append(Check("version_sender", "block", title, text, **change))
    # An own subject can be wrong even where the message is the campaign's.
    if not all(compile_template(template).is_sendable for template in templates):
        title = gettext("A version has a mistake")
        text = gettext("Its subject or its message uses something that does not exist.")
        checks.append(Check("version_template", "block", title, text, **change))
    return checks or [Check("versions", "ok", gettext("Versions"))]
