"""How likely it is that two contacts are one person. Pure.

Each reason is the chance that two who share it are one; reasons add up as independent evidence, one minus the product
of the doubts. What speaks against it multiplies: two in a family share a phone and an address, seldom a first name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MAILBOX = "mailbox"
TAGGED_EMAIL = "tagged_email"
PHONE = "phone"
NAME_BIRTHDAY = "name_birthday"
NAME_EMAIL = "name_email"
SAME_NAME = "same_name"
OTHER_NAME = "other_name"
OTHER_BIRTHDAY = "other_birthday"
OTHER_COUNTRY = "other_country"
OTHER_ID = "other_id"

FOR = {
    # Google delivers addresses that differ by dots or by what follows a plus into one mailbox.
    MAILBOX: 0.97,
    # Elsewhere a plus is a habit of many servers and no rule.
    TAGGED_EMAIL: 0.75,
    PHONE: 0.60,
    NAME_BIRTHDAY: 0.80,
    NAME_EMAIL: 0.60,
    SAME_NAME: 0.60,
}
AGAINST = {OTHER_NAME: 0.60, OTHER_BIRTHDAY: 0.40, OTHER_COUNTRY: 0.70, OTHER_ID: 0.90}

_CONTRADICTIONS = {OTHER_BIRTHDAY: "birthday", OTHER_COUNTRY: "country", OTHER_ID: "external_id"}

CERTAIN, LIKELY, POSSIBLE = 90, 70, 40


@dataclass(frozen=True)
class Traits:
    """What is compared of a person: folded names, the birthday as kept, country, external id; empty where unknown."""

    first_name: str = ""
    last_name: str = ""
    birthday: str = ""
    country: str = ""
    external_id: str = ""

    @property
    def name(self) -> tuple[str, ...] | None:
        """Both names whichever comes first, or None when one is missing."""
        if not (self.first_name and self.last_name):
            return None
        return tuple(sorted((self.first_name, self.last_name)))


def weigh(shared: Iterable[str], one: Traits, other: Traits) -> tuple[int, list[str]]:
    """(strength from 0 to 100, reasons for and against, the weightiest first) for two who share `shared`."""
    found = set(shared)
    if not found.isdisjoint({MAILBOX, TAGGED_EMAIL}):
        # The beginning of the address is the same already: of this reason only the name is news.
        found.discard(NAME_EMAIL)
    if one.name and other.name:
        if one.name != other.name:
            found.add(OTHER_NAME)
        elif found.isdisjoint({NAME_BIRTHDAY, NAME_EMAIL}):
            found.add(SAME_NAME)
    for reason, trait in _CONTRADICTIONS.items():
        said = {getattr(one, trait), getattr(other, trait)} - {""}
        if len(said) > 1:
            found.add(reason)
    return strength(found), [reason for reason in (*FOR, *AGAINST) if reason in found]


def strength(reasons: Iterable[str]) -> int:
    """What a set of reasons comes to, from 0 to 100."""
    doubt, damper = 1.0, 1.0
    for reason in sorted(set(reasons)):
        doubt *= 1 - FOR.get(reason, 0.0)
        damper *= AGAINST.get(reason, 1.0)
    return round(100 * (1 - doubt) * damper)


def level(points: int) -> str:
    """`certain`, `likely`, `possible`, or empty for what is not worth asking about."""
    for name, least in (("certain", CERTAIN), ("likely", LIKELY), ("possible", POSSIBLE)):
        if points >= least:
            return name
    return ""
