"""Reaching a campaign through its workspace, and answering when a service refused."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.access import WorkspaceRequest
from campaigns.errors import CampaignError
from campaigns.models import Campaign
from campaigns.report import Results
from campaigns.wording import state_of
from contacts.models import Contact
from core.htmx import go_to
from core.ids import uuid_or_none

NAMELESS = "nameless"


def load_campaign(request: WorkspaceRequest, public_id: uuid.UUID) -> Campaign:
    """The campaign with its parts, or Http404 for one of another workspace."""
    campaign: Campaign = get_object_or_404(
        Campaign.objects.in_workspace(request.workspace).with_parts(), public_id=public_id
    )
    return campaign


def load_reader(request: WorkspaceRequest, key: str, sample: list[Contact]) -> Contact | None:
    """Whose eyes a preview is seen with: a contact by public id, nobody known, or somebody of `sample`."""
    if key == NAMELESS:
        return Contact(workspace=request.workspace, email="hello@example.com")
    somebody = next((contact for contact in sample if contact.first_name), sample[0] if sample else None)
    people = Contact.objects.in_workspace(request.workspace)
    found: Contact | None = people.filter(public_id=uuid_or_none(key)).first()
    return found or somebody


def page_url_name(campaign: Campaign) -> str:
    """Where a campaign is looked at: its report once it has started, else its review."""
    return "campaigns:report" if campaign.dispatch_id else "campaigns:review"


def go_to_campaign(request: WorkspaceRequest, campaign: Campaign, page: str = "") -> HttpResponse:
    """To a page of the campaign, the fitting one when none is named."""
    return go_to(request, page or page_url_name(campaign), request.workspace.slug, campaign.public_id)


def refuse(request: WorkspaceRequest, campaign: Campaign, error: CampaignError, page: str = "") -> HttpResponse:
    """Say why a service refused and show where the campaign stands; nothing was changed."""
    messages.error(request, error.sentence)
    return go_to_campaign(request, campaign, page)


def as_campaign_row(campaign: Campaign, results: Results | None) -> dict[str, Any]:
    """One line of a list."""
    label, tone = state_of(campaign)
    return {
        "campaign": campaign,
        "label": label,
        "tone": tone,
        "live": campaign.status == Campaign.Status.SENDING,
        "results": results,
        "url_name": page_url_name(campaign) if campaign.segment_id or campaign.dispatch_id else "campaigns:who",
    }
