"""Signs that nobody sees: they come along when people copy, make two equal addresses different, and turn text around.

Pure. Joiners stay between letters, where Persian, Indian scripts and emoji need them (Unicode Standard, 23.2).
"""

import re

# Soft hyphen, zero-width blanks, every mark that turns the direction, annotations.
_MARKS = "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_UNSEEN = re.compile(f"[{_CONTROLS}{_MARKS}]+")
_MARKS_AND_JOINERS = re.compile(f"[{_MARKS}\u200c\u200d]+")
_LOOSE_JOINER = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")


def without_unseen(text: str) -> str:
    """Words as people see them; line ends and tabs stay."""
    return text if text.isprintable() else _LOOSE_JOINER.sub("", _UNSEEN.sub("", text))


def without_marks(text: str) -> str:
    """The same for addresses, which have no joiners; controls stay, for nobody copies those by mistake."""
    return text if text.isprintable() else _MARKS_AND_JOINERS.sub("", text)
