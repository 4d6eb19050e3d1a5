"""From claimed rows to letters: who may still be written to, and the words for each.

Every step takes the batch and answers per message: it goes on, or it is settled with a reason.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import Workspace
from channels.models import Sender
from channels.services import NO_IDENTITY, Identity, load_identities
from consent.links import preferences_url, renewal_url, unsubscribe_url
from consent.quiet_hours import quiet_ends
from content.models import ContentVersion
from content.renderer import Addresses, Rendered, Renderer, contact_context, render_link
from core.clock import now, zone_or_none
from delivery import tokens
from delivery.assembly import Letter
from delivery.claims import Settlement
from delivery.headers import AUTOMATIC, list_headers
from delivery.loading import Item
from delivery.policy import POLICIES, Policy
from delivery.sealing import open_words


@dataclass(frozen=True, slots=True)
class Pinned:
    """A content version, parsed, and where its numbered links lead."""

    renderer: Renderer
    links: list[str]


class Chosen(NamedTuple):
    """A message that may be written; `tracked` says whether its links and opens are counted."""

    item: Item
    sender: Sender | None
    tracked: bool


@dataclass(slots=True)
class Sifted:
    """Who of a batch may be written to, and what becomes of the others."""

    chosen: list[Chosen] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)


class Library:
    """Senders, content and workspaces of recent batches, so that a batch reads each at most once.

    Content versions never change. Senders and workspaces may, so `begin` forgets them with each batch.
    """

    MOST_RENDERERS = 200

    def __init__(self) -> None:
        self._renderers: dict[int, Pinned] = {}
        self._senders: dict[int, Sender] = {}
        self._identities: dict[int, Identity] = {}
        self._workspaces: dict[int, Workspace] = {}

    def begin(self, items: Iterable[Item]) -> None:
        """Read what the batch needs: four statements at most, whatever its size."""
        items = list(items)
        self._senders = Sender.objects.in_bulk({item.sender_id for item in items if item.sender_id})
        self._identities = load_identities(self._senders.values())
        self._workspaces = Workspace.objects.in_bulk({item.workspace_id for item in items if item.workspace_id})
        wanted = {item.content_version_id for item in items if item.content_version_id} - self._renderers.keys()
        if len(self._renderers) + len(wanted) > self.MOST_RENDERERS:
            self._renderers.clear()
        for version in ContentVersion.objects.filter(id__in=wanted):
            self._renderers[version.pk] = Pinned(Renderer(version), list(version.links))

    def sender(self, item: Item) -> Sender | None:
        """The message's sender, None for Rapport's own mail."""
        return self._senders.get(item.sender_id) if item.sender_id else None

    def identity(self, item: Item) -> Identity:
        """The keys that sign the message and the host its bounces go to."""
        return self._identities.get(item.sender_id or 0, NO_IDENTITY)

    def content(self, item: Item) -> Pinned | None:
        """The message's content, parsed once."""
        return self._renderers.get(item.content_version_id) if item.content_version_id else None

    def workspace(self, item: Item) -> Workspace:
        """The message's workspace; only Rapport's own mail has none, and that has no template either."""
        return self._workspaces[item.workspace_id or 0]


def sift(items: list[Item], library: Library) -> Sifted:
    """Ask of each message whether it may be sent now. No words are written yet."""
    library.begin(items)
    sifted, moment = Sifted(), now()
    for item in items:
        policy = POLICIES[item.purpose]
        if item.reason:
            sifted.settled.append(Settlement(item.key, "skipped", item.reason))
            continue
        if item.send_by is not None and item.send_by < moment:
            sifted.settled.append(Settlement(item.key, "skipped", "too_late"))
            continue
        sender = library.sender(item)
        if item.sender_id and (sender is None or not sender.is_verified):
            sifted.settled.append(Settlement(item.key, "failed", "sender_fault", "The sender is not verified."))
            continue
        if quiet_until := _quiet_until(item, policy, library, moment):
            # Nothing was attempted and no try is used up: it is due again when their quiet hours end.
            sifted.settled.append(Settlement(item.key, "pending", due_at=quiet_until))
            continue
        is_tracked = policy.is_tracked and item.may_track and item.content_version_id is not None
        sifted.chosen.append(Chosen(item, sender, is_tracked))
    return sifted


def _quiet_until(item: Item, policy: Policy, library: Library, moment: dt.datetime) -> dt.datetime | None:
    """When the hours end in which the person, or the workspace, wants no messages; None outside of them.

    Both are on the person's own clock. None too for mail they need.
    """
    if not policy.waits_for_quiet_hours or not item.workspace_id:
        return None
    workspace = library.workspace(item)
    hours = [item.quiet] if item.quiet else []
    if workspace.quiet_from is not None and workspace.quiet_until is not None:
        hours.append((workspace.quiet_from, workspace.quiet_until))
    if not hours:
        return None
    zone = zone_or_none(item.contact.get("time_zone")) or zone_or_none(workspace.time_zone) or ZoneInfo("UTC")
    until = moment
    # Where the one ends, the other may have begun; hours that leave nothing of the day are asked again tomorrow.
    for _round in range(4):
        ends = [end for pair in hours if (end := quiet_ends(until, *pair, zone))]
        if not ends:
            break
        until = max(ends)
    return until if until > moment else None


def write_letter(chosen: Chosen, library: Library) -> Letter:
    """The words of one message, with what `sift` had the library read.

    Raises content.problems.RenderError, and whatever else one person's data may lead to.
    """
    item, sender, is_tracked = chosen
    content = library.content(item)
    if content is None:
        return inline_letter(item, sender)
    workspace, person = library.workspace(item), item.contact
    contact_id = person.get("public_id")
    unsubscribe = unsubscribe_url(contact_id, item.topic_public_id, item.public_id) if contact_id else ""
    data, addresses = _words_of(item, content, workspace, tracked=is_tracked, unsubscribe=unsubscribe)
    rendered = content.renderer.render_wire(data, **addresses)
    has_unsubscribe = unsubscribe and POLICIES[item.purpose].has_unsubscribe
    return Letter(
        public_id=item.public_id,
        from_name=sender.name if sender else workspace.name,
        from_email=sender.email if sender else settings.DEFAULT_FROM_EMAIL,
        to_name=f"{person.get('first_name') or ''} {person.get('last_name') or ''}".strip(),
        to_email=item.recipient,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        reply_to=sender.reply_to if sender else "",
        headers=list_headers(item, workspace, sender, unsubscribe) if has_unsubscribe else (),
    )


def render_item(item: Item, content: Pinned, workspace: Workspace, *, tracked: bool) -> Rendered:
    """The words of one message. Links lead through /c/ when they may be counted, else straight to their target.

    Raises content.problems.RenderError.
    """
    contact_id = item.contact.get("public_id")
    unsubscribe = unsubscribe_url(contact_id, item.topic_public_id, item.public_id) if contact_id else ""
    data, addresses = _words_of(item, content, workspace, tracked=tracked, unsubscribe=unsubscribe)
    return content.renderer.render(data, **addresses)


def _words_of(
    item: Item, content: Pinned, workspace: Workspace, *, tracked: bool, unsubscribe: str
) -> tuple[dict[str, Any], Addresses]:
    """What a message's fields are filled with; addresses that its content does not use stay empty."""
    data = contact_context(
        item.contact,
        item.contact.get("attributes") or {},
        workspace={"name": workspace.name, "address": workspace.postal_address},
        campaign={"name": item.source_name},
        data=item.data or {},
    )
    contact_id, used = item.contact.get("public_id"), content.renderer.names
    if tracked:
        links = tokens.click_urls(item.public_id, len(content.links))
    else:
        links = [render_link(target, data) or "" for target in content.links]
    return data, {
        "links": links,
        "unsubscribe_url": unsubscribe,
        "preferences_url": preferences_url(contact_id, item.public_id)
        if contact_id and "preferences_url" in used
        else "",
        "renewal_url": renewal_url(contact_id, item.public_id) if contact_id and "renewal_url" in used else "",
        "view_url": tokens.view_url(item.public_id) if "view_url" in used else "",
        "pixel": tokens.open_url(item.public_id) if tracked and "pixel" in used else "",
    }


def inline_letter(item: Item, sender: Sender | None) -> Letter:
    """Rapport's own mail (password resets, confirmations), whose words were written by code and stored as data."""
    data = open_words(item.data)
    return Letter(
        public_id=item.public_id,
        from_name=sender.name if sender else str(data.get("from_name", "Rapport")),
        from_email=sender.email if sender else str(data.get("from_email") or settings.DEFAULT_FROM_EMAIL),
        to_name="",
        to_email=item.recipient,
        subject=str(data.get("subject", "")),
        text=str(data.get("text", "")),
        html=str(data.get("html", "")),
        headers=AUTOMATIC,
    )
