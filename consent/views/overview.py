"""Topics, sign-up pages and the rule about counting."""

import datetime as dt
import uuid

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, get_in_workspace, workspace_view
from accounts.models import Workspace
from consent import links
from consent.evidence import LeavingReason
from consent.forms import SignupPageForm, TopicForm
from consent.jurisdiction import settings_of
from consent.models import (
    Confirmation,
    ConsentRecord,
    ConsentState,
    LedgerCheck,
    SignupPage,
    State,
    Suppression,
    Topic,
)
from consent.profiles import all_profiles
from consent.rules_wording import profile_name
from consent.services.preferences import asks_before_counting
from consent.services.topics import TopicInUse, delete_topic, save_settings, save_signup_page, save_topic
from consent.views.ledger import with_people
from core.clock import now
from core.htmx import go_to, render_page
from events.models import Event

LATEST = 6
DAYS_OF_REASONS = 90
DAYS_AHEAD = 60  # as far as the segment “Consent running out” looks


@workspace_view()
@require_safe
def overview(request: WorkspaceRequest) -> HttpResponse:
    """All of consent at a glance."""
    workspace = request.workspace
    topics = list(Topic.objects.in_workspace(workspace).by_name())
    counts = ConsentState.objects.counts_by_topic(workspace)
    for topic in topics:
        states = counts.get(topic.pk, {})
        topic.agreed, topic.waiting = states.get("granted", 0), states.get("pending", 0)
        topic.left = states.get("withdrawn", 0) + states.get("denied", 0)
    reasons = Suppression.objects.in_workspace(workspace).counts_by_reason()
    pages = list(SignupPage.objects.in_workspace(workspace).with_joined())
    for page in pages:
        page.url = links.signup_url(page.public_id)
    lapsing = ConsentState.objects.lapsing_by_topic(workspace, now() + dt.timedelta(days=DAYS_AHEAD))
    waiting = Confirmation.objects.in_workspace(workspace).waiting(now()).count()
    context = {
        "topics": topics,
        "pages": pages,
        "lapsing": [(topic, lapsing[topic.pk]) for topic in topics if topic.pk in lapsing],
        "waiting": waiting,
        "last_check": LedgerCheck.objects.last_done(workspace),
        "lost_link": links.lost_link_url(workspace.public_id),
        "usual_rules": _usual_rules(workspace),
        "reasons": [(label, reasons[key]) for key, label in Suppression.Reason.choices if key in reasons],
        "suppressed": sum(reasons.values()),
        "tracking_needs_consent": asks_before_counting(workspace.pk),
        "why_left": _why_people_left(workspace),
        "records": with_people(ConsentRecord.objects.in_workspace(workspace).newest()[:LATEST]),
    }
    return render_page(request, "consent/overview.html", context)


def _usual_rules(workspace: Workspace) -> str:
    """The name of the rules the workspace chose for people whose own are not known, or ""."""
    chosen = all_profiles().get(settings_of(workspace.pk).default_profile)
    return profile_name(chosen) if chosen else ""


def _why_people_left(workspace: Workspace) -> list[tuple[str, int]]:
    """What people said in the last 90 days, in the order they were asked; empty while nobody said anything."""
    said = Event.objects.in_workspace(workspace).filter(
        kind="consent.reason_given", at__gte=now() - dt.timedelta(days=DAYS_OF_REASONS)
    )
    counts = dict(said.values_list("properties__reason").annotate(Count("id")).order_by())
    return [(str(label), counts.get(key, 0)) for key, label in LeavingReason.choices] if counts else []


@workspace_view()
@require_POST
def settings(request: WorkspaceRequest) -> HttpResponse:
    """Whether people are asked before their opens and clicks are counted."""
    needs = request.POST.get("tracking_needs_consent") == "on"
    save_settings(workspace=request.workspace, tracking_needs_consent=needs, actor=request.user)
    messages.success(
        request,
        _("Opens and clicks are counted only of people who agreed.")
        if needs
        else _("Opens and clicks are counted unless somebody said no."),
    )
    return go_to(request, "consent:overview", request.workspace.slug)


@workspace_view(role="editor")
@require_http_methods(["GET", "HEAD", "POST"])
def topic_create(request: WorkspaceRequest) -> HttpResponse:
    """A new topic."""
    return _edit_topic(request, None)


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def topic_edit(request: WorkspaceRequest, topic: uuid.UUID) -> HttpResponse:
    """Look at a topic, or change it."""
    return _edit_topic(request, get_in_workspace(Topic, request.workspace, topic))


def _edit_topic(request: WorkspaceRequest, topic: Topic | None) -> HttpResponse:
    # The form writes into its own copy, so that the page's title stays what is saved.
    copy = get_in_workspace(Topic, request.workspace, topic.public_id) if topic else None
    form = TopicForm(request.POST if request.method == "POST" else None, instance=copy)
    if request.method == "POST" and form.is_valid():
        saved = save_topic(workspace=request.workspace, values=form.values(), actor=request.user, topic=topic)
        messages.success(request, _("“%(topic)s” is saved.") % {"topic": saved.name})
        return go_to(request, "consent:overview", request.workspace.slug)
    states = ConsentState.objects.counts_by_topic(request.workspace).get(topic.pk, {}) if topic else {}
    context = {"form": form, "topic": topic, "said": [(label, states.get(key, 0)) for key, label in State.choices]}
    return render_page(request, "consent/topic.html", context, status=422 if form.is_bound else 200)


@workspace_view()
@require_POST
def topic_delete(request: WorkspaceRequest, topic: uuid.UUID) -> HttpResponse:
    """Remove a topic nobody ever answered about."""
    found = get_in_workspace(Topic, request.workspace, topic)
    try:
        delete_topic(topic=found, actor=request.user)
    except TopicInUse as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "consent:topic-edit", request.workspace.slug, found.public_id)
    messages.success(request, _("“%(topic)s” is deleted.") % {"topic": found.name})
    return go_to(request, "consent:overview", request.workspace.slug)


@workspace_view(role="editor")
@require_http_methods(["GET", "HEAD", "POST"])
def page_create(request: WorkspaceRequest) -> HttpResponse:
    """A new sign-up page, with words to start from."""
    words = {
        "title": _("News from %(sender)s") % {"sender": request.workspace.name},
        "consent_text": _(
            "%(sender)s may write to me by e-mail about what I ticked. I can end it with one click in every message."
        )
        % {"sender": request.workspace.name},
    }
    return _edit_page(request, None, words)


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request: WorkspaceRequest, page: uuid.UUID) -> HttpResponse:
    """Look at a sign-up page and its link, or change it."""
    return _edit_page(request, get_in_workspace(SignupPage, request.workspace, page), {})


def _edit_page(request: WorkspaceRequest, page: SignupPage | None, words: dict[str, str]) -> HttpResponse:
    workspace = request.workspace
    copy = SignupPage.objects.in_workspace(workspace).with_joined().get(pk=page.pk) if page else None
    data = request.POST if request.method == "POST" else None
    form = SignupPageForm(data, instance=copy, initial=words, workspace=workspace)
    if request.method == "POST" and form.is_valid():
        saved = save_signup_page(workspace=workspace, values=form.values(), actor=request.user, page=page)
        messages.success(request, _("The page is saved."))
        return go_to(request, "consent:page-edit", workspace.slug, saved.public_id)
    context = {
        "form": form,
        "page": page,
        "asked": copy.asked if copy else 0,
        "joined": copy.joined if copy else 0,
        "link": links.signup_url(page.public_id) if page else "",
        "has_topics": Topic.objects.in_workspace(workspace).exists(),
    }
    return render_page(request, "consent/page.html", context, status=422 if form.is_bound else 200)
