"""From a feed to a message: what is new since the last time, and never the same entry twice."""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from campaigns import holds
from campaigns.feeds import Entry, Feed, FeedError, read_feed
from campaigns.models import Campaign, FeedEntry, Occurrence
from campaigns.services.starting import Held
from campaigns.timing import timing_of
from content.models import ContentVersion
from content.problems import ContentError
from content.services import pin_version
from core.clock import now
from core.outbound import OutboundError, fetch

logger = logging.getLogger(__name__)

MOST_BYTES = 2_000_000
SECONDS = 20.0
# A message with more than that is no digest any more; what is left out counts as seen.
MOST_IN_MESSAGE = 20
# The first message holds what is not older, so that it is neither empty nor the whole archive.
FIRST_SPAN = dt.timedelta(days=7)
ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True)
class Material:
    """What a feed said when it was asked; `feed` is None where it did not answer or is no feed."""

    feed: Feed | None
    problem: str = ""

    @property
    def is_down(self) -> bool:
        """Whether nothing can be said about what is new."""
        return self.feed is None

    def unseen(self, campaign: Campaign) -> list[Entry]:
        """Entries the campaign has not seen, in the feed's order, as many as a message holds."""
        if self.feed is None:
            return []
        entries = self.feed.entries
        seen = FeedEntry.objects.known_keys(campaign.pk, [entry.key for entry in entries])
        found = [entry for entry in entries if entry.key not in seen]
        if not FeedEntry.objects.filter(campaign=campaign).exists():
            since = now() - FIRST_SPAN
            found = [entry for entry in found if entry.published_at is None or entry.published_at >= since]
        return found[:MOST_IN_MESSAGE]


def needs_feed(campaign: Campaign) -> bool:
    """Whether its feed has to be asked before it goes out."""
    return campaign.kind == Campaign.Kind.FEED


def fetch_material(*, campaign: Campaign) -> Material:
    """Ask the campaign's feed; a problem is part of the answer. Takes up to SECONDS: hold no lock meanwhile."""
    return ask_feed(url=timing_of(campaign).feed_url)


def ask_feed(*, url: str, seconds: float = SECONDS) -> Material:
    """Ask a feed for what it has, for so many seconds at most."""
    try:
        answer = fetch(url, most_bytes=MOST_BYTES, seconds=seconds, headers={"Accept": ACCEPT})
    except OutboundError as error:
        logger.info("feed_not_reached code=%s", error.code)
        return Material(None, error.code)
    if answer.status != 200:
        return Material(None, "status")
    try:
        return Material(read_feed(answer.body, url=answer.url, content_type=answer.headers.get("content-type", "")))
    except FeedError:
        return Material(None, "no_feed")


def feed_data(feed: Feed, entries: list[Entry]) -> dict[str, Any]:
    """What templates see as `feed`."""
    return {"title": feed.title, "link": feed.link, "items": [entry.as_field() for entry in entries]}


def pinned_with_feed(campaign: Campaign, material: Material, entries: list[Entry]) -> ContentVersion:
    """The campaign's message with these entries. Raises Held where it cannot be sent."""
    assert campaign.template is not None  # noqa: S101 - require_startable has looked
    assert material.feed is not None  # noqa: S101 - the caller has looked
    try:
        return pin_version(campaign.template, feed=feed_data(material.feed, entries))
    except ContentError as error:
        raise Held(holds.TEMPLATE_BROKEN) from error


def note_entries(campaign: Campaign, material: Material, occurrence: Occurrence, sent: list[Entry]) -> None:
    """Remember everything the feed has now: what was sent, and what was passed over."""
    if material.feed is None:
        return
    moment, keys = now(), {entry.key for entry in sent}
    rows = [
        FeedEntry(
            campaign=campaign,
            occurrence=occurrence if entry.key in keys else None,
            key=entry.key,
            title=entry.title,
            link=entry.link,
            seen_at=moment,
        )
        for entry in material.feed.entries
    ]
    FeedEntry.objects.bulk_create(rows, ignore_conflicts=True)
