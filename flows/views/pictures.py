"""Pictures of the workspace, to choose from while a flow is made; they are kept with those of its messages."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import WorkspaceRequest, workspace_view
from content.images import NotAPicture
from content.pictures import newest_pictures, save_picture
from core.limits import is_over_limit

# One count with the pictures of messages.
UPLOADS_AN_HOUR = 200


@require_http_methods(["GET", "HEAD", "POST"])
@workspace_view("editor")
def pictures(request: WorkspaceRequest) -> HttpResponse:
    """The newest pictures for the builder's dialog; a POST adds one, which then comes first."""
    problem = ""
    if request.method == "POST":
        upload = request.FILES.get("picture")
        if upload is None:
            problem = _("Choose a picture first.")
        elif is_over_limit("picture", str(request.workspace.pk), limit=UPLOADS_AN_HOUR, seconds=3600):
            problem = _("Too many pictures in one hour. Nothing was stored; try again later.")
        else:
            try:
                save_picture(workspace=request.workspace, upload=upload)
            except NotAPicture as refusal:
                problem = str(refusal)
    context = {"pictures": newest_pictures(request.workspace), "problem": problem}
    return render(request, "flows/builder/_pictures.html", context, status=422 if problem else 200)
