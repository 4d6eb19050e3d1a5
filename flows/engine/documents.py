"""Canonical JSON and the version of a flow: the same document has the same hash, whoever writes it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from flows.engine.values import is_number, nfc, number_text

_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | {ord(sign): text for sign, text in _SHORT.items()}


def canonical(document: Any) -> str:
    """The one text of a document: keys sorted by code point, no blanks, texts in NFC, numbers plain.

    Numbers must have been read as decimals.
    """
    if isinstance(document, Mapping):
        members = [f"{_quoted(key)}:{canonical(document[key])}" for key in sorted(document)]
        return "{" + ",".join(members) + "}"
    if isinstance(document, (list, tuple)):
        return "[" + ",".join(map(canonical, document)) + "]"
    if isinstance(document, str):
        return _quoted(nfc(document))
    if isinstance(document, bool) or document is None:
        return {True: "true", False: "false", None: "null"}[document]
    if not is_number(document):
        raise TypeError(f"not JSON with decimals: {type(document).__name__}")
    return number_text(document)


def version_of(document: Any) -> str:
    """The version of a flow's document: the SHA-256 of its canonical text."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'
