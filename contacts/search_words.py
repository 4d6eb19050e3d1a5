"""The words by which a list finds a contact: made here, so that the database's language never matters.

Beside words of names and addresses the vector holds marks such as `=l:de`, one per language, country and tag,
which filters ask for. A mark begins with a sign no word can begin with.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from core.folding import fold

MAX_WORD = 60  # a lexeme has at most 2 kB; a longer word is cut into several
_WORD = re.compile(rf"[^\W_]{{1,{MAX_WORD}}}")
_SIGNS = {code: " " for code in range(1, 128) if not chr(code).isalnum()}
# Latin, Cyrillic, Hebrew and Arabic signs that are written over or under letters.
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]")
MAX_QUERY_WORDS = 8


def words_of(text: str) -> list[str]:
    """Folded words without accents: “José O'Brien” gives jose, o, brien."""
    if text.isascii():
        return _WORD.findall(text.lower())
    return _WORD.findall(_ACCENT.sub("", unicodedata.normalize("NFD", fold(text))))


def words_of_each(texts: Sequence[str]) -> list[str]:
    """`words_of` for many texts at once, each as words with blanks between; some may repeat themselves.

    Texts in ASCII without NUL, such as addresses, cost a tenth of what they cost one by one.
    """
    joined = "\0".join(texts)
    if not joined.isascii() or joined.count("\0") != len(texts) - 1 or max(map(len, texts)) > MAX_WORD:
        return [" ".join(words_of(text)) for text in texts]
    return joined.lower().translate(_SIGNS).split("\0")


def search_vector(texts: Iterable[str], *, language: str = "", country: str = "", tags: Iterable[str] = ()) -> str:
    """The text of a tsvector of all words of `texts` and the marks of the rest."""
    words = dict.fromkeys(words_of(" ".join(texts)))
    return " ".join([*words, *_quoted_marks(language, country, tuple(tags))])


@functools.lru_cache(maxsize=4096)
def _quoted_marks(language: str, country: str, tags: tuple[str, ...]) -> list[str]:
    return [_quoted(mark) for mark in dict.fromkeys(marks_of(language=language, country=country, tags=tags))]


def vector_marks(*, language: str = "", country: str = "", tags: Iterable[str] = ()) -> str:
    """The marks as the text of a tsvector."""
    return " ".join(map(_quoted, marks_of(language=language, country=country, tags=tags)))


def marks_of(*, language: str = "", country: str = "", tags: Iterable[str] = ()) -> list[str]:
    """The marks that filters ask for. A language has a mark for itself and one for its first subtag."""
    marks = []
    if language:
        marks.append(f"=l:{language.lower()}")
        if "-" in language:
            marks.append(f"=l:{language.partition('-')[0].lower()}")
    if country:
        marks.append(f"=c:{country}")
    return [*marks, *(f"=t:{fold(tag)}" for tag in tags)]


def search_query(text: str, marks: Iterable[str] = ()) -> str:
    """The text of a tsquery: every word begins some word of the contact, and every mark is there.

    Empty when there is nothing to look for.
    """
    parts = [f"{word}:*" for word in words_of(text)[:MAX_QUERY_WORDS]]
    return " & ".join([*parts, *map(_quoted, marks)])


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
