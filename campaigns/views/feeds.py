"""Looking at a feed before a campaign is made of it."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import WorkspaceRequest, workspace_view
from campaigns import services
from campaigns.feed_words import feed_problem
from campaigns.models import Campaign
from campaigns.preflight import shows_feed
from campaigns.timing import is_web_address
from campaigns.views.loading import load_campaign, typed
from core.limits import is_over_limit

# Somebody waits for the answer; what is slower than that is told when its time comes.
SECONDS = 8.0
SHOWN = 5
LOOKS_AN_HOUR = 60


@require_POST
@workspace_view("editor")
def look(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """What the feed in `feed_url` has at this moment, and what a message would hold; a part of the review."""
    row = load_campaign(request, campaign)
    if is_over_limit("feed-look", str(request.workspace.pk), limit=LOOKS_AN_HOUR, seconds=3600):
        context = {"problem": _("You have looked many times within an hour. Wait a little before the next one.")}
    else:
        context = _seen(row, typed(request, "feed_url"))
    return render(request, "campaigns/_feed.html", {"campaign": row, **context})


def _seen(row: Campaign, url: str) -> dict[str, Any]:
    if not is_web_address(url):
        return {"problem": feed_problem("address")}
    material = services.ask_feed(url=url, seconds=SECONDS)
    if material.feed is None:
        return {"problem": feed_problem(material.problem)}
    fresh = material.unseen(row)
    return {
        "feed": material.feed,
        "fresh": fresh[:SHOWN],
        "fresh_count": len(fresh),
        "is_shown": shows_feed(row),
    }
