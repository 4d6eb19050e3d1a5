"""Who clicked where: every place of the message that can be clicked, as a list and on the message itself."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import WorkspaceRequest, workspace_view
from campaigns.click_map import drawn_clicks
from campaigns.views.loading import go_to_campaign, load_campaign, show_occurrence
from campaigns.wording import state_of
from content.models import ContentVersion
from core.htmx import render_page
from core.policy import show_message
from delivery.services import report_of
from delivery.services.links import links_of, versions_of


@require_safe
@workspace_view()
def links(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The list, and the message beside it; `version` counts from 1 where there are several."""
    row = load_campaign(request, campaign)
    show_occurrence(request, row)
    if row.dispatch is None:
        return go_to_campaign(request, row, "campaigns:review")
    versions = versions_of(row.dispatch)
    chosen = _chosen(request, versions)
    label, tone = state_of(row)
    context: dict[str, Any] = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "links": links_of(row.dispatch, versions),
        "tracked": report_of(row.dispatch).tracked,
        "several": len(versions) > 1,
        "version": chosen,
        "choices": [(number, number == chosen) for number in range(1, len(versions) + 1)],
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/links.html", context)


@require_safe
@workspace_view()
def link_map(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The message with the number of people at each link, for a sandboxed frame."""
    row = load_campaign(request, campaign)
    show_occurrence(request, row)
    versions = versions_of(row.dispatch) if row.dispatch else []
    chosen = _chosen(request, versions)
    if row.dispatch is None or not chosen:
        return show_message(HttpResponse(_nothing(_("There is nothing to show yet."))))
    found = links_of(row.dispatch, versions)
    shown = drawn_clicks(request.workspace, versions[chosen - 1], found)
    return show_message(HttpResponse(shown.html or _nothing(shown.problem)))


def _chosen(request: WorkspaceRequest, versions: list[ContentVersion]) -> int:
    """The number of the version that is asked for, the first for nonsense; 0 where there is none."""
    wanted = request.GET.get("version", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 1
    return number if 1 <= number <= len(versions) else min(1, len(versions))


def _nothing(words: str) -> str:
    return format_html("<!doctype html><meta charset=utf-8><p>{}</p>", words)
