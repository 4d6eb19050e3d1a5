"""Use cases of contacts, their addresses and attributes, and imports."""

from contacts.details import ContactValues
from contacts.services.address_changes import AddressChangeExpired, confirm_address_change, request_address_change
from contacts.services.addresses import mark_address, mark_addresses
from contacts.services.attributes import delete_attribute, save_attribute
from contacts.services.contacts import create_contact, find_or_create_by_email, update_contact
from contacts.services.erasing import erase_contact
from contacts.services.errors import ContactError, DuplicateContact, ErasedPerson, InvalidContact, RestrictedPerson
from contacts.services.exports import run_export, start_export, stop_export
from contacts.services.imports import start_import, stop_import, undo_import
from contacts.services.incoming_events import IncomingEvent, ingest_events
from contacts.services.many import add_tag, erase_contacts
from contacts.services.rights import (
    finish_request,
    lift_restriction,
    note_copy,
    record_request,
    refuse_restricted,
    request_erasure,
    request_restriction,
    restrict_contact,
    restricted_among,
)
from contacts.services.running import run_import
from contacts.services.uploading import upload_import

__all__ = [
    "AddressChangeExpired",
    "ContactError",
    "ContactValues",
    "DuplicateContact",
    "ErasedPerson",
    "IncomingEvent",
    "InvalidContact",
    "RestrictedPerson",
    "add_tag",
    "confirm_address_change",
    "create_contact",
    "delete_attribute",
    "erase_contact",
    "erase_contacts",
    "find_or_create_by_email",
    "finish_request",
    "ingest_events",
    "lift_restriction",
    "mark_address",
    "mark_addresses",
    "note_copy",
    "record_request",
    "refuse_restricted",
    "request_address_change",
    "request_erasure",
    "request_restriction",
    "restrict_contact",
    "restricted_among",
    "run_export",
    "run_import",
    "save_attribute",
    "start_export",
    "start_import",
    "stop_export",
    "stop_import",
    "undo_import",
    "update_contact",
    "upload_import",
]
