"""Counting everybody in two halves, by the ids of contacts, so that two processes share all work (docs/adr/0028).

Otherwise each process gathers every set of a rule for itself, and only the reading of one table is shared.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from segments.language import tables
from segments.language.compile import CompiledRule
from segments.language.compile_matrix import SAMPLE_SEEDS
from segments.services.asking import IN_HALVES, SETTINGS, run_limited

# Of fewer people a count is done before a second process has begun.
FEWEST = 200_000
# So many tell where the middle is to within three in a hundred. An index alone answers.
_ASKED = 1000
_SEEDS = 2**31 - 1
# The process that asks begins at once and takes the larger part; the other is started first, and has every page of the
# server's memory that it reads mapped anew, which is a fifth of its time.
_SHARE = 0.55
# Before version 17 no process but the first may work on a sub-select whose value is looked up once.
_VERSION = 170_000
# Seeds are random, so the lowest thousand are a random thousand people, and tell how many there are.
_MIDDLE = f"""
SELECT current_setting('server_version_num')::integer, percentile_disc({_SHARE}) WITHIN GROUP (ORDER BY id), count(*),
    max(bucket_seed)
FROM (
    SELECT id, bucket_seed FROM {tables.CONTACTS}
    WHERE workspace_id = %s AND bucket_seed < {SAMPLE_SEEDS} ORDER BY bucket_seed LIMIT %s
) AS asked
"""  # noqa: S608 - names of ours


def middle_of(workspace_id: int) -> int | None:
    """Return the id of a contact with somewhat more than half of all people up to it; None where halves do not pay."""
    with connection.cursor() as cursor:
        cursor.execute(_MIDDLE, [workspace_id, _ASKED])
        version, middle, asked, highest = cursor.fetchone()
    are_many = asked == _ASKED and highest < _SEEDS * _ASKED // FEWEST
    return middle if are_many and version >= _VERSION else None


def run_count(compiled: CompiledRule, milliseconds: int) -> list[tuple[Any, ...]] | None:
    """Return what `run_limited` does, for a statement that may be made of halves."""
    settings = IN_HALVES if compiled.is_halved else SETTINGS
    return run_limited(compiled.sql, compiled.params, milliseconds, settings=settings)
