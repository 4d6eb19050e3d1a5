"""“Lost your link?” The answer is the same for every address."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Workspace
from consent.own_page_forms import LostLinkForm
from consent.readers import language_of
from consent.services.lost_links import request_link
from consent.views.visitors import answer
from contacts.addresses import normalise_email
from contacts.problems import Problem
from core.limits import limited

PER_VISITOR, SECONDS = 20, 3600


@csrf_exempt  # as on the sign-up page: there is no session to protect
@never_cache
@limited("lost-link", limit=PER_VISITOR, seconds=SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest, workspace: uuid.UUID) -> HttpResponse:
    """Take an address on POST; then say that a mail is on its way if we know it."""
    found = get_object_or_404(Workspace, public_id=workspace)
    wished = translation.get_language() or ""
    with translation.override(language_of(wished, found)):
        form = LostLinkForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and _accept(form, found, wished):
            return redirect(request.path + "?sent=1")
        context = {"form": form, "sent": request.method != "POST" and "sent" in request.GET}
        status = 422 if form.is_bound else 200
        return answer(request, "consent/public/lost_link.html", found, context, status)


def _accept(form: LostLinkForm, workspace: Workspace, language: str) -> bool:
    if not form.is_valid():
        return False
    try:
        address = normalise_email(form.cleaned_data["email"])
    except Problem as problem:
        form.add_error("email", str(problem))
        return False
    request_link(workspace=workspace, address=address, language=language)
    return True
