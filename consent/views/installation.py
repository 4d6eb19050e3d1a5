"""The installation's own do-not-write list, for those who run it. It belongs to no workspace."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import OperatorRequest, operator_view
from consent.installation_forms import EntryForm, EntryListForm, RemovalForm
from consent.models import GlobalSuppression, GlobalSuppressionChange, Suppression
from consent.services.global_suppressions import Added, add_everywhere, remove_entry, take_back
from consent.views.ledger import around, page_of
from core.formatting import number
from core.htmx import go_to, render_page

CHANGES_SHOWN = 20


@never_cache
@operator_view
@require_http_methods(["GET", "HEAD", "POST"])
def suppressions(request: OperatorRequest) -> HttpResponse:
    """Look and find, and with a POST add one."""
    form = EntryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        add_everywhere(entries=[data["what"]], reason=data["reason"], note=data["note"], actor=request.user)
        messages.success(request, _("%(what)s is on the list.") % {"what": form.said()})
        return go_to(request, "installation:suppressions")
    rows = GlobalSuppression.objects.newest()
    search, reason = request.GET.get("search", "").replace("\x00", "").strip(), request.GET.get("reason", "")
    counts = rows.counts_by_reason()
    if search:
        rows = rows.stopping(search)
    if reason in Suppression.Reason.values:
        rows = rows.filter(reason=reason)
    found, following = page_of(rows.older_than(request.GET.get("after", "")))
    context = {
        "form": form,
        "rows": found,
        "search": search,
        "reason": reason,
        "reasons": [(key, label, counts[key]) for key, label in Suppression.Reason.choices if key in counts],
        "total": sum(counts.values()),
        "changes": GlobalSuppressionChange.objects.newest().with_left()[:CHANGES_SHOWN],
        **around(request, following),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "consent/installation.html", context, partial="rows", status=status)


@never_cache
@operator_view
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: OperatorRequest) -> HttpResponse:
    """A whole list at once: all its lines that can be read, or none."""
    form = EntryListForm(request.POST, request.FILES) if request.method == "POST" else EntryListForm()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        added = add_everywhere(entries=data["entries"], reason=data["reason"], note=data["note"], actor=request.user)
        messages.success(request, _told(added))
        return go_to(request, "installation:suppressions")
    return render_page(request, "consent/installation_list.html", {"form": form}, status=422 if form.is_bound else 200)


def _told(added: Added) -> str:
    text = ngettext("%(count)s entry is new or stronger.", "%(count)s entries are new or stronger.", added.written) % {
        "count": number(added.written)
    }
    if not added.unusable:
        return text
    left_out = ngettext(
        "%(count)s line could not be read and was left out.",
        "%(count)s lines could not be read and were left out.",
        added.unusable,
    ) % {"count": number(added.unusable)}
    return f"{text} {left_out}"


@never_cache
@operator_view
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: OperatorRequest, entry: uuid.UUID) -> HttpResponse:
    """Take an entry off, with the reason that is kept."""
    row = get_object_or_404(GlobalSuppression, public_id=entry)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            remove_entry(row=row, note=form.cleaned_data["note"], actor=request.user)
        except GlobalSuppression.DoesNotExist:
            messages.info(request, _("Somebody else has just taken it off."))
        else:
            messages.success(request, _("It is off the list. Each workspace’s own list still holds."))
        return go_to(request, "installation:suppressions")
    context = {"form": form, "row": row}
    return render_page(request, "consent/installation_entry.html", context, status=422 if form.is_bound else 200)


@never_cache
@operator_view
@require_http_methods(["GET", "HEAD", "POST"])
def take_list_back(request: OperatorRequest, change: uuid.UUID) -> HttpResponse:
    """Take a whole list off again, with the reason that is kept."""
    brought = get_object_or_404(GlobalSuppressionChange.objects.lists(), public_id=change)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        count = take_back(change=brought, note=form.cleaned_data["note"], actor=request.user)
        if count:
            text = ngettext("%(count)s entry is off the list.", "%(count)s entries are off the list.", count)
            messages.success(request, text % {"count": number(count)})
        else:
            messages.info(request, _("Nothing of it was on the list any more."))
        return go_to(request, "installation:suppressions")
    context = {"form": form, "change": brought, "left": GlobalSuppression.objects.brought_by(brought).count()}
    return render_page(request, "consent/installation_change.html", context, status=422 if form.is_bound else 200)
