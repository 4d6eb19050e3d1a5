"""Pictures of the workspace, to choose from while a flow is made; they are kept with those of its messages."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import WorkspaceRequest, workspace_view
from content.pictures import newest_pictures, receive_picture


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def pictures(request: WorkspaceRequest) -> HttpResponse:
    """The newest pictures for the builder's dialog; a POST adds one, which then comes first."""
    problem = ""
    if request.method == "POST":
        _added, problem = receive_picture(workspace=request.workspace, upload=request.FILES.get("picture"))
    context = {"pictures": newest_pictures(request.workspace), "problem": problem}
    return render(request, "flows/builder/_pictures.html", context, status=422 if problem else 200)
