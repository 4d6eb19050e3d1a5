"""Visiting the links of a campaign's message in the background, so that the review can tell which lead nowhere."""

import datetime as dt

from campaigns.links import digest_of, plain_links, problem_of
from campaigns.models import Campaign, LinkCheck
from content.preview import compile_template
from core.clock import now
from core.outbound import OutboundError, fetch
from core.queue import enqueue

KEPT = dt.timedelta(hours=6)
SECONDS = 10
MOST_BYTES = 64 * 1024


def wake_link_check(campaign: Campaign) -> bool:
    """Have a worker visit the links nobody visited within KEPT; False when there are none. Stores nothing."""
    waiting = bool(campaign.is_editable and _stale(campaign))
    if waiting:
        enqueue("campaigns.check_links", campaign_id=campaign.pk)
    return waiting


def check_links(*, campaign_id: int) -> int:
    """Visit the links of the campaign's message that nobody visited lately; returns how many were visited.

    Each result is stored as soon as it is there, and a link that another worker took is left to it.
    """
    campaign = Campaign.objects.with_parts().filter(pk=campaign_id).first()
    if campaign is None:
        return 0
    visited = 0
    for url in _stale(campaign):
        if _take(campaign, url):
            code, problem = visit(url)
            LinkCheck.objects.filter(workspace=campaign.workspace, digest=digest_of(url)).update(
                code=code, problem=problem, checked_at=now()
            )
            visited += 1
    return visited


def visit(url: str) -> tuple[int, str]:
    """The status of the answer and a code of campaigns.links.PROBLEMS; 0 where there is no answer.

    Some servers answer HEAD badly that answer GET well; a page larger than is read is there all the same.
    """
    try:
        status = fetch(url, most_bytes=MOST_BYTES, seconds=SECONDS, method="HEAD").status
        if status >= 400:
            status = fetch(url, most_bytes=MOST_BYTES, seconds=SECONDS).status
    except OutboundError as error:
        return 0, "" if error.code == "too_large" else error.code
    return status, problem_of(status)


def _stale(campaign: Campaign) -> list[str]:
    """The links of its message that were not asked about within KEPT."""
    if campaign.template is None:
        return []
    urls = plain_links(compile_template(campaign.template).links)
    known = LinkCheck.objects.filter(
        workspace=campaign.workspace, digest__in=[digest_of(url) for url in urls], asked_at__gt=now() - KEPT
    )
    fresh = set(known.values_list("digest", flat=True))
    return [url for url in urls if digest_of(url) not in fresh]


def _take(campaign: Campaign, url: str) -> bool:
    """Say that it is being asked; False when somebody else has said so meanwhile."""
    moment = now()
    row, is_new = LinkCheck.objects.get_or_create(
        workspace=campaign.workspace, digest=digest_of(url), defaults={"url": url[:2000], "asked_at": moment}
    )
    stale = LinkCheck.objects.filter(pk=row.pk, asked_at__lte=moment - KEPT)
    return is_new or bool(stale.update(asked_at=moment))
