"""What delivery does when others say that something happened."""

from channels import verification_mail
from channels.models import Sender
from consent import confirmation_mail, own_page_mail
from consent.models import AccessCode, Confirmation
from consent.own_page_mail import OwnPageMail
from consent.services.lost_links import take_link_request
from contacts import address_mail
from contacts.models import AddressChange, Contact
from core.clock import now
from core.ids import uuid_or_none
from delivery.models import Message
from delivery.services.facts import record_unsubscribe
from delivery.services.submit import SendRequest, submit
from events.models import Event


def mail_confirmation(event: Event) -> None:
    """Mail the double opt-in that somebody asked for; nothing when it was confirmed or withdrawn meanwhile."""
    confirmation = (
        Confirmation.objects.select_related("contact", "workspace")
        .filter(public_id=event.properties.get("confirmation"), confirmed_at=None)
        .first()
    )
    if confirmation is None:
        return
    mail = confirmation_mail.build(confirmation)
    sender = Sender.objects.in_workspace(confirmation.workspace).verified().first()
    submit(
        SendRequest(
            workspace=confirmation.workspace,
            purpose="service",
            to_email=confirmation.contact.email,
            contact=confirmation.contact,
            sender=sender,
            data={
                "subject": mail.subject,
                "text": mail.text,
                "html": mail.html,
                "from_name": confirmation.workspace.name,
            },
            idempotency_key=f"event-{event.public_id}",
        )
    )


def mail_address_change(event: Event) -> None:
    """Mail the link by which somebody confirms the new address they gave; nothing when that is over meanwhile."""
    change = (
        AddressChange.objects.select_related("contact__workspace", "workspace")
        .filter(public_id=event.properties.get("change"), confirmed_at=None)
        .first()
    )
    if change is None or change.has_expired:
        return
    mail = address_mail.build(change)
    submit(
        SendRequest(
            workspace=change.workspace,
            purpose="system",
            to_email=mail.to_email,
            contact=change.contact,
            sender=Sender.objects.in_workspace(change.workspace).verified().first(),
            data={"subject": mail.subject, "text": mail.text, "html": mail.html, "from_name": change.workspace.name},
            idempotency_key=f"event-{event.public_id}",
        )
    )


def mail_code(event: Event) -> None:
    """Mail the code that opens somebody's own data; nothing when it ran out meanwhile."""
    codes = AccessCode.objects.select_related("contact__workspace")
    access = codes.filter(public_id=event.properties.get("code"), expires_at__gt=now()).first()
    if access is not None:
        _submit_own_page_mail(access.contact, own_page_mail.build_code(access), event)


def mail_link(event: Event) -> None:
    """Mail somebody the link to their own page; nothing when nobody has the address that was typed."""
    taken = take_link_request(str(event.properties.get("request", "")))
    if taken is None:
        return
    request, contact = taken
    if contact is not None and contact.email == request.address:
        _submit_own_page_mail(contact, own_page_mail.build_link(contact, request.language), event)


def _submit_own_page_mail(contact: Contact, mail: OwnPageMail, event: Event) -> None:
    workspace = contact.workspace
    submit(
        SendRequest(
            workspace=workspace,
            purpose="service",
            to_email=contact.email,
            contact=contact,
            sender=Sender.objects.in_workspace(workspace).verified().first(),
            data={"subject": mail.subject, "text": mail.text, "html": mail.html, "from_name": workspace.name},
            idempotency_key=f"event-{event.public_id}",
        )
    )


def mail_verification(event: Event) -> None:
    """Mail the link that proves somebody reads a sender's address."""
    sender = Sender.objects.select_related("workspace").filter(public_id=event.properties.get("sender")).first()
    if sender is None or sender.is_verified:
        return
    mail = verification_mail.build(sender)
    data = {"subject": mail.subject, "text": mail.text, "html": mail.html, "from_name": "Rapport"}
    submit(
        SendRequest(
            workspace=sender.workspace,
            purpose="system",
            to_email=sender.email,
            data=data,
            idempotency_key=f"event-{event.public_id}",
        )
    )


def note_unsubscribe(event: Event) -> None:
    """Count an unsubscribe for the message that led to it."""
    public_id = uuid_or_none(event.properties.get("message"))
    message = Message.objects.select_related("workspace").filter(public_id=public_id, workspace=event.workspace).first()
    if message is not None and message.contact_id == event.contact_id:
        record_unsubscribe(message)


def forget_person(event: Event) -> None:
    """Blank what messages say of an erased person; that they were sent, skipped or opened still counts."""
    if event.contact_id is not None:
        Message.objects.filter(contact_id=event.contact_id, status__in=Message.OPEN).update(
            status="skipped", reason="erased", settled_at=now()
        )
        Message.objects.filter(contact_id=event.contact_id).update(contact=None, recipient="", data=None, detail="")
