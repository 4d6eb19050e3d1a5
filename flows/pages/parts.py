"""Questions of several fields: a name, an address, two days. And reading them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contacts.places import country_choices

MEMBERS = {
    "full_name": ("first", "last"),
    "address": ("line1", "line2", "postcode", "city", "region", "country"),
    "date_range": ("from", "to"),
}
_AUTOCOMPLETE = {
    "first": "given-name", "last": "family-name", "line1": "address-line1", "line2": "address-line2",
    "postcode": "postal-code", "city": "address-level2", "region": "address-level1", "country": "country",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One field of several."""

    field: str
    id: str
    label: str
    value: str
    type: str = "text"
    autocomplete: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_wide: bool = False


def parts_of(kind: str, block_id: str, field: str, members: Mapping[str, Any]) -> list[Part]:
    """The fields of a question, filled in."""
    labels = _labels()
    return [
        Part(
            field=f"{field}.{name}",
            id=f"{block_id}-{name}",
            label=labels[name],
            value=str(members.get(name) or ""),
            type="date" if kind == "date_range" else "text",
            autocomplete=_AUTOCOMPLETE.get(name, ""),
            options=tuple(country_choices()) if name == "country" else (),
            is_wide=name in ("line1", "line2", "country"),
        )
        for name in MEMBERS[kind]
    ]


def _labels() -> dict[str, str]:
    return {
        "first": _("First name"),
        "last": _("Last name"),
        "line1": _("Street and number"),
        "line2": _("Flat, floor and the like"),
        "postcode": _("Postcode"),
        "city": _("Town or city"),
        "region": _("State or region"),
        "country": _("Country"),
        "from": _("First day"),
        "to": _("Last day"),
    }
