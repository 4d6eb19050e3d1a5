"""Everybody a campaign was meant for: to look through, to take out as a file, and one by one."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.querysets import with_public_id
from campaigns.models import Campaign
from campaigns.recipients import CampaignFilter, column_keys, filter_value
from campaigns.report import Outcome, deeds_of, outcomes_of
from campaigns.views.files import WHO, send_file
from campaigns.views.loading import go_to_campaign, load_campaign, show_occurrence
from campaigns.views.running import message_rows, outcome_line
from campaigns.why import why
from campaigns.wording import DEEDS, OUTCOMES, state_of
from contacts.exporting.wish import Wish
from contacts.list_filters import ContactFilter
from contacts.models import Contact
from contacts.services.exports import people_in
from contacts.text_search import TextSearch
from core.htmx import render_page
from core.ids import uuid_or_none
from delivery.services import RecipientFilter, reason_label, recipients_of, report_of, unmoved_of

PAGE_SIZE = 50
FOUND = 8
FEW = 30


@workspace_view()
def message_list(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Every targeted person with the outcome and why; narrowed as `read_filter` says; `before` goes on."""
    row = load_campaign(request, campaign)
    at_occurrence = show_occurrence(request, row)
    if row.dispatch is None:
        return go_to_campaign(request, row, "campaigns:review")
    wanted = read_filter(request.GET)
    found = recipients_of(row.dispatch, wanted)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE_SIZE + 1])
    more = len(page) > PAGE_SIZE
    report = report_of(row.dispatch)
    outcomes = outcomes_of(report)
    deeds = deeds_of(report, unmoved_of(row.dispatch, report.tracked))
    label, tone = state_of(row)
    context = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "rows": message_rows(page[:PAGE_SIZE]),
        "wanted": wanted,
        "outcome": wanted.outcome,
        "reason": wanted.reason,
        "is_all": not wanted.outcome and not wanted.did,
        "chips": [outcome_line(line) for line in outcomes if line.count or line.key == wanted.outcome],
        "total": row.dispatch.targeted,
        "reasons": _reasons(outcomes, wanted.outcome),
        "deeds": [(did, DEEDS[did], count) for did, count in deeds if count or did == wanted.did],
        "variants": list(row.variants.all()),
        "rest": _rest(wanted) + at_occurrence,
        "next_url": _next_url(wanted, page[PAGE_SIZE - 1].pk) + at_occurrence if more else "",
        "is_first": not before,
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/messages.html", context, partial="rows")


def read_filter(query: Any) -> RecipientFilter:
    """The filter of an address by `outcome`, `reason`, `variant`, `did` and words in `q`; nonsense is left out."""
    outcome = query.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    variant = query.get("variant", "")
    did = query.get("did", "")
    return RecipientFilter(
        did=did if did in DEEDS else "",
        outcome=outcome,
        reason=query.get("reason", "")[:40] if outcome in ("skipped", "failed", "unknown", "pending") else "",
        variant=int(variant) if variant.isdecimal() and len(variant) < 4 else None,
        search=" ".join(query.get("q", "").replace("\0", "").split())[:120],
    )


def _pairs(wanted: RecipientFilter) -> dict[str, str]:
    variant = "" if wanted.variant is None else str(wanted.variant)
    pairs = {
        "outcome": wanted.outcome,
        "reason": wanted.reason,
        "variant": variant,
        "did": wanted.did,
        "q": wanted.search,
    }
    return {name: value for name, value in pairs.items() if value}


def _rest(wanted: RecipientFilter) -> str:
    """What the address keeps when another outcome is chosen."""
    kept = {name: value for name, value in _pairs(wanted).items() if name in ("variant", "q")}
    return "&" + urlencode(kept) if kept else ""


def _next_url(wanted: RecipientFilter, last: int) -> str:
    return "?" + urlencode({**_pairs(wanted), "before": last})


def _reasons(outcomes: list[Outcome], chosen: str) -> list[dict[str, Any]]:
    return [
        {"code": reason, "label": reason_label(reason), "count": count}
        for outcome in outcomes
        if outcome.key == chosen
        for reason, count in outcome.reasons
    ]


@require_POST
@workspace_view("editor")
def export(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """The people of the page as a file; a worker writes it when there are many."""
    row = load_campaign(request, campaign)
    if row.dispatch is None:
        return go_to_campaign(request, row, "campaigns:review")
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    wanted = read_filter(request.POST)
    listed = ContactFilter.from_query({"q": wanted.search, CampaignFilter.name: filter_value(row, wanted)})
    wish = Wish(wanted=listed, format=kind, columns=[*WHO, *column_keys(row)], language=get_language() or "en")
    return send_file(request, row, wish, people_in(request.workspace, wish), "campaigns:messages")


@require_safe
@workspace_view()
def why_not(request: WorkspaceRequest, campaign: uuid.UUID) -> HttpResponse:
    """Why did she not get it? For anybody, also whom it was never meant for; `contact` or words in `q`."""
    row = load_campaign(request, campaign)
    people = Contact.objects.in_workspace(request.workspace)
    key = uuid_or_none(request.GET.get("contact", ""))
    person = with_public_id(people, key).first() if key else None
    words = request.GET.get("q", "").strip()[:120]
    search = TextSearch.of(words)
    found = people.found_by(request.workspace, search).order_by("-id")[:FOUND] if search else []
    label, tone = state_of(row)
    context = {
        "campaign": row,
        "label": label,
        "tone": tone,
        "person": person,
        "answers": why(row, person) if person else [],
        "words": words,
        "found": list(found),
        "may_edit": request.membership.may("editor"),
    }
    return render_page(request, "campaigns/why.html", context, partial="found")


@require_safe
@workspace_view()
def why_for_contact(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """From a contact's page: which campaign is it about?"""
    person = get_in_workspace(Contact, request.workspace, contact)
    rows = Campaign.objects.in_workspace(request.workspace).exclude(dispatch=None).with_parts().latest_first()
    return render_page(request, "campaigns/why_for_contact.html", {"person": person, "campaigns": list(rows[:FEW])})
