"""The do-not-write list."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Role
from consent.forms import SuppressionForm
from consent.models import Suppression
from consent.services import CannotLift, InvalidSuppression, lift_suppression, suppress_address, suppress_domain
from consent.services.suppressions import ONLY_BY_THE_OWNER, ONLY_BY_THE_PERSON
from consent.views.ledger import around, page_of
from contacts.addresses import normalise_email
from contacts.problems import Problem
from core.htmx import go_to, render_page


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def suppressions(request: WorkspaceRequest) -> HttpResponse:
    """Find, and with a POST add."""
    form = SuppressionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _add(request, form):
        messages.success(request, _("%(what)s is on the list.") % {"what": form.cleaned_data["what"]})
        return go_to(request, "consent:suppressions", request.workspace.slug)
    rows = Suppression.objects.in_workspace(request.workspace)
    search, reason = request.GET.get("search", "").replace("\x00", "").strip(), request.GET.get("reason", "")
    counts = rows.counts_by_reason()
    if search:
        rows = rows.matching(search)
    if reason in Suppression.Reason.values:
        rows = rows.filter(reason=reason)
    found, following = page_of(rows.older_than(request.GET.get("after", "")).newest())
    is_owner = request.membership.may(Role.OWNER)
    for row in found:
        row.can_lift = row.reason not in ONLY_BY_THE_PERSON and (is_owner or row.reason not in ONLY_BY_THE_OWNER)
    context = {
        "form": form,
        "rows": found,
        "following": following,
        **around(request, following),
        "search": search,
        "reason": reason,
        "reasons": [(key, label, counts[key]) for key, label in Suppression.Reason.choices if key in counts],
        "total": sum(counts.values()),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "consent/suppressions.html", context, partial="rows", status=status)


def _add(request: WorkspaceRequest, form: SuppressionForm) -> bool:
    what, reason, note = (form.cleaned_data[name] for name in ("what", "reason", "note"))
    try:
        if "@" in what.strip().lstrip("@"):
            address = normalise_email(what)
            suppress_address(
                workspace=request.workspace, addresses=[address], reason=reason, note=note, actor=request.user
            )
        else:
            suppress_domain(workspace=request.workspace, domain=what, reason=reason, note=note, actor=request.user)
    except (Problem, InvalidSuppression) as problem:
        form.add_error("what", str(problem))
        return False
    return True


@workspace_view()
@require_POST
def lift(request: WorkspaceRequest, suppression: uuid.UUID) -> HttpResponse:
    """Take one away, where that is ours to do."""
    row = get_in_workspace(Suppression, request.workspace, suppression)
    try:
        lift_suppression(suppression=row, actor=request.user, is_owner=request.membership.may(Role.OWNER))
    except CannotLift as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(what)s is off the list.") % {"what": str(row)})
    return go_to(request, "consent:suppressions", request.workspace.slug)
