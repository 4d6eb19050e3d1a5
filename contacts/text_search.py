"""What the search box finds, as SQL: every term begins something of the person, and every mark is there.

A term begins words in the index of words (`Contact.search`), the person's e-mail address, phone or external id. Each
of these has an index that knows beginnings whatever the collation of the database is, and PostgreSQL puts together
what they find. Phones are indexed among addresses only, so they are looked up there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from contacts.search_words import Term, terms_of

# Fewer digits begin the phones of thousands: country, network, and the first of a number.
FEW_BEGIN_SO = 8
_PHONES = (
    "SELECT a.contact_id FROM contacts_address a"
    " WHERE a.workspace_id = %s AND a.channel = 'sms' AND a.is_primary AND a.value LIKE %s"
)


@dataclass(frozen=True)
class Condition:
    """An SQL boolean about a contact, with its parameters in order."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TextSearch:
    """Terms that somebody typed, and the text of a tsquery of marks; false when it asks for nothing."""

    terms: tuple[Term, ...] = ()
    marks: str = ""

    @classmethod
    def of(cls, text: str, marks: str = "") -> Self:
        """Read what somebody typed; signs that no word is made of are left out."""
        return cls(tuple(terms_of(text)), marks)

    def __bool__(self) -> bool:
        return bool(self.terms or self.marks)

    def test(self, contact: str = "c") -> Condition:
        """The test of the row called `contact`, for which it needs search, email, phone and external_id."""
        return self._test(contact, with_phones=True)

    def everybody(self, workspace_id: int, contact: str = "c") -> Condition:
        """The same test where the whole workspace is asked: indexes answer it, also for phones."""
        phones = [term.digits for term in self.terms if term.digits]
        if not phones:
            return self._indexed(contact)
        whole = self.test(contact)
        if (named := self._without_phones()).terms and max(map(len, phones)) < FEW_BEGIN_SO:
            # Whoever fits fits these too, and half of everybody may have a phone that begins with their country.
            candidates = named._indexed(contact)
            return Condition(f"{candidates.sql} AND {whole.sql}", (*candidates.params, *whole.params))
        others = self._indexed("p")
        # Whoever fits has some phone that fits a term, or fits all terms without one.
        sql = (
            f"{contact}.id IN (SELECT p.id FROM contacts_contact p WHERE p.workspace_id = %s AND {others.sql}"  # noqa: S608 - from code
            f"{''.join(f' UNION ALL {_PHONES}' for _phone in phones)}) AND {whole.sql}"
        )
        among = [one for digits in phones for one in (workspace_id, f"+{digits}%")]
        return Condition(sql, (workspace_id, *others.params, *among, *whole.params))

    def _without_phones(self) -> Self:
        """The terms with which no phone begins."""
        return replace(self, terms=tuple(term for term in self.terms if not term.digits))

    def _indexed(self, contact: str) -> Condition:
        """The test without phones, with what it follows from where there are several terms.

        Whoever fits has all the words, or an address or id that begins with one of the terms. PostgreSQL does not put
        the terms together by itself, as each of its indexes is asked for the same workspace; it would look at everybody
        whom the first term fits.
        """
        test = self._test(contact, with_phones=False)
        starts = [term for term in self.terms if term.start]
        if len(starts) < 2:
            return test
        words = _words(contact, [part for part in (self.marks, *(term.words for term in self.terms)) if part])
        candidates = [words, *(begun for term in starts for begun in _beginnings(contact, term))]
        sql = f"({' OR '.join(one.sql for one in candidates)}) AND {test.sql}"
        return Condition(sql, (*_params(candidates), *test.params))

    def _test(self, contact: str, *, with_phones: bool) -> Condition:
        words = [self.marks, *(term.words for term in self.terms if not term.start)]
        tests = [_words(contact, [part for part in words if part])] if any(words) else []
        tests += [_begins(contact, term, with_phones=with_phones) for term in self.terms if term.start]
        return Condition(" AND ".join(test.sql for test in tests) or "true", _params(tests))


def _words(contact: str, parts: Sequence[str]) -> Condition:
    return Condition(f"{contact}.search @@ %s::tsquery", (" & ".join(parts),))


def _begins(contact: str, term: Term, *, with_phones: bool) -> Condition:
    """Whether the term begins words, the address, the id or the phone."""
    tests = [_words(contact, [term.words]), *_beginnings(contact, term)]
    if with_phones and term.digits:
        tests.append(Condition(f"{contact}.phone LIKE %s", (f"+{term.digits}%",)))
    return Condition(f"({' OR '.join(test.sql for test in tests)})", _params(tests))


def _beginnings(contact: str, term: Term) -> list[Condition]:
    """That the term begins the address or the id, which, if no word, is all in small letters or all in capitals."""
    start = term.start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    ids = [Condition(f"{contact}.external_id LIKE %s", (f"{one}%",)) for one in sorted({start, start.upper()})]
    return [Condition(f'{contact}.email COLLATE "C" LIKE %s', (f"{start}%",)), *ids]


def _params(tests: Iterable[Condition]) -> tuple[Any, ...]:
    return tuple(value for test in tests for value in test.params)
