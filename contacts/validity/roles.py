"""Addresses of a desk rather than a person (RFC 2142 and custom). Pure."""

from contacts.validity.word_lists import word_list

ROLES = frozenset(word_list("roles"))


def is_role(email: str) -> bool:
    """Whether a normalised address belongs to a role, whatever follows a + in it."""
    return email.rpartition("@")[0].partition("+")[0] in ROLES
