"""Proving that profiles say what contacts say, a range of contacts at a time (docs/adr/0019)."""

from django.db import connection, transaction

from core.derived import Findings

CONTACTS_AT_ONCE = 200_000
EXAMPLES = 20

_COLUMNS = "workspace_id, created_at, imported_at, bucket_seed, country, language, time_zone, attributes, folded"
# One statement sees one instant, and a contact and its profile change in the same one.
_COMPARE = f"""
SELECT count(*), count(*) FILTER (WHERE is_wrong), (array_agg(
        format('contact %%s: %%s', id, CASE WHEN said IS NULL THEN 'no profile' WHEN found IS NULL THEN
            'a profile of nobody' ELSE 'another profile' END) ORDER BY id) FILTER (WHERE is_wrong))[1:%(examples)s],
    array_agg(id) FILTER (WHERE is_wrong)
FROM (
    SELECT id, said, found, said IS DISTINCT FROM found AS is_wrong
    FROM (SELECT id, ROW({_COLUMNS}) AS said FROM segments_profile
          WHERE id > %(after)s AND (%(last)s::bigint IS NULL OR id <= %(last)s)) p
    FULL JOIN (SELECT id, ROW({_COLUMNS}) AS found FROM contacts_contact
          WHERE id > %(after)s AND (%(last)s::bigint IS NULL OR id <= %(last)s)) c USING (id)) AS compared
"""  # noqa: S608 - columns of ours
# Whoever changes one of these contacts meanwhile waits, and finds a profile that is right.
_HOLD = "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR SHARE"
_REMOVE = "DELETE FROM segments_profile WHERE id = ANY(%s)"
_WRITE = f"""
INSERT INTO segments_profile (id, {_COLUMNS}) SELECT id, {_COLUMNS} FROM contacts_contact WHERE id = ANY(%s)
ON CONFLICT (id) DO NOTHING
"""  # noqa: S608


def check_profiles(repair: bool = False) -> Findings:
    """Compare every profile with its contact; with `repair`, write those anew that differ.

    Each range is a transaction of its own, so writers wait for a moment at most, and only where something is wrong.
    """
    after: int | None = -1
    compared = wrong = 0
    examples: tuple[str, ...] = ()
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM contacts_contact WHERE id > %s ORDER BY id OFFSET %s LIMIT 1",
                [after, CONTACTS_AT_ONCE],
            )
            row = cursor.fetchone()
            last = row[0] if row else None
            cursor.execute(_COMPARE, {"after": after, "last": last, "examples": EXAMPLES})
            in_range, wrong_here, said, ids = cursor.fetchone()
            if repair and wrong_here:
                for statement in (_HOLD, _REMOVE, _WRITE):
                    cursor.execute(statement, [ids])
        compared, wrong = compared + in_range, wrong + wrong_here
        examples = (*examples, *(said or ()))[:EXAMPLES]
        after = last
    return Findings(compared, wrong, examples)
