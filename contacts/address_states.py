"""The states of an address, and who may move it from one to another. Pure.

    unverified   nobody knows
    valid        it works: they confirmed it, clicked, or a check said so
    risky        it may not work
    invalid      it cannot work: its domain takes no mail
    dead         it did not work: a message came back, or nobody has this number

What is dead comes back only by its owner's hand (a confirmation from the mailbox), by the check that buried it, or by
a teammate who says why. An import never changes a state: it only brings new addresses, which are unverified.
"""

from collections.abc import Mapping
from typing import Final

from contacts.models.addresses import Address, AddressState

UNVERIFIED, VALID, RISKY = (str(status) for status in Address.USABLE)
INVALID, DEAD = str(Address.Status.INVALID), str(Address.Status.DEAD)
ANY: Final = frozenset({UNVERIFIED, VALID, RISKY, INVALID, DEAD})

# Source to the state it gives to the states it may change.
RULES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    AddressState.Source.PERSON: dict.fromkeys(ANY, ANY),
    AddressState.Source.API: dict.fromkeys(ANY, ANY),
    AddressState.Source.SYSTEM: dict.fromkeys(ANY, ANY),
    AddressState.Source.BOUNCE: {DEAD: ANY, RISKY: frozenset({UNVERIFIED, VALID, RISKY})},
    AddressState.Source.CONFIRMATION: {VALID: ANY},
    AddressState.Source.CLICK: {VALID: frozenset({UNVERIFIED, RISKY})},
    AddressState.Source.MAIL_CHECK: {
        INVALID: frozenset({UNVERIFIED, RISKY, VALID}),
        RISKY: frozenset({UNVERIFIED}),
        UNVERIFIED: frozenset({INVALID, RISKY}),
    },
    AddressState.Source.LOOK_UP: {
        VALID: frozenset({UNVERIFIED, RISKY, DEAD}),
        RISKY: frozenset({UNVERIFIED}),
        DEAD: frozenset({UNVERIFIED, RISKY, VALID}),
    },
}
# Whoever may lift one of these states lifts it only where the state is of its own making (the reason says so).
OWN_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    AddressState.Source.MAIL_CHECK: ("no_mail", "domain_missing", "no_mail_server"),
    AddressState.Source.LOOK_UP: ("number_absent",),
}


def changeable(source: str, status: str) -> frozenset[str]:
    """The states that `source` may turn into `status`; empty when it has no say in this."""
    return RULES.get(source, {}).get(status, frozenset())


def lifts(source: str, status: str) -> frozenset[str]:
    """Those of them that it turns into `status` only where it made them itself."""
    if source == AddressState.Source.MAIL_CHECK and status == UNVERIFIED:
        return frozenset({INVALID, RISKY})
    if source == AddressState.Source.LOOK_UP and status == VALID:
        return frozenset({DEAD})
    return frozenset()
