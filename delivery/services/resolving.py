"""Messages of unknown fate that went to a provider: the provider is asked whether it has them."""

import datetime as dt

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet

from channels.models import Sender
from channels.providers import ProviderSettings, is_provider_url
from core.clock import now
from core.queue import enqueue
from delivery.esp.looking_up import can_look_up, is_known
from delivery.headers import message_id
from delivery.models import Message

# Providers show a message seconds after they took it, some minutes later at times of trouble; after hours nothing new
# is to be expected. Each message is asked about once in AGAIN.
FIRST, LAST, AGAIN = dt.timedelta(minutes=2), dt.timedelta(hours=6), dt.timedelta(minutes=15)
BATCH, MOST_LOOKED_AT = 50, 1000


def wake_resolver() -> None:
    """Wake a worker when a provider can be asked about something."""
    if _candidates().exists():
        enqueue("delivery.resolve_unknown")


def resolve_unknown() -> int:
    """Ask about the next messages; how many turned out to be sent. The others stay as they are."""
    asked = resolved = 0
    own = _askable(settings.SMTP_URL)
    for message in _candidates().select_related("sender")[:MOST_LOOKED_AT]:
        url = message.sender.smtp_url if message.sender else ""
        account = _askable(url) if url else own
        if account is None or not cache.add(f"look-up:{message.pk}", 1, AGAIN.total_seconds()):
            continue
        from_email = message.sender.email if message.sender else settings.DEFAULT_FROM_EMAIL
        if is_known(account, public_id=message.public_id, message_id=message_id(message.public_id, from_email)):
            # Fenced: evidence or a person may have settled it meanwhile.
            unknown = Message.objects.filter(pk=message.pk, status="unknown")
            resolved += unknown.update(status="sent", reason="", detail="")
        asked += 1
        if asked == BATCH:
            break
    return resolved


def doubt_waiting() -> int:
    """Single messages that are due become unknown: for a database that comes from a backup; how many there were.

    The machine that went on after the backup has most likely sent them, and none is sent twice. Call it while no
    worker runs.
    """
    waiting = Message.objects.filter(dispatch=None, status__in=("pending", "claimed"), due_at__lte=now())
    return waiting.update(status="unknown", reason="restored", owner=None, lease_until=None, settled_at=now())


def _candidates() -> QuerySet[Message]:
    """Messages of unknown fate whose provider can be asked, the oldest first.

    Those of other providers are left out here: thousands of them must not stand before a few that can be cleared up.
    """
    moment = now()
    found = Message.objects.filter(status="unknown", settled_at__lte=moment - FIRST, settled_at__gte=moment - LAST)
    # Which provider a sender uses is encrypted, so only those that have such messages are opened.
    senders = Sender.objects.filter(pk__in=found.values("sender")).exclude(smtp_url="")
    askable = Q(sender__in=[sender.pk for sender in senders if _askable(sender.smtp_url)])
    if _askable(settings.SMTP_URL):
        askable |= Q(sender=None) | Q(sender__smtp_url="")
    return found.filter(askable).order_by("settled_at", "id")


def _askable(url: str) -> ProviderSettings | None:
    """The account behind a URL, where it is one that can be asked about a message."""
    if not is_provider_url(url):
        return None
    try:
        account = ProviderSettings.from_url(url)
    except ValueError:
        return None
    return account if can_look_up(account) else None
