"""What flows mail to open something: how many mails an address and a visitor may cause, and how long rows stay."""

import datetime as dt
import secrets

from django.db import connection

from core.clock import now
from core.crypto import address_hash
from core.limits import is_over_limit
from flows.models import FlowSession, MailedKey
from flows.querysets import secret_digest

# Ten mails a day of five tries each: a stranger finds the code for somebody's address once in fifty years.
HOURLY, DAILY, PER_SESSION, PER_VISITOR = 5, 10, 10, 20
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SWEPT_AT_ONCE = 5_000


def may_mail(*, session: FlowSession, address: str, ip: str) -> bool:
    """Whether one more code or link may go to an address, from a session, at the wish of who has this `ip`.

    Mails to one address are counted one after the other, whichever session they come from: whoever asks at the same
    moment waits here until this transaction ends.
    """
    if ip and is_over_limit("flow-keys", ip, limit=PER_VISITOR, seconds=3_600):
        return False
    digest = address_hash(address.lower())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
    sent, moment = MailedKey.objects, now()
    return (
        sent.number_since(moment - HOUR, address=digest) < HOURLY
        and sent.number_since(moment - DAY, address=digest) < DAILY
        and sent.number_since(moment - DAY, session=session) < PER_SESSION
    )


def keep_key(
    session: FlowSession, kind: str, address: str, digest: bytes, lives: dt.timedelta, *, block: str = ""
) -> MailedKey:
    """Keep what a code or link is known by again."""
    return MailedKey.objects.create(
        session=session, kind=kind, block=block, address=address_hash(address.lower()), digest=digest,
        sent_at=now(), expires_at=now() + lives,
    )  # fmt: skip


def session_of_link(secret: str) -> int | None:
    """The id of the session that a mailed link leads to, None where it ran out."""
    return MailedKey.objects.session_behind(secret, now())


def new_link(session: FlowSession, address: str, *, days: int) -> str:
    """The secret of a new link; only its digest is kept."""
    secret = secrets.token_urlsafe(16)
    keep_key(session, MailedKey.Kind.LINK, address, secret_digest(secret), dt.timedelta(days=days))
    return secret


def sweep_keys() -> int:
    """Remove what ran out a day ago: until then it counts against too many mails. Returns how many went."""
    over = MailedKey.objects.filter(expires_at__lt=now() - DAY).values("pk")[:SWEPT_AT_ONCE]
    return MailedKey.objects.filter(pk__in=over).delete()[0]


def has_keys_to_sweep() -> bool:
    """Whether something ran out; served by index flow_mailed_key_over."""
    return MailedKey.objects.filter(expires_at__lt=now() - DAY).exists()
