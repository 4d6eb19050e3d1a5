"""How often and when one person is written to, for a teammate who was told on the phone."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from consent.own_page_forms import ContactPreferenceForm
from consent.services.choices import InvalidPreference, preference_of, save_choices
from contacts.models import Contact
from core.clock import zone_or_none
from core.htmx import go_to, render_page


@workspace_view(role="editor")
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: WorkspaceRequest, contact: uuid.UUID) -> HttpResponse:
    """A form with everything they can choose on their own page; the change is audited."""
    person = get_in_workspace(Contact, request.workspace, contact)
    zone = zone_or_none(person.time_zone) or zone_or_none(request.workspace.time_zone)
    with timezone.override(zone):
        form = ContactPreferenceForm(
            request.POST if request.method == "POST" else None, preference=preference_of(person), zone=zone
        )
        if request.method == "POST" and form.is_valid():
            try:
                save_choices(contact=person, values=form.values(), actor=request.user)
            except InvalidPreference as problem:
                form.refuse(problem)
            else:
                messages.success(request, _("Saved."))
                return go_to(request, "contacts:detail", request.workspace.slug, person.public_id)
        context = {"form": form, "contact": person, "zone": str(zone or "UTC")}
        return render_page(request, "consent/contact_preferences.html", context, status=422 if form.is_bound else 200)
