"""Use cases of senders and the domains that vouch for them."""

from channels.services.domains import (
    CHECKS_AN_HOUR,
    DomainRefused,
    add_domain,
    ask_check,
    change_domain,
    remove_domain,
    renew_keys,
)
from channels.services.hosts import (
    HostRefused,
    ask_host_check,
    connect_host,
    own_host_name,
    page_base,
    remove_host,
    serving_workspace,
)
from channels.services.identities import NO_IDENTITY, Identity, load_identities
from channels.services.senders import (
    MAILS_AN_HOUR,
    SenderExists,
    add_sender,
    change_sender,
    confirm_sender,
    remove_sender,
    renew_hook,
    request_verification,
    route_sender,
)
from channels.services.standing import DomainStanding, domain_of, domain_standing

__all__ = [
    "CHECKS_AN_HOUR",
    "MAILS_AN_HOUR",
    "NO_IDENTITY",
    "DomainRefused",
    "DomainStanding",
    "HostRefused",
    "Identity",
    "SenderExists",
    "add_domain",
    "add_sender",
    "ask_check",
    "ask_host_check",
    "change_domain",
    "change_sender",
    "confirm_sender",
    "connect_host",
    "domain_of",
    "domain_standing",
    "load_identities",
    "own_host_name",
    "page_base",
    "remove_domain",
    "remove_host",
    "remove_sender",
    "renew_hook",
    "renew_keys",
    "request_verification",
    "route_sender",
    "serving_workspace",
]
