"""Messages of unknown fate that went to a provider: the provider is asked whether it has them."""

import datetime as dt
import hashlib

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet

from channels.models import Sender
from channels.providers import ProviderSettings, is_provider_url
from core.clock import now
from core.limits import is_over_limit
from core.queue import enqueue
from delivery.esp.looking_up import A_MINUTE, LookUpRefused, can_look_up, is_known
from delivery.headers import message_id
from delivery.models import Message

# Providers show a message seconds after they took it, some minutes later at times of trouble; after hours nothing new
# is to be expected. Each message is asked about once in AGAIN.
FIRST, LAST, AGAIN = dt.timedelta(minutes=2), dt.timedelta(hours=6), dt.timedelta(minutes=15)
BATCH, MOST_LOOKED_AT = 50, 1000
# A key that may not ask, or an extra that was not bought: perhaps it is by then.
REFUSED_AGAIN = dt.timedelta(hours=1)


def wake_resolver() -> None:
    """Wake a worker when a provider can be asked about something."""
    if any(_candidates(is_slow=is_slow).exists() for is_slow in (False, True)):
        enqueue("delivery.resolve_unknown")


def resolve_unknown() -> int:
    """Ask about the next messages; how many turned out to be sent. The others stay as they are.

    Providers that answer a few questions a minute come last: their many must not stand before what others clear up.
    """
    return sum(_resolve(_candidates(is_slow=is_slow)) for is_slow in (False, True))


def _resolve(candidates: QuerySet[Message]) -> int:
    asked = resolved = 0
    own = _askable(settings.SMTP_URL)
    for message in candidates.select_related("sender")[:MOST_LOOKED_AT]:
        url = message.sender.smtp_url if message.sender else ""
        account = _askable(url) if url else own
        if account is None or cache.get(f"look-up:{message.pk}") or not _may_ask(account):
            continue
        if not cache.add(f"look-up:{message.pk}", 1, AGAIN.total_seconds()):
            continue
        resolved += _ask(account, message)
        asked += 1
        if asked == BATCH:
            break
    return resolved


def _ask(account: ProviderSettings, message: Message) -> int:
    """Ask about one message; 1 when it turned out to be sent."""
    from_email = message.sender.email if message.sender else settings.DEFAULT_FROM_EMAIL
    named = message_id(message.public_id, from_email)
    try:
        if not is_known(account, public_id=message.public_id, message_id=named, recipient=message.recipient):
            return 0
    except LookUpRefused:
        cache.set(_refused(account), 1, REFUSED_AGAIN.total_seconds())
        return 0
    # Fenced: evidence or a person may have settled it meanwhile.
    unknown = Message.objects.filter(pk=message.pk, status="unknown")
    return unknown.update(status="sent", reason="", detail="")


def _may_ask(account: ProviderSettings) -> bool:
    """Whether the account may be asked once more just now; counts the question."""
    if cache.get(_refused(account)):
        return False
    limit = A_MINUTE.get(account.kind)
    return limit is None or not is_over_limit("provider-look-up", _digest(account), limit=limit, seconds=60)


def _refused(account: ProviderSettings) -> str:
    return f"look-up-refused:{_digest(account)}"


def _digest(account: ProviderSettings) -> str:
    """The account in a name of the cache, without its key."""
    return hashlib.sha256(f"{account.kind}:{':'.join(account.credentials)}".encode()).hexdigest()


def doubt_waiting() -> int:
    """Single messages that are due become unknown: for a database that comes from a backup; how many there were.

    The machine that went on after the backup has most likely sent them, and none is sent twice. Call it while no
    worker runs.
    """
    waiting = Message.objects.filter(dispatch=None, status__in=("pending", "claimed"), due_at__lte=now())
    return waiting.update(status="unknown", reason="restored", owner=None, lease_until=None, settled_at=now())


def _candidates(*, is_slow: bool) -> QuerySet[Message]:
    """Messages of unknown fate whose provider can be asked, the oldest first; those of slow providers, or of others.

    Those of other providers are left out here: thousands of them must not stand before a few that can be cleared up.
    """
    moment = now()
    found = Message.objects.filter(status="unknown", settled_at__lte=moment - FIRST, settled_at__gte=moment - LAST)
    # Which provider a sender uses is encrypted, so only those that have such messages are opened.
    senders = Sender.objects.filter(pk__in=found.values("sender")).exclude(smtp_url="")
    askable = Q(sender__in=[sender.pk for sender in senders if _is_askable(sender.smtp_url, is_slow)])
    if _is_askable(settings.SMTP_URL, is_slow):
        askable |= Q(sender=None) | Q(sender__smtp_url="")
    return found.filter(askable).order_by("settled_at", "id")


def _is_askable(url: str, is_slow: bool) -> bool:
    account = _askable(url)
    return account is not None and (account.kind in A_MINUTE) == is_slow


def _askable(url: str) -> ProviderSettings | None:
    """The account behind a URL, where it is one that can be asked about a message."""
    if not is_provider_url(url):
        return None
    try:
        account = ProviderSettings.from_url(url)
    except ValueError:
        return None
    return account if can_look_up(account) else None
