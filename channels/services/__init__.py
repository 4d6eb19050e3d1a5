"""Use cases of senders and the domains that vouch for them."""

from channels.services.identities import NO_IDENTITY, Identity, load_identities
from channels.services.senders import (
    MAILS_AN_HOUR,
    SenderExists,
    add_sender,
    change_sender,
    confirm_sender,
    remove_sender,
    request_verification,
)
from channels.services.standing import DomainStanding, domain_of, domain_standing

__all__ = [
    "MAILS_AN_HOUR",
    "NO_IDENTITY",
    "DomainStanding",
    "Identity",
    "SenderExists",
    "add_sender",
    "change_sender",
    "confirm_sender",
    "domain_of",
    "domain_standing",
    "load_identities",
    "remove_sender",
    "request_verification",
]
