"""Use cases of senders and the domains that vouch for them."""

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
    "DomainStanding",
    "SenderExists",
    "add_sender",
    "change_sender",
    "confirm_sender",
    "domain_of",
    "domain_standing",
    "remove_sender",
    "request_verification",
]
