"""“Lost your link? We mail it.” What happens for an address we know and for one we do not is the same."""

from django.db import transaction

from accounts.models import Workspace
from consent.models import LinkRequest
from contacts.models import Address, Channel, Contact
from core.crypto import address_hash
from core.limits import is_over_limit
from events.services import record

PER_ADDRESS, PER_SECONDS = 3, 24 * 3600


def request_link(*, workspace: Workspace, address: str, language: str = "") -> None:
    """Note that somebody asks for the link of this (normalised) address.

    Nobody is looked up here: `consent.link_requested` has it done afterwards, so that neither the answer nor the
    time it takes tells a visitor who is known. A mailbox gets three such mails a day at most.
    """
    digest = address_hash(f"{workspace.pk}:{address}").hex()
    if is_over_limit("lost-link", digest, limit=PER_ADDRESS, seconds=PER_SECONDS):
        return
    with transaction.atomic():
        request = LinkRequest.objects.create(workspace=workspace, address=address, language=language[:20])
        record(workspace, "consent.link_requested", properties={"request": str(request.public_id)})


@transaction.atomic
def take_link_request(public_id: str) -> tuple[LinkRequest, Contact | None] | None:
    """The request and the person with that address, if there is one; None when it was taken before.

    The row is gone afterwards, and with it what was typed.
    """
    request = LinkRequest.objects.select_for_update().filter(public_id=public_id).first()
    if request is None:
        return None
    found = Address.objects.filter(workspace=request.workspace_id, channel=Channel.EMAIL, value=request.address)
    address = found.select_related("contact__workspace").first()
    LinkRequest.objects.filter(pk=request.pk).delete()
    return request, address.contact if address else None
