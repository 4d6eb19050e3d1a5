"""People, how to reach them, what is known of them, and the imports that brought them."""

from contacts.models.addresses import Address, AddressState
from contacts.models.attributes import Attribute, AttributeChange, AttributeOriginal
from contacts.models.exports import Export, ListColumns
from contacts.models.hygiene import HygieneRefresh, HygieneReport, LookUp, LookUpRun, MailDomain, MistypedDomain
from contacts.models.imports import Import, ImportedChange, ImportLayout, ImportReject, Rehearsal
from contacts.models.merging import (
    ContactAlias,
    DuplicateGroup,
    DuplicatePair,
    DuplicateSearch,
    Merge,
    MergeBatch,
)
from contacts.models.people import BUCKET_PRIME, Channel, Contact, Restriction, Tombstone
from contacts.models.rights import AddressChange, RightsRequest

__all__ = [
    "BUCKET_PRIME",
    "Address",
    "AddressChange",
    "AddressState",
    "Attribute",
    "AttributeChange",
    "AttributeOriginal",
    "Channel",
    "Contact",
    "ContactAlias",
    "DuplicateGroup",
    "DuplicatePair",
    "DuplicateSearch",
    "Export",
    "HygieneRefresh",
    "HygieneReport",
    "Import",
    "ImportLayout",
    "ImportReject",
    "ImportedChange",
    "ListColumns",
    "LookUp",
    "LookUpRun",
    "MailDomain",
    "Merge",
    "MergeBatch",
    "MistypedDomain",
    "Rehearsal",
    "Restriction",
    "RightsRequest",
    "Tombstone",
]
