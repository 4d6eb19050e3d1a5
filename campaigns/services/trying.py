"""Trying a message on oneself before others get it."""

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.errors import NotReady
from campaigns.models import Campaign, CampaignVariant
from campaigns.services.rows import note
from campaigns.variants import sender_of, template_of
from contacts.models import Contact
from content.problems import ContentError
from content.services import pin_version
from delivery.services import submit_test


@transaction.atomic
def send_test(
    *,
    campaign: Campaign,
    actor: User,
    to_email: str,
    contact: Contact | None = None,
    variant: CampaignVariant | None = None,
) -> None:
    """Send the campaign's message, or this version of it, to one address, written as if to `contact`.

    Raises NotReady when it has no template or sender yet, or when the template cannot be compiled.
    """
    template = template_of(campaign, variant) if variant else campaign.template
    sender = sender_of(campaign, variant) if variant else campaign.sender
    if template is None or sender is None:
        raise NotReady([gettext("Choose a template and a sender")])
    if not sender.is_verified:
        raise NotReady([gettext("Verify the sender’s address")])
    try:
        version = pin_version(template)
    except ContentError as error:
        raise NotReady([error.problem.message]) from error
    submit_test(
        workspace=campaign.workspace,
        content_version=version,
        sender=sender,
        to_email=to_email,
        contact=contact,
    )
    note(campaign, actor, "tested")
