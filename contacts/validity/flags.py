"""What stands out about an address, as the words that are stored with it."""

from typing import Final

from contacts.validity.disposable import is_disposable
from contacts.validity.roles import is_role
from contacts.validity.typos import suggest_email

ROLE: Final = "role"
DISPOSABLE: Final = "disposable"
TYPO: Final = "typo"
FLAGS: Final = (DISPOSABLE, ROLE, TYPO)


def flags_of(email: str, *, is_right: bool = False) -> list[str] | None:
    """The flags of a normalised e-mail address in the order they are stored; None for none.

    `is_right`: somebody said that its domain is no typing error.
    """
    domain = email.rpartition("@")[2]
    found = [DISPOSABLE] if is_disposable(domain) else []
    found += [ROLE] if is_role(email) else []
    found += [TYPO] if not is_right and suggest_email(email) else []
    return found or None
