"""What an entry or a vote came with: addresses, networks, devices, and the digests of them that limits count."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.models import Contact
from flows.effects import Occasion
from flows.engine.entries import identity
from flows.engine.rules import replay
from flows.engine.values import fold, is_set
from flows.engine.view import View


@dataclass(frozen=True)
class Entrant:
    """Who enters, as far as it is known. `browser` is what its cookie says, `proven` the address that a mailed code
    has shown to be theirs; `fields` are answers that go into a contact's fields, by that field.
    """

    email: str = ""
    phone: str = ""
    household: str = ""
    contact: Contact | None = None
    ip: str = ""
    user_agent: str = ""
    browser: str = ""
    proven: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def identities(self) -> dict[str, str]:
        """What limits, referrals and the draw tell people apart by: kind and value, without those not known."""
        # Without a cookie the nearest thing to a device is the browser's name on a connection.
        likely = f"{self.ip} {self.user_agent}" if self.ip and self.user_agent else ""
        values = {
            "email": self.email,
            "phone": self.phone,
            "contact": str(self.contact.public_id) if self.contact else "",
            "household": self.household,
            "ip": self.ip,
            "ip_range": self.ip,
            "device": f"cookie {self.browser}" if self.browser else likely,
            "likely": likely,
        }
        return {kind: identity(kind, value) for kind, value in values.items() if value.strip()}

    @property
    def is_proven(self) -> bool:
        """Whether the address that the entry counts by is the one whose code was typed."""
        return bool(self.proven) and self.proven.lower() == self.email.lower()

    def who(self, unique_by: str, otherwise: str) -> str:
        """The identity of which all entries share one seat; what is not known is replaced by the next best."""
        known = self.identities()
        for kind in (unique_by, "contact", "email", "phone"):
            if kind in known:
                return known[kind]
        return otherwise


def entrant_of(occasion: Occasion) -> tuple[Entrant, View]:
    """The entrant behind a session's event, and the session as it can be read."""
    view, _rules = replay(occasion.compiled, occasion.state)
    fields = {block["contact_field"]: value for block, value in answers_with(view, "contact_field")}
    addresses = [value for block, value in answers_with(view, "type") if block["type"] == "address"]
    contact = occasion.session.contact
    email, phone = _text(fields.get("email")), _text(fields.get("phone"))
    entrant = Entrant(
        email=email or (contact.email if contact else "") or "",
        phone=phone or ((contact.phone or "") if contact else ""),
        household=household_of(addresses[0]) if addresses else "",
        contact=contact,
        ip=occasion.ip,
        user_agent=occasion.user_agent,
        browser=occasion.browser,
        proven=_proven(view),
        fields=fields,
    )
    return entrant, view


def _proven(view: View) -> str:
    """The address that was confirmed last by a code on the way."""
    found = [value for block, value in answers_with(view, "type") if block["type"] == "otp"]
    return str(found[-1].get("email", "")) if found and isinstance(found[-1], Mapping) else ""


def answers_with(view: View, name: str) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Blocks that have the property, with their live answers."""
    for entry in view.live.values():
        step = view.flow.step(entry.step)
        for block in step.blocks(view.state.variants.get(entry.step)) if step else ():
            key = block.get("key")
            if block.get(name) and key in entry.shown and is_set(entry.answers.get(key)):
                yield block, entry.answers[key]


def household_of(address: Any) -> str:
    """An address as one text, the same however it was typed."""
    parts = address.values() if isinstance(address, Mapping) else [address]
    return " ".join(" ".join(fold(str(part)).split()) for part in parts if part)


def digest_of(contest_salt: str, kind: str, value: str) -> bytes:
    """The digest under which an identity is kept: keyed with the contest's own salt."""
    message = f"identity:{kind}:{value}".encode()
    return hmac.digest(bytes.fromhex(contest_salt), message, hashlib.sha256)[:16]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
