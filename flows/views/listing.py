"""The list of flows."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import WorkspaceRequest, workspace_view
from core.htmx import render_page
from flows.gallery import TEMPLATES
from flows.models import Flow
from flows.views.wording import KINDS

PER_PAGE = 25
OFFERED = ("cabin", "giveaway", "quote", "nps")
STATES = ("live", "draft", "closed", "archived")


@require_GET
@workspace_view("viewer")
def index(request: WorkspaceRequest) -> HttpResponse:
    """The flows of the workspace: what each is, how it stands, how many came and how many finished."""
    flows = Flow.objects.in_workspace(request.workspace)
    words, state = request.GET.get("q", "").strip()[:80], request.GET.get("state", "")
    state = state if state in STATES else ""
    page = Paginator(flows.shown(words, state), PER_PAGE).get_page(request.GET.get("page"))
    numbers = flows.visit_counts([one.pk for one in page.object_list])
    rows: list[dict[str, Any]] = [
        {"flow": one, "kind": KINDS.get(one.kind, one.kind), **_numbers(numbers.get(one.pk))}
        for one in page.object_list
    ]
    context = {
        "rows": rows, "page": page, "words": words, "state": state, "counts": flows.state_counts(),
        "is_empty": not rows and not words and not state and not flows.exists(),
        "offered": [one for one in TEMPLATES if one.key in OFFERED],
        "may_edit": request.membership.may("editor"),
    }  # fmt: skip
    return render_page(request, "flows/list.html", context, partial="rows")


def _numbers(counts: tuple[int, int] | None) -> dict[str, int]:
    visits, completed = counts or (0, 0)
    return {"visits": visits, "completed": completed}
