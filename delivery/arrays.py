"""Arrays as PostgreSQL reads them (its manual, §8.15.6), made in one go.

psycopg looks at each value by itself and quotes it in Python: some 1 µs each, of which a batch has ten for a message.
"""

import datetime as dt
from collections.abc import Iterable


def number_array(numbers: Iterable[int]) -> str:
    """Whole numbers."""
    return "{" + ",".join(map(str, numbers)) + "}"


def time_array(moments: Iterable[dt.datetime | None]) -> str:
    """Moments with their zone, or NULL."""
    return "{" + ",".join([f'"{moment}"' if moment else "NULL" for moment in moments]) + "}"


def text_array(words: Iterable[str]) -> str:
    """Texts without NUL."""
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in words]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
