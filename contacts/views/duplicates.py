"""People known twice: the list, one group side by side, and merging all that are certain."""

import uuid
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import WorkspaceRequest, workspace_view
from contacts.duplicates.evidence import CERTAIN, LIKELY, POSSIBLE, level
from contacts.duplicates.wording import LEVEL_TONES, LEVELS, REASONS, SHARED_BY_MANY
from contacts.forms.merging import SearchForm
from contacts.models import Contact, DuplicateGroup, DuplicatePair, DuplicateSearch, MergeBatch
from contacts.services.errors import ContactError
from contacts.services.finding_duplicates import ask_for_search, birthday_of, certain_groups, tell_apart
from contacts.services.merging_many import merge_certain_groups, people_of
from contacts.services.unmerging import can_be_undone
from contacts.views.merging import answer_comparison, merge_as_sent
from core.htmx import go_to, render_page

PER_PAGE = 20
LATELY = 6
BOUNDS = {"certain": (CERTAIN, 101), "likely": (LIKELY, CERTAIN), "possible": (POSSIBLE, LIKELY)}


@workspace_view()
@require_safe
def overview(request: WorkspaceRequest) -> HttpResponse:
    """Groups of people who may be one, the surest first; how the search stands; what was merged lately."""
    search = DuplicateSearch.objects.in_workspace(request.workspace).first()
    chosen = request.GET.get("level", "")
    groups = DuplicateGroup.objects.in_workspace(request.workspace)
    counts = {name: groups.at_least(*bounds).count() for name, bounds in BOUNDS.items()}
    found = groups.at_least(*BOUNDS[chosen]) if chosen in BOUNDS else groups
    page, following = _page(_behind(found, request.GET.get("after", "")))
    context = {
        "search": search,
        "is_searching": search is not None and search.status in {"queued", "running"},
        "groups": _dressed(page),
        "following": following,
        "level": chosen,
        "levels": [(name, LEVELS[name], counts[name]) for name in BOUNDS],
        "total": sum(counts.values()),
        "certain": counts["certain"],
        "too_common": _too_common(search),
        "batches": _lately(request),
        "form": _search_form(request, search, None),
        "may_edit": request.membership.may("editor"),
        "merged": _just_merged(request),
    }
    return render_page(request, "contacts/duplicates.html", context, partial="state")


def _behind(groups: Any, public_id: str) -> Any:
    """The groups in their order, from behind the one with this id."""
    last = groups.named(public_id)
    if last is not None:
        groups = groups.filter(Q(strength__lt=last.strength) | Q(strength=last.strength, id__gt=last.pk))
    return groups.strongest_first()


def _page(groups: Any) -> tuple[list[DuplicateGroup], str]:
    rows = list(groups[: PER_PAGE + 1])
    return rows[:PER_PAGE], str(rows[PER_PAGE - 1].public_id) if len(rows) > PER_PAGE else ""


def _dressed(groups: list[DuplicateGroup]) -> list[dict[str, Any]]:
    """Each group with its people and reasons in words; two queries for all."""
    pairs = defaultdict(list)
    for pair in DuplicatePair.objects.open().of_groups(groups):
        pairs[pair.group_id].append(pair)
    ids = {member for group in pairs.values() for pair in group for member in (pair.first_id, pair.second_id)}
    people = Contact.objects.in_bulk(ids)
    dressed = []
    for group in groups:
        members = sorted({member for pair in pairs[group.pk] for member in (pair.first_id, pair.second_id)})
        reasons = {reason for pair in pairs[group.pk] for reason in pair.reasons}
        name = level(group.strength)
        dressed.append(
            {
                "row": group,
                "people": [people[member] for member in members if member in people],
                "reasons": [words for reason, words in REASONS.items() if reason in reasons],
                "level": LEVELS.get(name, ""),
                "tone": LEVEL_TONES.get(name, ""),
            }
        )
    return dressed


def _too_common(search: DuplicateSearch | None) -> list[dict[str, Any]]:
    lines = search.too_common[:5] if search else []
    return [{**line, "words": SHARED_BY_MANY.get(line["reason"], "")} for line in lines]


def _lately(request: WorkspaceRequest) -> list[MergeBatch]:
    """The last merges that can be taken back or are on their way."""
    batches = list(MergeBatch.objects.in_workspace(request.workspace).newest_first().with_kept()[:LATELY])
    for batch in batches:
        batch.can_undo = can_be_undone(batch)
        batch.is_working = batch.status in {"queued", "running", "undoing"}
    return batches


def _just_merged(request: WorkspaceRequest) -> MergeBatch | None:
    """The batch that the page before merged, for the button that takes it back at once."""
    batch: MergeBatch | None = MergeBatch.objects.in_workspace(request.workspace).named(request.GET.get("merged", ""))
    return batch if batch and can_be_undone(batch) else None


def _search_form(request: WorkspaceRequest, search: DuplicateSearch | None, data: Any) -> SearchForm:
    chosen = birthday_of(request.workspace, search.birthday_key if search else None)
    return SearchForm(data, workspace=request.workspace, chosen=chosen)


@workspace_view("editor")
@require_POST
def look(request: WorkspaceRequest) -> HttpResponse:
    """Have everybody looked through again."""
    form = _search_form(request, None, request.POST)
    key = form.cleaned_data["birthday"] if form.is_valid() and "birthday" in request.POST else None
    try:
        ask_for_search(workspace=request.workspace, birthday_key=key)
    except ContactError as error:
        messages.error(request, str(error))
    return go_to(request, "contacts:duplicates", request.workspace.slug)


@workspace_view("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def merge_certain(request: WorkspaceRequest) -> HttpResponse:
    """Say what merging all certain groups does, and do it."""
    if request.method == "POST":
        batch = merge_certain_groups(workspace=request.workspace, actor=request.user)
        if batch is None:
            messages.warning(request, _("Nothing is certain any more, so nothing was merged."))
            return go_to(request, "contacts:duplicates", request.workspace.slug)
        return go_to(request, "contacts:merge-batch", request.workspace.slug, batch.public_id)
    groups = certain_groups(request.workspace)
    people = groups.people_in_all()
    context = {
        "groups": groups.count(),
        "people": people,
        "fewer": people - groups.count(),
        "examples": _dressed(list(groups[:5])),
    }
    return render_page(request, "contacts/duplicates_certain.html", context)


@workspace_view("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: WorkspaceRequest, group: uuid.UUID) -> HttpResponse:
    """One group side by side. A POST merges them, or says that they are different people; then comes the next."""
    row = DuplicateGroup.objects.in_workspace(request.workspace).named(group)
    people = people_of(row)[:PEOPLE_SIDE_BY_SIDE] if row else []
    if len(people) < 2:
        if row is None and not DuplicateSearch.objects.in_workspace(request.workspace).exists():
            raise Http404
        messages.info(request, _("This group has changed meanwhile: its people were merged, told apart or erased."))
        return go_to(request, "contacts:duplicates", request.workspace.slug)
    following = _behind(DuplicateGroup.objects.in_workspace(request.workspace), str(group)).first()
    if request.method == "POST" and request.POST.get("action") == "apart":
        tell_apart(workspace=request.workspace, contacts=people, actor=request.user)
        messages.success(request, _("They are different people, and will not be offered again."))
        return _next(request, following)
    if request.method == "POST":
        form, merged = merge_as_sent(request)
        if merged is not None:
            return _next(request, following, f"?merged={merged.batch.public_id}" if merged.batch else "")
        return answer_comparison(request, people, form=form, group=row, following=following)
    return answer_comparison(request, people, group=row, following=following)


PEOPLE_SIDE_BY_SIDE = 5


def _next(request: WorkspaceRequest, following: DuplicateGroup | None, query: str = "") -> HttpResponse:
    from django.urls import reverse

    if following is None:
        return go_to(request, reverse("contacts:duplicates", args=[request.workspace.slug]) + query)
    here = reverse("contacts:duplicate-group", args=[request.workspace.slug, following.public_id])
    return go_to(request, here + query)
