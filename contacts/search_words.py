"""The words by which a list finds a contact: made here, so that the database's language never matters.

Beside words of names and addresses the vector holds marks such as `=l:de`, one per language, country and tag,
which filters ask for. A mark begins with a sign no word can begin with.
"""

import re
import unicodedata
from collections.abc import Iterable

from core.folding import fold

_WORD = re.compile(r"[^\W_]+")
MAX_WORD = 60
MAX_QUERY_WORDS = 8


def words_of(text: str) -> list[str]:
    """Folded words without accents: “José O'Brien” gives jose, o, brien."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = "".join(sign for sign in unicodedata.normalize("NFD", fold(text)) if not unicodedata.combining(sign))
    return _WORD.findall(plain)


def search_vector(texts: Iterable[str], *, language: str = "", country: str = "", tags: Iterable[str] = ()) -> str:
    """The text of a tsvector of all words of `texts` and the marks of the rest."""
    lexemes = {word[:MAX_WORD]: None for text in texts if text for word in words_of(text)}
    for mark in marks_of(language=language, country=country, tags=tags):
        lexemes[mark] = None
    return " ".join(map(_quoted, lexemes))


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
    parts = [f"{_quoted(word[:MAX_WORD])}:*" for word in words_of(text)[:MAX_QUERY_WORDS]]
    return " & ".join([*parts, *map(_quoted, marks)])


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
