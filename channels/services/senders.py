"""Use cases of senders: adding one, proving that somebody reads its address, putting it away."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from channels.models import Sender
from core.clock import now
from events.services import record

# Pages and API together, for each workspace: nobody floods a stranger's mailbox with links to confirm.
MAILS_AN_HOUR = 20
MOST_HOOKS = 32_767


class SenderExists(Exception):
    """The workspace sends from this address already."""


@transaction.atomic
def add_sender(*, workspace: Workspace, actor: User | None, name: str, email: str, reply_to: str = "") -> Sender:
    """Add a sender and mail the link that verifies its address. One that was put away comes back unverified.

    Raises SenderExists when the address is in use here.
    """
    email = email.strip().lower()
    values = {"name": name, "reply_to": reply_to, "is_active": True, "verified_at": None}
    put_away = Sender.objects.select_for_update().filter(workspace=workspace, email=email, is_active=False).first()
    if put_away is not None:
        sender: Sender = put_away
        for field, value in values.items():
            setattr(sender, field, value)
        sender.save()
    else:
        try:
            # Two presses at once: the unique index lets one through.
            with transaction.atomic():
                sender = Sender.objects.create(workspace=workspace, email=email, **values)
        except IntegrityError as error:
            raise SenderExists(_("You send from this address already.")) from error
    record_audit(workspace=workspace, actor=actor, action="sender.added", target=str(sender))
    request_verification(sender=sender)
    return sender


@transaction.atomic
def change_sender(*, sender: Sender, actor: User | None, name: str, email: str, reply_to: str = "") -> Sender:
    """Change a sender. A new address has to be verified before anything is sent from it.

    Raises SenderExists when another sender has that address.
    """
    email = email.strip().lower()
    moved = email != sender.email
    sender.name, sender.email, sender.reply_to = name, email, reply_to
    if moved:
        sender.verified_at = None
    try:
        with transaction.atomic():
            sender.save()
    except IntegrityError as error:
        raise SenderExists(_("You send from this address already.")) from error
    record_audit(workspace=sender.workspace, actor=actor, action="sender.changed", target=str(sender))
    if moved:
        request_verification(sender=sender)
    return sender


@transaction.atomic
def renew_hook(*, sender: Sender, actor: User | None) -> None:
    """Give the sender's webhook a new address; calls to the one before are refused from now on."""
    row = Sender.objects.select_for_update().get(pk=sender.pk)
    # Two bytes hold it; who changed it so often meets the first addresses again.
    row.hook_number = row.hook_number % MOST_HOOKS + 1
    row.save(update_fields=["hook_number"])
    sender.hook_number = row.hook_number
    record_audit(workspace=row.workspace, actor=actor, action="sender.hook_renewed", target=str(row))


@transaction.atomic
def route_sender(*, sender: Sender, actor: User | None, url: str) -> None:
    """Have the sender's mail leave through the server or provider of `url`, "" for this installation's own.

    What is waiting goes that way too; what is in flight is not touched.
    """
    sender.smtp_url = url
    sender.save(update_fields=["smtp_url"])
    record_audit(workspace=sender.workspace, actor=actor, action="sender.routed", target=str(sender))


@transaction.atomic
def remove_sender(*, sender: Sender, actor: User | None) -> None:
    """Put a sender away: nothing new is sent from it; what was sent keeps its name."""
    sender.is_active = False
    sender.save(update_fields=["is_active"])
    record_audit(workspace=sender.workspace, actor=actor, action="sender.removed", target=str(sender))


@transaction.atomic
def request_verification(*, sender: Sender) -> None:
    """Ask for the mail with the link. A verified sender needs none."""
    if sender.is_verified:
        return
    properties = {"sender": str(sender.public_id), "email": sender.email}
    record(sender.workspace, "sender.verification_requested", properties=properties, source=("sender", sender.pk))


@transaction.atomic
def confirm_sender(*, sender: Sender) -> Sender:
    """Note that somebody who reads the address said yes. Saying it again changes nothing."""
    locked: Sender = Sender.objects.select_for_update().select_related("workspace").get(pk=sender.pk)
    if not locked.is_verified:
        locked.verified_at = now()
        locked.save(update_fields=["verified_at"])
        record_audit(workspace=locked.workspace, actor=None, action="sender.verified", target=str(locked))
    return locked
