"""Who would get it now, and who not and why."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from campaigns.hold_outs import hold_outs_of
from campaigns.models import Campaign
from campaigns.preflight.base import Check, step_url, url_or_empty
from campaigns.rules import standing_of
from contacts.models import Contact
from core.clock import now
from core.formatting import number
from delivery.services import Audience, AudiencePreview, all_left_out, people_left_out, preview_audience, reason_label
from segments.language.problems import RuleError
from segments.services import audience_sql


def audience_of(campaign: Campaign) -> AudiencePreview | None:
    """Who would get it now, and who not and why; None while no segment is chosen. Raises RuleError."""
    if campaign.segment is None:
        return None
    return preview_audience(audience=_everybody(campaign), **_asked(campaign))


def audience_of_people(campaign: Campaign, contact_ids: list[int]) -> AudiencePreview:
    """The same for a few people only. Raises RuleError."""
    everybody = _everybody(campaign)
    sql = f"SELECT contact_id FROM ({everybody.sql}) AS meant(contact_id) WHERE contact_id = ANY(%s)"  # noqa: S608
    audience = Audience(sql, [*everybody.params, contact_ids], campaign.topic)
    return preview_audience(audience=audience, **_asked(campaign))


def left_out_of(campaign: Campaign, reason: str, *, before: int | None = None, most: int = 50) -> list[Contact]:
    """Whom `audience_of` counts under `reason`, who came last first, below the contact `before`. Raises RuleError."""
    return people_left_out(audience=_everybody(campaign), reason=reason, page=(before, most), **_asked(campaign))


def all_left_out_of(campaign: Campaign, reason: str = "") -> dict[str, list[int]]:
    """Contact ids of everybody whom `audience_of` counts as left out, by reason. Raises RuleError."""
    return all_left_out(audience=_everybody(campaign), reason=reason, **_asked(campaign))


def _everybody(campaign: Campaign) -> Audience:
    assert campaign.segment is not None  # noqa: S101 - the caller has looked
    compiled = audience_sql(campaign.workspace, campaign.segment.rule, now())
    return Audience(compiled.sql, compiled.params, campaign.topic)


def _asked(campaign: Campaign) -> dict[str, Any]:
    """How a launch would ask about them."""
    return {
        "workspace": campaign.workspace,
        "standing": standing_of(campaign),
        "hold_outs": hold_outs_of(campaign, campaign.scheduled_at or now()),
    }


def look_at_audience(campaign: Campaign) -> tuple[AudiencePreview | None, list[Check]]:
    """The audience, None while nobody can be counted, and what is wrong with it."""
    change = {"fix_url": step_url("who", campaign), "fix_label": gettext("Choose people")}
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
        url = url_or_empty("segments:detail", campaign.workspace.slug, campaign.segment.public_id)
        text = gettext("It uses something that no longer exists, so nobody can be counted.")
        return None, [
            *checks,
            Check("segment_broken", "block", gettext("The segment is broken"), text, url, gettext("Mend the segment")),
        ]
    if audience is not None and campaign.topic is not None:
        found = _check_of_audience(audience, change)
        # Whoever a campaign of several times or of newcomers is for may come later.
        is_later = found.code == "nobody" and campaign.kind != Campaign.Kind.ONCE
        checks.append(replace(found, level="warn") if is_later else found)
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
