"""Reaching a campaign through its workspace, and answering when a service refused."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.access import WorkspaceRequest
from campaigns.errors import CampaignError
from campaigns.models import Campaign
from campaigns.report import Results
from campaigns.wording import state_of
from contacts.models import Contact
from core.clock import now
from core.htmx import go_to
from core.ids import uuid_or_none
from core.unstorable import NUL

NAMELESS = "nameless"


def load_campaign(request: WorkspaceRequest, public_id: uuid.UUID) -> Campaign:
    """The campaign with its parts, or Http404 for one of another workspace."""
    campaign: Campaign = get_object_or_404(
        Campaign.objects.in_workspace(request.workspace).with_parts(), public_id=public_id
    )
    return campaign


def show_occurrence(request: WorkspaceRequest, campaign: Campaign) -> str:
    """Have the campaign stand for the one of its times that the address names; returns what links add to keep it.

    Raises Http404 for one that is not its own. The campaign is not to be saved afterwards.
    """
    wanted = request.GET.get("occurrence", "")
    if not wanted:
        return ""
    begun = campaign.occurrences.begun().select_related("dispatch")
    occurrence = get_object_or_404(begun, public_id=uuid_or_none(wanted))
    campaign.dispatch = occurrence.dispatch
    campaign.launched_at, campaign.finished_at = occurrence.launched_at, occurrence.finished_at
    kept = f"&occurrence={occurrence.public_id}"
    campaign.at_occurrence = kept  # type: ignore[attr-defined]
    return kept


def load_reader(request: WorkspaceRequest, key: str, sample: list[Contact]) -> Contact | None:
    """Whose eyes a preview is seen with: a contact by public id, nobody known, or somebody of `sample`."""
    if key == NAMELESS:
        return Contact(workspace=request.workspace, email="hello@example.com")
    somebody = next((contact for contact in sample if contact.first_name), sample[0] if sample else None)
    people = Contact.objects.in_workspace(request.workspace)
    found: Contact | None = people.filter(public_id=uuid_or_none(key)).first()
    return found or somebody


def page_url_name(campaign: Campaign) -> str:
    """Where a campaign is looked at: its times or its report once it has started, else its review."""
    if campaign.is_series and campaign.status != Campaign.Status.DRAFT:
        return "campaigns:times" if campaign.status != Campaign.Status.WAITING else "campaigns:review"
    return "campaigns:report" if campaign.dispatch_id and not campaign.is_series else "campaigns:review"


def typed(request: WorkspaceRequest, name: str) -> str:
    """What somebody wrote into a field that no form looks at, without what cannot be stored."""
    return request.POST.get(name, "").replace(NUL, "").strip()


def go_to_campaign(request: WorkspaceRequest, campaign: Campaign, page: str = "") -> HttpResponse:
    """To a page of the campaign, the fitting one when none is named."""
    return go_to(request, page or page_url_name(campaign), request.workspace.slug, campaign.public_id)


def refuse(request: WorkspaceRequest, campaign: Campaign, error: CampaignError, page: str = "") -> HttpResponse:
    """Say why a service refused and show where the campaign stands; nothing was changed."""
    messages.error(request, error.sentence)
    return go_to_campaign(request, campaign, page)


def say_unscheduled(request: WorkspaceRequest, before: str, campaign: Campaign) -> None:
    """Tell whoever changed a campaign that was to go out that it no longer does; `before` is its state until then."""
    if before == campaign.status or campaign.status != Campaign.Status.DRAFT:
        return
    words = _(
        "“%(name)s” was changed, so it is a draft again and does not go out by itself. "
        "Look at it and send it or choose its time once more."
    )
    messages.warning(request, words % {"name": campaign.name})


def as_campaign_row(campaign: Campaign, results: Results | None) -> dict[str, Any]:
    """One line of a list."""
    label, tone = (_("Needs you"), "warn") if campaign.is_stuck else state_of(campaign)
    return {
        "campaign": campaign,
        "label": label,
        "tone": tone,
        "live": campaign.status == Campaign.Status.SENDING,
        "results": results,
        "may_write_again": campaign.kind == Campaign.Kind.ONCE and campaign.status == Campaign.Status.SENT,
        "waits_only_for_yes": campaign.status == Campaign.Status.WAITING
        and campaign.scheduled_at is not None
        and campaign.scheduled_at <= now(),
        "url_name": page_url_name(campaign) if campaign.segment_id or campaign.dispatch_id else "campaigns:who",
    }
