"""Beginning a flow: from the gallery, from nothing, from JSON, or as a contest of a few fields."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.access import WorkspaceRequest, workspace_view
from core.clock import now
from core.htmx import go_to, render_page
from flows.answers import FlowProblem
from flows.building.catalogue import fresh_block
from flows.building.shapes import is_whole
from flows.forms import ContestForm, ImportForm, NameForm
from flows.gallery import DAYS_OPEN, TEMPLATES, Template, document_of, template_of
from flows.gallery.contests import ContestWish, contest_document
from flows.models import Flow
from flows.services import NotPublishable, publish_flow
from flows.services.managing import create_named_flow
from flows.views.wording import KINDS


@require_GET
@workspace_view("editor")
def gallery(request: WorkspaceRequest) -> HttpResponse:
    """What to begin with."""
    rows = [{"template": one, "kind": KINDS[one.kind]} for one in TEMPLATES]
    return render_page(request, "flows/gallery.html", {"rows": rows})


@workspace_view("editor")
def begin(request: WorkspaceRequest, template: str) -> HttpResponse:
    """Begin with a document of the gallery, or with `blank`: it only asks for a name, a contest for a little more."""
    chosen = template_of(template)
    if chosen is None and template != "blank":
        raise Http404
    if chosen is not None and chosen.is_contest:
        return _begin_contest(request, chosen)
    initial = {"name": str(chosen.name)} if chosen else {}
    form = NameForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        document = document_of(chosen.key, now()) if chosen else blank(form.cleaned_data["name"])
        made = _create(request, form, document, chosen.key if chosen else "")
        if made is not None:
            return go_to(request, "flows:detail", request.workspace.slug, made.public_id)
    context = {"form": form, "template": chosen, "kind": KINDS[chosen.kind] if chosen else ""}
    return render_page(request, "flows/begin.html", context, status=422 if form.is_bound else 200)


def blank(name: str) -> Any:
    """A flow of one question and one ending."""
    return {
        "schema_version": "1.0", "kind": "form", "name": name, "default_locale": "en",
        "steps": [{"key": "first", "blocks": [fresh_block("single_choice", "question")]}],
        "endings": [{"key": "done", "type": "screen", "title": _("Thank you")}],
    }  # fmt: skip


def _create(request: WorkspaceRequest, form: Any, document: Any, wish: str = "") -> Flow | None:
    try:
        return create_named_flow(
            workspace=request.workspace,
            actor=request.user,
            name=form.cleaned_data["name"],
            document=document,
            wish=wish,
        )
    except FlowProblem as problem:
        form.add_error("name" if problem.path == "/name" else None, str(problem))
        return None


@workspace_view("editor")
def bring(request: WorkspaceRequest) -> HttpResponse:
    """Begin with a document from elsewhere."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        document = form.cleaned_data["document"]
        if not is_whole(document):
            form.add_error(None, _("This is JSON, but not a flow: parts are missing or have another form."))
        else:
            made = _create(request, form, document)
            if made is not None:
                return go_to(request, "flows:detail", request.workspace.slug, made.public_id)
    return render_page(request, "flows/import.html", {"form": form}, status=422 if form.is_bound else 200)


def _begin_contest(request: WorkspaceRequest, chosen: Template) -> HttpResponse:
    """The few fields a contest needs; it is live three minutes later."""
    form = ContestForm(request.POST) if request.method == "POST" else ContestForm(initial=_usual(request, chosen))
    if form.is_valid():
        made = _create(request, form, contest_document(chosen.key, _wish(request, form)), chosen.key)
        if made is not None:
            return _after_contest(request, made, is_wanted=form.cleaned_data["publish"])
    context = {"form": form, "template": chosen, "kind": KINDS[chosen.kind]}
    return render_page(request, "flows/begin.html", context, status=422 if form.is_bound else 200)


def _after_contest(request: WorkspaceRequest, made: Flow, *, is_wanted: bool) -> HttpResponse:
    if not is_wanted:
        return go_to(request, "flows:detail", request.workspace.slug, made.public_id)
    try:
        publish_flow(flow=made, actor=request.user)
    except (NotPublishable, FlowProblem) as problem:
        count = len(problem.problems) if isinstance(problem, NotPublishable) else 1
        words = ngettext(
            "The contest is made, but not published: %(count)d thing is to be mended first.",
            "The contest is made, but not published: %(count)d things are to be mended first.",
            count,
        )
        messages.warning(request, words % {"count": count})
        return go_to(request, "flows:detail", request.workspace.slug, made.public_id)
    messages.success(request, _("“%(name)s” is live.") % {"name": made.name})
    return go_to(request, "flows:published", request.workspace.slug, made.public_id)


def _usual(request: WorkspaceRequest, chosen: Template) -> dict[str, Any]:
    begins = timezone.localtime(now()).replace(minute=0, second=0, microsecond=0)
    contest = document_of(chosen.key)["contest"]
    address = request.workspace.postal_address.replace("\n", ", ")
    return {
        "name": str(chosen.name), "prize": contest["prizes"][0]["name"], "quantity": contest["prizes"][0]["quantity"],
        "opens_at": begins, "closes_at": begins + dt.timedelta(days=DAYS_OPEN),
        "sponsor": ", ".join(filter(None, [request.workspace.name, address]))[:200],
    }  # fmt: skip


def _wish(request: WorkspaceRequest, form: ContestForm) -> ContestWish:
    values = form.cleaned_data
    return ContestWish(
        name=values["name"], prize=values["prize"], quantity=form.decimals("quantity"), opens_at=values["opens_at"],
        closes_at=values["closes_at"], zone=request.workspace.time_zone or "UTC", sponsor=values["sponsor"],
        min_age=form.decimals("min_age"), verification=values["verification"], claim_days=form.decimals("claim_days"),
        asks_for_news=values["news"],
    )  # fmt: skip
