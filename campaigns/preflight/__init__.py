"""Everything to look at before a campaign goes out. Blocking checks stop it, the others are shown."""

import datetime as dt

from campaigns.models import Campaign
from campaigns.preflight.audience import all_left_out_of, audience_of, left_out_of, look_at_audience
from campaigns.preflight.base import Check, Preflight
from campaigns.preflight.dates import look_at_date
from campaigns.preflight.links import look_at_links
from campaigns.preflight.message import look_at_feed, look_at_message, shows_feed
from campaigns.preflight.personal import look_at_fields
from campaigns.preflight.samples import look_at_samples
from campaigns.preflight.surroundings import (
    look_at_address,
    look_at_approval,
    look_at_cost,
    look_at_domain,
    look_at_neighbours,
    look_at_sender,
    look_at_time,
    look_at_workers,
)
from campaigns.preflight.versions import look_at_versions
from content.models import Template
from content.preview import compile_template

__all__ = [
    "Check",
    "Preflight",
    "all_left_out_of",
    "audience_of",
    "inspect_campaign",
    "left_out_of",
    "preflight_data",
    "shows_feed",
    "template_is_broken",
]


def inspect_campaign(campaign: Campaign, *, at: dt.datetime | None = None) -> Preflight:
    """Look at everything, as it is now. `at` is the start somebody has chosen, None for at once.

    Changes nothing. Counting a large audience takes as long as its launch.
    """
    audience, audience_checks = look_at_audience(campaign)
    compiled = compile_template(campaign.template) if campaign.template else None
    matched, people = (audience.matched, audience.will_get) if audience else (0, 0)
    checks = [
        *audience_checks,
        *look_at_message(campaign, compiled),
        *look_at_fields(campaign, compiled),
        *look_at_links(campaign, compiled),
        *look_at_samples(campaign, compiled, matched),
        *look_at_versions(campaign),
        look_at_feed(campaign),
        look_at_date(campaign, matched),
        look_at_sender(campaign),
        look_at_domain(campaign, people),
        look_at_cost(campaign, people),
        look_at_approval(campaign, people),
        look_at_time(campaign, at),
        look_at_address(campaign, compiled),
        look_at_workers(),
        look_at_neighbours(campaign, at),
    ]
    order = {"block": 0, "warn": 1, "ok": 2}
    return Preflight(audience, sorted((check for check in checks if check), key=lambda check: order[check.level]))


def template_is_broken(template: Template) -> bool:
    """True when the template has a mistake that stops a campaign."""
    return not compile_template(template).is_sendable


def preflight_data(campaign: Campaign) -> dict[str, object]:
    """The same as plain values, for the API: counts, reasons and checks."""
    found = inspect_campaign(campaign, at=campaign.scheduled_at)
    audience = found.audience
    return {
        "matched": audience.matched if audience else 0,
        "will_get": audience.will_get if audience else 0,
        "later": audience.later if audience else 0,
        "excluded": dict(audience.excluded) if audience else {},
        "may_send": not found.blocking,
        "checks": [
            {"code": check.code, "level": check.level, "title": str(check.title), "text": str(check.text)}
            for check in found.checks
        ],
    }
