"""The words by which a list finds a contact: made here, so that the database's language never matters.

Of addresses and external ids it keeps what people share; what is somebody's alone is found by the index that
addresses and ids have anyway (docs/adr/0038). Vectors written before that hold all their words, which does no harm.

Beside words the vector holds marks such as `=l:de`, one per language, country and tag, which filters ask for. A mark
begins with a sign no word can begin with.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.folding import fold

MAX_WORD = 60  # a lexeme has at most 2 kB; a longer word is cut into several
_WORD = re.compile(rf"[^\W_]{{1,{MAX_WORD}}}")
_SIGNS = {code: " " for code in range(1, 128) if not chr(code).isalnum()}
# The first word of an address behind a NUL, and numbers that follow it before the @.
_BEGINNING = re.compile(r"\0[a-z0-9]+(?:[^a-z0-9\0@]+[0-9]+(?![a-z0-9]))*")
_OUTER_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")
_PHONE = re.compile(r"\+[\d\s().\-/]+", re.ASCII)
_PHONE_NOISE = re.compile(r"[\s().\-/]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Latin, Cyrillic, Hebrew and Arabic signs that are written over or under letters.
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]")
MAX_QUERY_WORDS = 8
# A query for whoever has a tag, whichever.
ANY_TAG = "'=t:':*"


def words_of(text: str) -> list[str]:
    """Folded words without accents: “José O'Brien” gives jose, o, brien."""
    if text.isascii():
        return _WORD.findall(text.lower())
    return _WORD.findall(_ACCENT.sub("", unicodedata.normalize("NFD", fold(text))))


def email_words(email: str) -> str:
    """The words of an e-mail address that the index of words keeps, with blanks between them.

    Its beginning is found by the index of addresses. Numbers right behind that go with it, as they tell nobody apart.
    """
    return " ".join(words_of(_BEGINNING.sub("", "\0" + email.lower()) if email.isascii() else email))


def email_words_of_each(emails: Sequence[str]) -> list[str]:
    """`email_words` for many at once, at a fraction of the price where all are in ASCII; blanks may be more."""
    joined = "\0" + "\0".join(emails)
    if not joined.isascii() or joined.count("\0") != len(emails) or max(map(len, emails)) > MAX_WORD:
        return list(map(email_words, emails))
    return _BEGINNING.sub("\0", joined.lower()).translate(_SIGNS)[1:].split("\0")


def id_words(external_id: str) -> str:
    """The words of an external id that the index of words keeps, with blanks between them.

    None where its own index finds it by its beginning, in small letters and in capitals: an id that is one word in
    ASCII and in one case, such as `C1042`, and a UUID.
    """
    is_plain = external_id.isascii() and external_id in {external_id.lower(), external_id.upper()}
    if is_plain and (external_id.isalnum() or _UUID.fullmatch(external_id)):
        return ""
    return " ".join(words_of(external_id))


def id_words_of_each(external_ids: Sequence[str]) -> list[str]:
    """`id_words` for many at once."""
    joined = "".join(external_ids)
    if joined.isascii() and joined.isalnum() and joined in {joined.lower(), joined.upper()}:
        return [""] * len(external_ids)
    return list(map(id_words, external_ids))


def search_vector(
    texts: Iterable[str],
    *,
    email: str = "",
    external_id: str = "",
    language: str = "",
    country: str = "",
    tags: Iterable[str] = (),
) -> str:
    """The text of a tsvector of all words of `texts`, those to keep of address and id, and the marks of the rest."""
    words = dict.fromkeys([*words_of(" ".join(texts)), *email_words(email).split(), *id_words(external_id).split()])
    return " ".join([*words, *_quoted_marks(language, country, tuple(tags))])


@functools.lru_cache(maxsize=4096)
def _quoted_marks(language: str, country: str, tags: tuple[str, ...]) -> list[str]:
    return [_quoted(mark) for mark in dict.fromkeys(_marks_of(language, country, tags))]


def vector_marks(*, language: str = "", country: str = "", tags: Iterable[str] = ()) -> str:
    """The marks as the text of a tsvector."""
    return " ".join(map(_quoted, _marks_of(language, country, tags)))


def _marks_of(language: str, country: str, tags: Iterable[str]) -> list[str]:
    """The marks that filters ask for. A language has a mark for itself and one for its first subtag."""
    marks = []
    if language:
        marks.append(f"=l:{language.lower()}")
        if "-" in language:
            marks.append(f"=l:{language.partition('-')[0].lower()}")
    if country:
        marks.append(f"=c:{country}")
    return [*marks, *(f"=t:{fold(tag)}" for tag in tags)]


def marks_query(*, language: str = "", country: str = "", tags: Iterable[str] = ()) -> str:
    """The text of a tsquery that asks for marks."""
    marks = [f"=l:{language.lower()}"] if language else []
    return " & ".join(map(_quoted, [*marks, *_marks_of("", country, tags)]))


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of what somebody looks for, without blanks.

    `words` is the text of a tsquery: each of its words begins one of the person. `start` is how an address or an id
    may begin that the index of words does not keep: ASCII in small letters, empty where none can begin so.
    """

    words: str
    start: str

    @property
    def digits(self) -> str:
        """How a phone may begin, without its +; empty when none can."""
        return self.start if self.start.isdecimal() else ""


def terms_of(text: str) -> list[Term]:
    """The pieces of a search with MAX_QUERY_WORDS words at most; a number that begins with + is one piece."""
    text = text.replace("\x00", " ").strip()
    pieces = [_PHONE_NOISE.sub("", text)] if _PHONE.fullmatch(text) else text.split()
    terms = []
    left = MAX_QUERY_WORDS
    for piece in pieces:
        words = words_of(piece)[:left]
        left -= len(words)
        if words:
            start = _OUTER_SIGNS.sub("", fold(piece))
            terms.append(Term(_begun(words), start if start.isascii() else ""))
    return terms


def _begun(words: Iterable[str]) -> str:
    return " & ".join(f"{word}:*" for word in words)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
