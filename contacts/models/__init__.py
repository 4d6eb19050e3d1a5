"""People, how to reach them, what is known of them, and the imports that brought them."""

from contacts.models.addresses import Address
from contacts.models.attributes import Attribute
from contacts.models.exports import Export, ListColumns
from contacts.models.imports import Import, ImportedChange, ImportReject
from contacts.models.people import BUCKET_PRIME, Channel, Contact, Restriction, Tombstone

__all__ = [
    "BUCKET_PRIME",
    "Address",
    "Attribute",
    "Channel",
    "Contact",
    "Export",
    "Import",
    "ImportReject",
    "ImportedChange",
    "ListColumns",
    "Restriction",
    "Tombstone",
]
