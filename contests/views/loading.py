"""What the public pages of contests share: which contest an address names, and how its pages are answered."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contests import terms
from contests.links import contest_url
from contests.models import Contest, Document
from flows.models import Flow


def contest_or_404(flow: uuid.UUID) -> Contest:
    """The contest of a flow's public id, once it has promised something. Raises Http404."""
    rows = Contest.objects.select_related("flow__workspace", "version").exclude(phase=Contest.Phase.DRAFT)
    found: Contest | None = rows.filter(flow__public_id=flow).first()
    if found is None:
        raise Http404
    return found


def answer(
    request: HttpRequest, template: str, contest: Contest, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the workspace's colours, with times on the contest's clocks."""
    settings = terms.settings_of(contest)
    common = {
        "workspace": contest.flow.workspace,
        "contest": contest,
        "settings": settings,
        "is_live": contest.phase == Contest.Phase.OPEN and contest.flow.status == Flow.Status.LIVE,
        "enter_url": contest_url(contest),
        "rules_url": contest_url(contest, "rules"),
        "draw_url": contest_url(contest, "draw"),
    }
    with timezone.override(terms.zone(settings)):
        return render(request, template, {**common, **context}, status=status)


def documents_of(contest: Contest) -> list[Document]:
    """Everything published, in order; without the texts, of which some are megabytes."""
    return list(contest.documents.defer("body").order_by("pk"))
