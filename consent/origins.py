"""Why a message came, told by the layers above that know messages and campaigns."""

import uuid
from collections.abc import Callable

from contacts.models import Contact

# The message's public id and the person it went to, to sentences in the active language.
Teller = Callable[[uuid.UUID, Contact], list[str]]

_tellers: dict[str, Teller] = {}


def offer_origin(name: str, teller: Teller) -> None:
    """Have a function asked about messages. `name` is `app.what`; registering it again replaces it."""
    _tellers[name] = teller


def origin_of(message: uuid.UUID, contact: Contact) -> list[str]:
    """Everything that is known of why this message came, in sentences; nothing for a message of somebody else."""
    return [sentence for teller in _tellers.values() for sentence in teller(message, contact)]
