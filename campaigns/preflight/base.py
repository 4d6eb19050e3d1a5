"""What a look at a campaign consists of: checks, each with its level, its words and where it is mended."""

from dataclasses import dataclass, field
from typing import Literal

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from campaigns.models import Campaign
from delivery.services import AudiencePreview

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


def step_url(step: str, campaign: Campaign) -> str:
    """The address of one of the campaign's own pages."""
    return reverse(f"campaigns:{step}", args=[campaign.workspace.slug, campaign.public_id])


def url_or_empty(name: str, *args: object) -> str:
    """The address of another app's page; empty where there is none of that name."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def template_url(campaign: Campaign) -> str:
    """Where the campaign's message is edited."""
    if campaign.template is None:
        return step_url("message", campaign)
    return url_or_empty("content:edit", campaign.workspace.slug, campaign.template.public_id)
