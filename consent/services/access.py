"""Codes that open somebody's own data: mailed to their address, good for ten minutes and five tries.

A preference link is forwarded and kept in archives, so it shows a masked address and no more; whoever wants the
data has to read the mailbox now.
"""

import datetime as dt
import hmac
import unicodedata
import uuid

from django.db import transaction
from django.db.models import F

from consent.models import AccessCode
from contacts.models import Contact
from core.clock import now
from core.crypto import read_token, sign_token, signature
from core.ids import uuid7
from core.limits import is_over_limit
from events.services import record

VALID_FOR = dt.timedelta(minutes=10)
OPEN_FOR = dt.timedelta(minutes=30)
MOST_TRIES = 5
# Five mails of five tries: a stranger guesses one of a million codes once in a hundred years.
MAILS_A_DAY = 5


def code_of(access: AccessCode) -> str:
    """The six digits, computed from the row and the installation's secret: reading the database tells nobody."""
    return f"{int.from_bytes(signature('data code', access.public_id.bytes), 'big') % 1_000_000:06d}"


def send_code(*, contact: Contact) -> bool:
    """Make a new code and have it mailed, by the event `consent.code_requested`; an earlier one ends.

    False when nothing is mailed: no address, or too many mails today. The visitor is not told which. Raises
    Contact.DoesNotExist for somebody erased meanwhile.
    """
    if not contact.email or is_over_limit("data-code", str(contact.pk), limit=MAILS_A_DAY, seconds=24 * 3600):
        return False
    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        fresh = {"public_id": uuid7(), "tries": 0, "expires_at": now() + VALID_FOR, "opened_at": None}
        access, _is_new = AccessCode.objects.update_or_create(contact=contact, defaults=fresh)
        record(
            contact.workspace,
            "consent.code_requested",
            contact_id=contact.pk,
            properties={"code": str(access.public_id)},
        )
    return True


def open_data(*, contact: Contact, code: str) -> str | None:
    """The key that opens the person's data for half an hour, or None for a wrong, late or overtried code.

    Every try counts, at once and for good: concurrent guesses cannot share one.
    """
    mine = AccessCode.objects.filter(contact=contact, expires_at__gt=now(), tries__lt=MOST_TRIES)
    if not mine.update(tries=F("tries") + 1):
        return None
    access = AccessCode.objects.get(contact=contact)
    # Arabic keyboards write ٤ for 4.
    digits = "".join(str(unicodedata.decimal(character)) for character in code[:100] if character.isdecimal())
    if not hmac.compare_digest(code_of(access).encode(), digits.encode()):
        return None
    if access.opened_at is None:
        AccessCode.objects.filter(pk=access.pk).update(opened_at=now())
    return sign_token("data key", access.public_id.bytes)


def is_open(*, contact: Contact, key: str) -> bool:
    """True while a key made by `open_data` for this person holds."""
    payload = read_token("data key", key)
    if payload is None or len(payload) != 16:
        return False
    opened = AccessCode.objects.filter(contact=contact, public_id=uuid.UUID(bytes=payload))
    return opened.filter(opened_at__gt=now() - OPEN_FOR).exists()
