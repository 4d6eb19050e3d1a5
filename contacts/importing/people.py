"""New people as the lines that COPY takes: their rows and their addresses, made column by column."""

import datetime as dt
import hashlib
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from contacts.addresses import domain_of
from contacts.details import AttributeKind, defaults_of
from contacts.importing.batch import Batch
from contacts.importing.copying import array_text, escaped, escaped_column, member_text, new_identifiers
from contacts.importing.remembering import Memory, Room
from contacts.models import BUCKET_PRIME, Import
from contacts.search_words import email_words_of_each, id_words_of_each, vector_marks, words_of
from core.folding import fold

CONTACT_COLUMNS = (
    "id, public_id, external_id, first_name, last_name, email, phone, language, time_zone, country,"
    " attributes, folded, tags, search, bucket_seed, updated_at, imported_at, import_batch_id, workspace_id"
)


class _Name(NamedTuple):
    """All that is made of a name: its form for COPY, the member of `folded`, and its words."""

    copied: str
    folded: str
    words: str


class PeopleLines:
    """Makes the lines of one import's new people. Lanes share it, so that each thing is worked out once."""

    def __init__(self, import_: Import, kinds: Mapping[str, AttributeKind], moment: dt.datetime) -> None:
        self._workspace_id = import_.workspace_id
        # Whoever was not changed since keeps this instant, by which undoing knows them.
        instant = f"{moment:%Y-%m-%d %H:%M:%S.%f+00}"
        self._tail = f"{instant}\t{instant}\t{import_.pk}\t{import_.workspace_id}\n"
        self._kinds = kinds
        self._defaults = defaults_of(kinds)
        room = self._room = Room()
        self._names = {name: Memory(_namer(name), room).__getitem__ for name in ("first_name", "last_name")}
        self._language = Memory(lambda tag: vector_marks(language=tag), room).__getitem__
        self._country = Memory(lambda code: vector_marks(country=code), room).__getitem__
        self._tags = Memory(lambda tags: escaped(vector_marks(tags=tags)), room).__getitem__
        self._tag_array = Memory(array_text, room).__getitem__
        self._members: dict[str, Callable[[Any], str]] = {}
        self._folded: dict[str, Callable[[Any], str]] = {}

    def contacts(self, batch: Batch, ids: Sequence[int]) -> Iterator[str]:
        """The lines of contacts_contact (CONTACT_COLUMNS) for a batch of new people who get these ids."""
        columns = _Columns(batch)
        first = list(map(self._names["first_name"], columns.of("first_name")))
        last = list(map(self._names["last_name"], columns.of("last_name")))
        external, email, phone = columns.of("external_id"), columns.of("email"), columns.of("phone")
        tags = list(map(tuple, batch.tags)) if any(batch.tags) else [()] * len(batch)
        words = self._search_words(columns, first, last, tags)
        identifiers = new_identifiers(len(batch))
        return map(
            "\t".join,
            zip(
                map(str, ids),
                map(bytes.hex, identifiers),
                [value or "\\N" for value in escaped_column(external)],
                map(_copied, first),
                map(_copied, last),
                escaped_column(email),
                phone,
                columns.of("language"),
                columns.of("time_zone"),
                columns.of("country"),
                self._attributes(batch),
                self._folded_texts(batch, first, last),
                map(self._tag_array, tags),
                words,
                map(_seed, identifiers),
                itertools.repeat(self._tail),
                strict=False,
            ),
        )

    def addresses(self, batch: Batch, ids: Sequence[int]) -> Iterator[str]:
        """The lines of contacts_address (copying.ADDRESS_COLUMNS) for the same people."""
        columns = _Columns(batch)
        workspace_id = self._workspace_id
        emails = escaped_column(columns.of("email"))
        for contact_id, email, phone in zip(ids, emails, columns.of("phone"), strict=True):
            if email:
                yield f"{workspace_id}\t{contact_id}\temail\t{email}\t{domain_of(email)}\n"
            if phone:
                yield f"{workspace_id}\t{contact_id}\tsms\t{phone}\t\n"

    def _search_words(
        self, columns: "_Columns", first: Sequence[_Name], last: Sequence[_Name], tags: Sequence[tuple[str, ...]]
    ) -> Iterator[str]:
        """The text of each person's tsvector (details.contact_vector); a word may stand in it twice."""
        parts = zip(
            map(_words, first),
            map(_words, last),
            email_words_of_each(columns.of("email")),
            id_words_of_each(columns.of("external_id")),
            map(self._language, columns.of("language")),
            map(self._country, columns.of("country")),
            map(self._tags, tags),
            strict=True,
        )
        return map(" ".join, parts)

    def _attributes(self, batch: Batch) -> Iterable[str]:
        """The JSON of each person's attributes."""
        members = [map(self._member_of(key), column) for key, column in self._with_defaults(batch).items()]
        return _objects(members, len(batch))

    def _with_defaults(self, batch: Batch) -> Mapping[str, Sequence[Any]]:
        """The attributes, with what new people get where the file says nothing. The batch itself stays as it is:
        looked at again, its rows may turn out to mean people who are here already."""
        if not self._defaults:
            return batch.attributes
        columns = dict(batch.attributes)
        for key, default in self._defaults.items():
            column = columns.get(key) or [None] * len(batch)
            columns[key] = [default if value is None else value for value in column]
        return columns

    def _folded_texts(self, batch: Batch, first: Sequence[_Name], last: Sequence[_Name]) -> Iterable[str]:
        """The JSON of each person's folded texts (details.folded_texts)."""
        texts = [
            map(self._folded_of(key), column)
            for key, column in self._with_defaults(batch).items()
            if self._kinds[key].type == "text"
        ]
        return _objects([map(_folded, first), map(_folded, last), *texts], len(batch))

    def _member_of(self, key: str) -> Callable[[Any], str]:
        if key not in self._members:

            def work(value: Any) -> str:
                return "" if value is None else escaped(member_text(key, value))

            is_hashable = self._kinds[key].type not in {"multi_choice", "money"}
            self._members[key] = Memory(work, self._room).__getitem__ if is_hashable else work
        return self._members[key]

    def _folded_of(self, key: str) -> Callable[[Any], str]:
        if key not in self._folded:
            self._folded[key] = Memory(lambda text: _folded_member(key, text or ""), self._room).__getitem__
        return self._folded[key]


_copied, _folded, _words = operator.attrgetter("copied"), operator.attrgetter("folded"), operator.attrgetter("words")


class _Columns:
    """The built-in fields of a batch; blank where the file has no such column."""

    def __init__(self, batch: Batch) -> None:
        self._fields = batch.fields
        self._blank = [""] * len(batch)

    def of(self, name: str) -> Sequence[str]:
        return self._fields.get(name, self._blank)


def _namer(name: str) -> Callable[[str], _Name]:
    return lambda text: _Name(escaped(text), _folded_member(name, text), " ".join(words_of(text)))


def _folded_member(key: str, text: str) -> str:
    folded = fold(text)
    return escaped(member_text(key, folded)) if folded else ""


def _objects(columns: Sequence[Iterable[str]], count: int) -> Iterable[str]:
    """JSON objects of the members that stand side by side; empty ones are left out."""
    if not columns:
        return itertools.repeat("{}", count)
    return ["{" + ",".join(filter(None, members)) + "}" for members in zip(*columns, strict=True)]


def _seed(identifier: bytes) -> str:
    """Contact.seed_of, as text."""
    return str(int.from_bytes(hashlib.sha256(identifier).digest()[:4], "big") % BUCKET_PRIME)
