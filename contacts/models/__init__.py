"""People, how to reach them, what is known of them, and the imports that brought them."""

from contacts.models.addresses import Address, AddressState
from contacts.models.attributes import Attribute
from contacts.models.exports import Export, ListColumns
from contacts.models.hygiene import HygieneRefresh, HygieneReport, LookUp, LookUpRun, MailDomain, MistypedDomain
from contacts.models.imports import Import, ImportedChange, ImportReject
from contacts.models.people import BUCKET_PRIME, Channel, Contact, Restriction, Tombstone

__all__ = [
    "BUCKET_PRIME",
    "Address",
    "AddressState",
    "Attribute",
    "Channel",
    "Contact",
    "Export",
    "HygieneRefresh",
    "HygieneReport",
    "Import",
    "ImportReject",
    "ImportedChange",
    "ListColumns",
    "LookUp",
    "LookUpRun",
    "MailDomain",
    "MistypedDomain",
    "Restriction",
    "Tombstone",
]
