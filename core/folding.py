"""The form in which texts are compared (docs/segments.md): stored beside the text, never computed by the database."""

import unicodedata
from collections.abc import Mapping
from typing import Any


def fold(text: str) -> str:
    """Return `text` so that width, ligatures, case and outer blanks do not matter.

    NFKC, case folding and NFC as the Unicode standard defines them; accents stay, and Turkish dotted and
    dotless letters stay apart from the Latin ones.
    """
    if text.isascii():
        return text.lower().strip()  # what the rest comes to for ASCII, at a fifth of the price
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def fold_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the folded copies of the texts among `values`, without those that fold to nothing."""
    folded = {name: fold(value) for name, value in values.items() if isinstance(value, str)}
    return {name: value for name, value in folded.items() if value}
