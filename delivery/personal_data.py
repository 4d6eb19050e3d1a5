"""What delivery keeps about a person: to show it to them, and what goes when they are erased."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.rights import Leaving, Section
from content.problems import RenderError
from content.renderer import Renderer
from delivery.loading import Item, load_batch
from delivery.models import Message, MessageFact
from delivery.pipeline import Pinned, render_item
from delivery.reasons import reason_label

CHUNK = 200

# What waits is not sent any more; what is over counts in reports without the person. A message being sent at this
# instant may still arrive: its sender has the words in hand.
STOP = """
UPDATE delivery_message SET status = 'skipped', reason = 'erased', settled_at = clock_timestamp()
WHERE contact_id = ANY(%(ids)s) AND status IN ('pending', 'claimed', 'sending')
"""
BLANK_FACTS = """
UPDATE delivery_messagefact SET detail = '', contact_id = NULL WHERE contact_id = ANY(%(ids)s)
"""
BLANK = """
UPDATE delivery_message
SET contact_id = NULL, recipient = '', data = NULL, detail = '', provider_id = '', idempotency_key = NULL
WHERE contact_id = ANY(%(ids)s)
"""
# Messages of programs and tests to the address, which no contact is behind; served by index message_to_stranger.
BLANK_STRANGERS = """
UPDATE delivery_message
SET recipient = '', data = NULL, detail = '', provider_id = '', idempotency_key = NULL,
    status = CASE WHEN status IN ('pending', 'claimed', 'sending') THEN 'skipped' ELSE status END,
    reason = CASE WHEN status IN ('pending', 'claimed', 'sending') THEN 'erased' ELSE reason END,
    settled_at = CASE WHEN status IN ('pending', 'claimed', 'sending') THEN clock_timestamp() ELSE settled_at END
WHERE workspace_id = %(workspace)s AND contact_id IS NULL AND recipient <> '' AND recipient = ANY(%(values)s)
"""


def sections(contact: Contact) -> Iterator[Section]:
    """Every message with its words and what became of it, and every open and click."""
    fields = {
        "at": _("When"),
        "title": _("What"),
        "subject": _("Subject"),
        "recipient": _("To"),
        "purpose_name": _("For"),
        "outcome_name": _("What became of it"),
        "text": _("What it said"),
    }
    yield Section(key="messages", title=_("Messages"), fields=fields, rows=_messages(contact), is_prose=True)
    fields = {
        "at": _("When"),
        "action_name": _("What"),
        "verdict_name": _("By"),
        "message": _("Message"),
        "link": _("Link"),
        "times": _("Times"),
    }
    yield Section(key="reactions", title=_("Opens, clicks and bounces"), fields=fields, rows=_facts(contact))


def _messages(contact: Contact) -> Iterator[dict[str, Any]]:
    """Each message; its words are written anew with today's data, since what was sent is kept as a pattern."""
    related = ("dispatch", "content_version", "workspace")
    rows = Message.objects.filter(contact=contact).select_related(*related).order_by("id").iterator(CHUNK)
    patterns: dict[int, Pinned] = {}
    while batch := list(itertools.islice(rows, CHUNK)):
        items: dict[int, Item] = {}
        for purpose in sorted({row.purpose for row in batch}):
            keys = [row.pk for row in batch if row.purpose == purpose]
            items |= {item.key: item for item in load_batch(keys, purpose=purpose)}
        for row in batch:
            subject, text = _words(row, items.get(row.pk), patterns)
            yield _told(row) | {"subject": subject, "text": text}


def _told(row: Message) -> dict[str, Any]:
    outcome = str(row.get_status_display())
    return {
        "id": str(row.public_id),
        "at": row.shown_at,
        "title": row.title,
        "recipient": row.recipient,
        "channel": row.channel,
        "purpose": row.purpose,
        "purpose_name": row.get_purpose_display(),
        "outcome": row.status,
        "outcome_name": f"{outcome}: {reason_label(row.reason)}" if row.reason else outcome,
        "reason": row.reason,
        "detail": row.detail,
    }


def _words(row: Message, item: Item | None, patterns: dict[int, Pinned]) -> tuple[str, str]:
    """Subject and text as the person got or would get them; empty where they cannot be written any more."""
    version = row.content_version
    if version is None:
        data = row.data or {}
        return str(data.get("subject", "")), str(data.get("text", ""))
    if item is None or row.workspace is None:
        return "", ""
    if version.pk not in patterns:
        patterns[version.pk] = Pinned(Renderer(version), list(version.links))
    try:
        rendered = render_item(item, patterns[version.pk], row.workspace, tracked=False)
    except RenderError:
        return "", ""
    return rendered.subject, rendered.text


def _facts(contact: Contact) -> Iterator[dict[str, Any]]:
    rows = MessageFact.objects.filter(contact=contact).select_related("message__content_version").order_by("at", "id")
    for row in rows.iterator(CHUNK):
        version = row.message.content_version
        links = version.links if version else []
        yield {
            "at": row.at,
            "last_at": row.last_at,
            "action": row.action,
            "action_name": row.get_action_display(),
            "verdict": row.verdict,
            "verdict_name": row.get_verdict_display(),
            "message": str(row.message.public_id),
            "link": links[row.link] if 0 <= row.link < len(links) else "",
            "times": row.times,
            "detail": row.detail,
        }


def forget(leaving: Leaving) -> Mapping[str, int]:
    """Stop what waits and blank what is over; that something was sent, skipped or opened still counts."""
    values: dict[str, Any] = {
        "ids": leaving.all_ids,
        "workspace": leaving.workspace.pk,
        "values": [value for _channel, value in leaving.addresses],
    }
    counts = []
    with connection.cursor() as cursor:
        for statement in (STOP, BLANK_FACTS, BLANK, BLANK_STRANGERS):
            cursor.execute(statement, values)
            counts.append(cursor.rowcount)
    return {"messages": counts[2] + counts[3], "message_facts": counts[1]}
