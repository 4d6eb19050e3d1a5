"""Who would not get a campaign that has not started, reason by reason."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from campaigns.advice import advice_for
from campaigns.left_out import LeftOutFilter, column_key, filter_value
from campaigns.models import Campaign
from campaigns.preflight import audience_of, left_out_of
from campaigns.views.files import WHO, send_file
from campaigns.views.loading import go_to_campaign, load_campaign
from campaigns.wording import state_of
from contacts.exporting.wish import Wish
from contacts.list_filters import ContactFilter
from contacts.services.exports import is_small
from core.htmx import render_page
from delivery.services import AudiencePreview, reason_label
from segments.language.problems import RuleError

PAGE_SIZE = 50


@require_safe
@workspace_view()
def left_out(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The people behind a number of the review; `reason` says which, `before` where to go on."""
    row = load_campaign(request, campaign)
    if row.topic is None or (row.dispatch_id and not row.is_editable):
        return go_to_campaign(request, row)
    try:
        found = audience_of(row)
        context = _people(request, row, found) if found else {}
    except RuleError:
        # What is wrong with the segment is said on the review.
        return go_to_campaign(request, row, "campaigns:review")
    label, tone = state_of(row)
    may_edit = request.membership.may("editor")
    page = {"campaign": row, "label": label, "tone": tone, "may_edit": may_edit, **context}
    return render_page(request, "campaigns/left_out.html", page)


@require_POST
@workspace_view("editor")
def export(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Those left out, all or for one `reason`, as a file; a worker writes it when many have to be asked about."""
    row = load_campaign(request, campaign)
    if row.topic is None or (row.dispatch_id and not row.is_editable):
        return go_to_campaign(request, row)
    try:
        found = audience_of(row)
    except RuleError:
        return go_to_campaign(request, row, "campaigns:review")
    wanted = request.POST.get("reason", "")
    reason = wanted if found and wanted in found.excluded else ""
    listed = ContactFilter.from_query({LeftOutFilter.name: filter_value(row, reason)})
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    columns = [*WHO, column_key(row, reason)]
    wish = Wish(wanted=listed, format=kind, columns=columns, language=get_language() or "en")
    # Who is left out is asked about everybody in the segment, so it is they who must be few.
    people = found.excluded.get(reason, sum(found.excluded.values())) if found and is_small(found.matched) else None
    return send_file(request, row, wish, people, "campaigns:left-out")


def _people(request: WorkspaceRequest, row: Campaign, found: AudiencePreview) -> dict[str, Any]:
    reasons = list(found.excluded.items())
    wanted = request.GET.get("reason", "")
    reason = wanted if wanted in found.excluded else next(iter(found.excluded), "")
    before = request.GET.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else None
    people = left_out_of(row, reason, before=start, most=PAGE_SIZE + 1) if reason else []
    return {
        "reasons": [(code, reason_label(code), count) for code, count in reasons],
        "reason": reason,
        "title": _("Not to them: %(reason)s") % {"reason": reason_label(reason)} if reason else "",
        "advice": advice_for(reason),
        "people": people[:PAGE_SIZE],
        "next_before": people[PAGE_SIZE - 1].pk if len(people) > PAGE_SIZE else None,
        "is_first": start is None,
    }
