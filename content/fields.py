"""The fields a message may use, and the plain data that fills them.

Data is built by allow-list: a template sees these names and nothing else of a contact or the workspace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from content.liquid import is_known

CONTACT_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "country",
    "time_zone",
    "external_id",
)
SPECIAL_FIELDS = frozenset({"unsubscribe_url", "preferences_url", "renewal_url", "view_url"})
_ALWAYS = frozenset(
    {f"contact.{name}" for name in CONTACT_FIELDS}
    | {"contact.tags", "workspace.name", "workspace.address", "campaign.name", "data.*"}
    # Filled before anybody's message is written (content.feed_source); empty outside of campaigns with a feed.
    | {"feed.title", "feed.link", "feed.items.*"}
    | SPECIAL_FIELDS
)
DEFAULT_FIELDS = _ALWAYS | {"contact.attributes.*"}


def known_fields(attribute_keys: Iterable[str]) -> frozenset[str]:
    """Return every field of a workspace that has these attributes."""
    return _ALWAYS | {f"contact.attributes.{key}" for key in attribute_keys}


def is_field(path: str, known: Collection[str]) -> bool:
    """Tell whether a dotted path is filled in when a message is sent."""
    return is_known(path, known)


def contact_context(
    contact: Mapping[str, Any],
    attributes: Mapping[str, Any],
    *,
    workspace: Mapping[str, Any],
    campaign: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a template may read about one person.

    `contact` holds the columns named in `CONTACT_FIELDS` and `tags` (others are ignored), `attributes` their
    values by key, `workspace` its `name` and `address`, `campaign` its `name`, `data` what a transactional
    request brought along.
    """
    # What nobody told is nothing: an empty text would be true in a condition (docs/templates.md).
    person: dict[str, Any] = {name: contact.get(name) or None for name in CONTACT_FIELDS}
    person["tags"] = list(contact.get("tags") or ())
    person["attributes"] = attributes
    return {
        "contact": person,
        "workspace": {"name": workspace.get("name") or "", "address": workspace.get("address") or ""},
        "campaign": {"name": (campaign or {}).get("name") or ""},
        "data": data or {},
    }


def sample_context(
    *,
    workspace: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the data of somebody who does not exist, for previews in an empty workspace."""
    person = {
        "first_name": "Lina",
        "last_name": "Haddad",
        "email": "lina@example.com",
        "phone": "+64211234567",
        "language": "en",
        "country": "NZ",
        "time_zone": "Pacific/Auckland",
        "external_id": "1001",
        "tags": ["guest"],
    }
    return contact_context(
        person, attributes or {}, workspace=workspace, campaign={"name": "Summer at the lake"}, data=data
    )
