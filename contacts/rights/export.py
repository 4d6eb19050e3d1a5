"""Everything known about one person, as sections and as JSON. Nothing is held but one row."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation

from contacts.models import Contact
from contacts.rights.registry import Section, providers
from core.clock import now, zone_or_none

FORMAT = "rapport.person"
VERSION = 1

Piece = TypeVar("Piece")


def collect(contact: Contact) -> Iterator[Section]:
    """Everything every app keeps about the person, section by section, worded in the active language.

    The rows of a section have to be read before the next one is asked for.
    """
    for provider in providers():
        yield from provider(contact)


def as_json(contact: Contact) -> Iterator[bytes]:
    """The document of docs/personal-data.md, UTF-8, in pieces; words for people are in the person's language."""
    return in_their_words(contact, _json_pieces(contact))


def _json_pieces(contact: Contact) -> Iterator[bytes]:
    head = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now(),
        "language": translation.get_language(),
        "kept_by": {"name": contact.workspace.name, "postal_address": contact.workspace.postal_address},
    }
    yield _dump(head)[:-1] + b', "sections": ['
    for number, section in enumerate(collect(contact)):
        start = {"key": section.key, "title": section.title, "fields": section.fields}
        yield (b",\n" if number else b"\n") + _dump(start)[:-1] + b', "rows": ['
        for index, row in enumerate(section.rows):
            yield (b",\n" if index else b"\n") + _dump(row)
        yield b"]}"
    yield b"\n]}\n"


def _dump(value: Any) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).encode("utf-8", "replace")


def language_for(contact: Contact) -> str:
    """The language of ours nearest to the person's own, else the workspace's."""
    known = dict(settings.LANGUAGES)
    wishes = (contact.language.lower(), contact.language.partition("-")[0].lower(), contact.workspace.language)
    return next((code for code in wishes if code in known), settings.LANGUAGE_CODE)


def in_their_words(contact: Contact, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces, each made in the person's language and time zone, neither of which leaks between two of them."""
    language = language_for(contact)
    zone = zone_or_none(contact.time_zone) or zone_or_none(contact.workspace.time_zone)
    while True:
        with translation.override(language), timezone.override(zone):
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece
