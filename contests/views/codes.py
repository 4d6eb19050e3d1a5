"""Codes to give away."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import WorkspaceRequest, workspace_view
from contests.forms import CodesForm
from contests.models import CodePool
from contests.services.codes import CodeProblem, add_codes
from core.htmx import go_to, render_page


@workspace_view()
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: WorkspaceRequest) -> HttpResponse:
    """Pools with how many codes are left, and with a POST more codes."""
    form = CodesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _add(request, form):
        return go_to(request, "contests:codes", request.workspace.slug)
    pools = CodePool.objects.in_workspace(request.workspace).with_counts()
    context = {"form": form, "pools": pools, "nav": "flows"}
    return render_page(request, "contests/codes.html", context, status=422 if form.is_bound else 200)


def _add(request: WorkspaceRequest, form: CodesForm) -> bool:
    problems = {
        "none": _("There is no code in it. Write one on each line."),
        "too_many": _("That is more than 100,000 codes. Add them in parts."),
        "unreadable": _("A code has at most 200 letters, all of which can be seen."),
    }
    try:
        _pool, added, known = add_codes(
            workspace=request.workspace, key=form.cleaned_data["key"], text=form.cleaned_data["codes"],
            actor=request.user,
        )  # fmt: skip
    except CodeProblem as problem:
        form.add_error("codes", problems[str(problem)])
        return False
    said = ngettext("%(n)d code added.", "%(n)d codes added.", added) % {"n": added}
    if known:
        said += " " + ngettext("%(n)d was there already.", "%(n)d were there already.", known) % {"n": known}
    messages.success(request, said)
    return True
