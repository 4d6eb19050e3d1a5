"""Whose rules hold for somebody: from what is known of them and what the workspace chose."""

from typing import Any

import phonenumbers
from django.utils.translation import gettext as _

from consent.models import Basis, ConsentSettings
from consent.profiles import Rules, rules_for
from consent.rules_wording import REGION_NAMES, profile_name
from contacts.models import Contact

# The states whose own hours a profile knows, as the library that knows area codes writes them.
STATES = {name: code for code, name in REGION_NAMES.items()}


class BasisNotAccepted(ValueError):
    """Consent of this basis does not count under the rules that hold for the person; the words say which."""


def settings_of(workspace_id: int) -> ConsentSettings:
    """How a workspace asks and what it keeps; the defaults while nobody changed them."""
    found = ConsentSettings.objects.filter(workspace_id=workspace_id).first()
    return found or ConsentSettings(workspace_id=workspace_id)


def country_of(contact: Contact) -> str:
    """The person's country, else the one their phone belongs to, else ""."""
    if contact.country or not contact.phone:
        return str(contact.country)
    number = _number(contact)
    return (phonenumbers.region_code_for_number(number) or "") if number else ""


def region_of(contact: Contact) -> str:
    """The ISO 3166-2 code of the state a phone belongs to, where that state has hours of its own; else ""."""
    number = _number(contact)
    if number is None or phonenumbers.region_code_for_number(number) != "US":
        return ""
    # A hundred megabytes of place names: only for processes that ask.
    from phonenumbers import geocoder

    place = geocoder.description_for_valid_number(number, "en")
    code = f"US-{place.rpartition(', ')[2]}"
    return STATES.get(place, code if code in STATES.values() else "")


def rules_of(contact: Contact, channel: str, settings: ConsentSettings | None = None) -> Rules:
    """The rules that hold for a person on a channel. `settings` saves reading them once more."""
    chosen = settings or settings_of(contact.workspace_id)
    return rules_for(country_of(contact), channel, chosen.default_profile)


def require_basis(contact: Contact, channel: str, basis: str) -> None:
    """Raise BasisNotAccepted when consent of this basis does not count for the person on this channel."""
    rules = rules_of(contact, channel)
    if basis and not rules.allows(channel, basis):
        raise BasisNotAccepted(refusal(rules, channel, basis))


def refusal(rules: Rules, channel: str, basis: str) -> str:
    """Why not, and what would count, in a sentence each."""
    labels: dict[Any, Any] = dict(Basis.choices)
    accepted = ", ".join(f"“{labels[name]}”" for name in rules.profile.permission(channel).bases)
    return _("“%(basis)s” is not enough under the rules that hold here (%(rules)s). What counts: %(accepted)s.") % {
        "basis": labels.get(basis, basis),
        "rules": profile_name(rules.profile),
        "accepted": accepted,
    }


def _number(contact: Contact) -> Any:
    try:
        return phonenumbers.parse(contact.phone) if contact.phone else None
    except phonenumbers.NumberParseException:
        return None
