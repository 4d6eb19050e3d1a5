"""Checking the record, the rules that are followed, and people who were asked to confirm."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from consent.check_wording import problem_sentence
from consent.jurisdiction import settings_of
from consent.models import Confirmation, ConsentRecord, LedgerCheck
from consent.profiles import all_profiles
from consent.receipts import receipt_file
from consent.rules_form import RulesForm
from consent.rules_wording import profile_name, sentences
from consent.services.confirmations import CannotResend, resend_confirmation
from consent.services.topics import save_settings
from consent.services.verification import start_check
from consent.views.ledger import around, page_of
from contacts.models import Contact
from core.clock import now
from core.htmx import go_to, render_page
from core.ids import uuid_or_none

CHECKS_SHOWN = 10


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: WorkspaceRequest) -> HttpResponse:
    """What the last reading of the whole record found; a POST starts another."""
    if request.method == "POST":
        start_check(workspace=request.workspace, actor=request.user)
        return go_to(request, "consent:check", request.workspace.slug)
    checks = list(LedgerCheck.objects.in_workspace(request.workspace).order_by("-id")[:CHECKS_SHOWN])
    done = next((one for one in checks if one.status == LedgerCheck.Status.DONE), None)
    context = {
        "is_reading": bool(checks) and checks[0].is_under_way,
        "done": done,
        "problems": _problems(request, done) if done else [],
        "checks": checks,
    }
    return render_page(request, "consent/check.html", context, partial="state")


def _problems(request: WorkspaceRequest, done: LedgerCheck) -> list[dict[str, Any]]:
    """What was found, in sentences, each with the line it is about while that line is there."""
    ids = [uuid_or_none(one["record"]) for one in done.problems if one.get("record")]
    rows = (
        ConsentRecord.objects.in_workspace(request.workspace).filter(public_id__in=ids).in_bulk(field_name="public_id")
    )
    return [
        {"sentence": problem_sentence(one), "record": rows.get(uuid_or_none(one.get("record") or ""))}
        for one in done.problems
    ]


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: WorkspaceRequest) -> HttpResponse:
    """The rules that are followed, with their sources; a POST saves whose they are where that is not known."""
    settings = settings_of(request.workspace.pk)
    form = RulesForm(request.POST if request.method == "POST" else None, instance=settings)
    if request.method == "POST" and form.is_valid():
        save_settings(workspace=request.workspace, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. It holds from now on."))
        return go_to(request, "consent:rules", request.workspace.slug)
    profiles = [
        {"profile": profile, "name": profile_name(profile), "sentences": sentences(profile)}
        for profile in all_profiles().values()
    ]
    usual = settings_of(request.workspace.pk).default_profile
    context = {"form": form, "profiles": sorted(profiles, key=lambda one: str(one["name"])), "usual": usual}
    return render_page(request, "consent/rules.html", context, status=422 if form.is_bound else 200)


@workspace_view()
@require_safe
def receipt(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """Everything a person agreed to, to take away: their consent receipt as JSON-LD."""
    person = get_in_workspace(Contact, request.workspace, contact)
    answer = HttpResponse(receipt_file(person), content_type="application/ld+json")
    answer.headers["Content-Disposition"] = f'attachment; filename="consent-receipt-{person.public_id}.jsonld"'
    return answer


@workspace_view()
@require_safe
def confirmations(request: WorkspaceRequest) -> HttpResponse:
    """Who was asked to confirm and has not yet, the newest first."""
    rows = Confirmation.objects.in_workspace(request.workspace).unconfirmed()
    found, following = page_of(rows.older_than(request.GET.get("after", "")))
    for row in found:
        row.is_over = row.expires_at <= now()
    context = {"rows": found, **around(request, following)}
    return render_page(request, "consent/confirmations.html", context)


@workspace_view()
@require_POST
def resend(request: WorkspaceRequest, confirmation: uuid.UUID) -> HttpResponse:
    """Ask one of them once more."""
    row = get_in_workspace(Confirmation, request.workspace, confirmation)
    try:
        resend_confirmation(confirmation=row, actor=request.user)
    except CannotResend as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They get another mail."))
    return go_to(request, "consent:confirmations", request.workspace.slug)
