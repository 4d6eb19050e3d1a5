"""Joining: the page, the answer to it, and the button that a mail leads to. No script, no cookie."""

import uuid
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from consent import links
from consent.forms import SignupForm
from consent.models import Confirmation, SignupPage, Topic
from consent.promise import frequency_in_words
from consent.readers import language_of
from consent.services.signup import ConfirmationExpired, confirm_signup, request_signup
from consent.views.visitors import answer, answer_contact, nowhere, visitor_of
from consent.wording import leaving_sentence
from contacts.services import InvalidContact
from core.limits import limited

PER_VISITOR, SECONDS = 30, 3600


# There is no session to protect here, and a form that needs a cookie fails in the browsers of mail programs.
@csrf_exempt
@never_cache
@limited("signup", limit=PER_VISITOR, seconds=SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest, page: uuid.UUID) -> HttpResponse:
    """A sign-up page; its words are the workspace's, and so is its language."""
    found = get_object_or_404(SignupPage.objects.select_related("workspace"), public_id=page)
    with translation.override(language_of("", found.workspace)):
        if not found.is_open:
            return answer(request, "consent/public/closed.html", found.workspace, {"page": found})
        form = SignupForm(request.POST if request.method == "POST" else None, page=found)
        if request.method == "POST" and _accept(request, found, form):
            return redirect("preferences:sent", found.public_id)
        context = {"page": found, "form": form, "leaving": leaving_sentence()}
        status = 422 if form.is_bound else 200
        return answer(request, "consent/public/signup.html", found.workspace, context, status)


def _accept(request: HttpRequest, page: SignupPage, form: SignupForm) -> bool:
    """True when the visitor is told to look into their mailbox, which says nothing of whether we know them."""
    if form.is_from_a_program():
        return True
    if not form.is_valid():
        return False
    language = translation.get_language() or ""
    try:
        request_signup(page=page, answers=form.answers(language=language, visitor=visitor_of(request)))
    except InvalidContact as problem:
        for name, sentences in problem.fields.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    return True


@never_cache
@require_safe
def sent(request: HttpRequest, page: uuid.UUID) -> HttpResponse:
    """What everybody reads after signing up."""
    found = get_object_or_404(SignupPage.objects.select_related("workspace"), public_id=page)
    with translation.override(language_of("", found.workspace)):
        return answer(request, "consent/public/sent.html", found.workspace, {"page": found})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a double opt-in mail: GET shows what it is about, POST says yes. Scanners only GET."""
    confirmation = _confirmation_of(token)
    if confirmation is None:
        return nowhere(request)
    context = {
        "confirmation": confirmation,
        "topics": Topic.objects.in_workspace(confirmation.workspace).filter(pk__in=confirmation.topics).by_name(),
        "preferences": links.preferences_url(confirmation.contact.public_id),
    }
    if confirmation.days_between:
        # Called by the template, which speaks the person's language.
        context["frequency"] = partial(frequency_in_words, confirmation.days_between)
    template = "consent/public/confirmed.html" if confirmation.confirmed_at else "consent/public/confirm.html"
    if request.method == "POST":
        try:
            confirm_signup(confirmation=confirmation, visitor=visitor_of(request))
        except Confirmation.DoesNotExist:
            return nowhere(request)
        except ConfirmationExpired:
            template = "consent/public/expired.html"
        else:
            template = "consent/public/confirmed.html"
    elif not confirmation.confirmed_at and confirmation.has_expired:
        template = "consent/public/expired.html"
    return answer_contact(request, template, confirmation.contact, context)


def _confirmation_of(token: str) -> Confirmation | None:
    public_id = links.read_confirmation(token)
    if public_id is None:
        return None
    rows = Confirmation.objects.select_related("contact__workspace", "workspace", "page")
    found: Confirmation | None = rows.filter(public_id=public_id).first()
    return found
