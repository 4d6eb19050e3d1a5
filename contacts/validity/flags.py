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
    is_typo = not is_right and bool(suggest_email(email))
    # Somebody sits on many a misspelling of a common domain: whoever mistyped has not thrown anything away.
    found = [DISPOSABLE] if not is_typo and is_disposable(domain) else []
    found += [ROLE] if is_role(email) else []
    found += [TYPO] if is_typo else []
    return found or None
