"""Files of a campaign's people: at once for a few, by a worker for many."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from accounts.access import WorkspaceRequest
from campaigns.models import Campaign
from campaigns.views.loading import go_to_campaign
from contacts.exporting.files import CONTENT_TYPES
from contacts.exporting.wish import Wish
from contacts.services.errors import TooManyExports
from contacts.services.exports import is_small, send_at_once, start_export
from core.htmx import go_to

WHO = ["email", "first_name", "last_name", "external_id"]


def send_file(request: WorkspaceRequest, campaign: Campaign, wish: Wish, people: int | None, back: str) -> HttpResponse:
    """The file of a wish, or the page on which a worker's progress is seen; `people` is None where they are many.

    Where too many files wait already that is said on the page `back`.
    """
    if people is None or not is_small(people):
        try:
            waiting = start_export(workspace=request.workspace, wish=wish, actor=request.user)
        except TooManyExports as error:
            messages.error(request, str(error))
            return go_to_campaign(request, campaign, back)
        return go_to(request, "contacts:export-detail", request.workspace.slug, waiting.public_id)
    pieces = send_at_once(workspace=request.workspace, wish=wish, people=people, actor=request.user)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[wish.format])
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{campaign.name}.{wish.format}") or ""
    return response  # type: ignore[return-value]
