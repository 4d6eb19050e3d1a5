"""Keeping spreadsheet programs from running what somebody typed, in a way that can be taken back. Pure.

A cell that begins like a formula gets an apostrophe in front, which spreadsheets read as “this is text” (OWASP, CSV
injection). A cell that begins with apostrophes and then like a formula gets one more, so that `undisarmed` gives
back exactly what `disarmed` was given.
"""

import re

# The full-width twins are read as formulas by some programs too. The minus stands last, where it means itself.
_BEGINNING = "'*[=+@\t\r\n＝＋－＠-]"
_DANGEROUS = re.compile(_BEGINNING)
_DISARMED = re.compile(f"'{_BEGINNING}")


def disarmed(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def undisarmed(text: str) -> str:
    """What `disarmed` was given. A text that nobody disarmed stays as it is, unless it looks so."""
    return text[1:] if text[:1] == "'" and _DISARMED.match(text) else text


def disarmed_sql(expression: str, *, but_numbers: bool = False) -> str:
    """The same as `disarmed`, computed by the database for a text expression; NULL stays NULL.

    With `but_numbers` a number keeps its minus, and what only should be one is disarmed: an old value comes back
    under a newer type when a merge or an import is undone.
    """
    number = r"(?!-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$)" if but_numbers else ""
    return f"regexp_replace({expression}, E'^{number}\\'*[=+@\\t\\r\\n＝＋－＠-]', E'\\'\\\\&')"
