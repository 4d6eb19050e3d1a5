"""Double opt-ins on their way: asking once more by hand, and forgetting those that ended."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from consent.models import Confirmation
from consent.services.signup import BETWEEN_MAILS, MAILS
from core.clock import now
from events.services import record

# So long somebody may still be told that their link ran out, instead of that nobody knows it.
KEPT_AFTER_THE_END = dt.timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000


class CannotResend(Exception):
    """Nothing more is mailed for this one; the words say why."""


@transaction.atomic
def resend_confirmation(*, confirmation: Confirmation, actor: User) -> None:
    """Mail the person once more. Raises CannotResend when they confirmed, when it ended, after the second mail, and
    within two minutes of the first: nobody's mailbox is filled because they did not answer."""
    row = (
        Confirmation.objects.select_for_update(of=("self",)).select_related("workspace", "page").get(pk=confirmation.pk)
    )
    if row.confirmed_at:
        raise CannotResend(_("They have confirmed already."))
    if row.expires_at <= now():
        raise CannotResend(_("This ended after seven days. They can sign up again."))
    if row.sent_count >= MAILS:
        raise CannotResend(_("They were asked twice. More would be too much."))
    if row.last_sent_at and now() - row.last_sent_at <= BETWEEN_MAILS:
        raise CannotResend(_("The last mail went out just now. Give it two minutes."))
    row.sent_count += 1
    row.last_sent_at = now()
    row.save(update_fields=["sent_count", "last_sent_at"])
    properties = {"confirmation": str(row.public_id), "page": row.page.name if row.page else ""}
    record(row.workspace, "consent.requested", contact_id=row.contact_id, properties=properties)
    record_audit(workspace=row.workspace, actor=actor, action="confirmation.resent")


def forget_ended_confirmations() -> int:
    """Delete those that nobody confirmed and that ended a month ago, some thousands at a time; how many went.

    The ledger keeps that they were asked.
    """
    ended = Confirmation.objects.filter(confirmed_at=None, expires_at__lt=now() - KEPT_AFTER_THE_END)
    return Confirmation.objects.filter(pk__in=ended.values("pk")[:FORGOTTEN_AT_ONCE]).delete()[0]
