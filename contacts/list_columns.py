"""The columns of the list of contacts: which there are, which somebody sees, and what stands in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from contacts import values
from contacts.addresses import readable_phone
from contacts.models import Attribute, Contact, ListColumns
from contacts.places import country_name, language_name
from contacts.wording import TARGET_LABELS

USUAL = ("address", "language", "tags", "created_at")


@dataclass(frozen=True)
class ListColumn:
    """One column. `kind` is how cells look (address, day, tags, number, code, text), `sort` the order it stands for."""

    key: str
    label: str
    kind: str
    value: Callable[[Contact], Any]
    sort: str = ""


def offered_columns(attributes: Iterable[Attribute]) -> dict[str, ListColumn]:
    """Every column the list can show beside the person, by key, in their order."""
    columns = [*_own(), *map(_detail, attributes), *_times()]
    return {column.key: column for column in columns}


def shown_columns(user: User, workspace: Workspace, offered: dict[str, ListColumn]) -> list[ListColumn]:
    """What this person has chosen to see, as far as it is still there."""
    row = ListColumns.objects.filter(workspace=workspace, user=user).first()
    wanted = USUAL if row is None else row.columns
    return [offered[key] for key in wanted if key in offered]


def _own() -> list[ListColumn]:
    return [
        ListColumn("address", _("Address"), "address", lambda one: one.email or readable(one.phone), "email"),
        ListColumn("phone", str(TARGET_LABELS["phone"]), "address", lambda one: readable(one.phone)),
        ListColumn("external_id", str(TARGET_LABELS["external_id"]), "code", lambda one: one.external_id or ""),
        ListColumn("language", _("Language"), "text", lambda one: language_name(one.language) if one.language else ""),
        ListColumn("country", _("Country"), "text", lambda one: country_name(one.country) if one.country else ""),
        ListColumn("time_zone", str(TARGET_LABELS["time_zone"]), "code", lambda one: one.time_zone),
        ListColumn("tags", _("Tags"), "tags", lambda one: one.tags),
    ]


def _times() -> list[ListColumn]:
    return [
        ListColumn("created_at", _("Added"), "day", lambda one: one.created_at, "newest"),
        ListColumn("updated_at", _("Changed"), "day", lambda one: one.updated_at),
    ]


def _detail(attribute: Attribute) -> ListColumn:
    def value(contact: Contact) -> str:
        stored = contact.attributes.get(attribute.key)
        return "" if stored is None else values.print_value(attribute.type, stored)

    kind = "number" if attribute.type in {Attribute.Type.NUMBER, Attribute.Type.MONEY} else "text"
    return ListColumn(f"attribute:{attribute.key}", attribute.label, kind, value)


def readable(phone: str) -> str:
    """A phone number as its country writes it, or empty."""
    return readable_phone(phone) if phone else ""
