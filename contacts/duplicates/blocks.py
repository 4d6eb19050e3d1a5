"""Who shares something that two people seldom share: one statement per reason, whatever the size of the workspace.

Each reason makes a key of every contact or address, kept as a 64-bit hash, and asks for keys of two or more. Nothing
is joined with itself: a key shared by hundreds yields one line that says so, and no pairs at all.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from contacts.duplicates import evidence

# More people than this behind one key are an office, a family plan or a default value, and no duplicates.
MOST_IN_BLOCK = 6
MOST_ROWS = 600_000
MOST_COMMON = 20

_LOCAL = "replace(split_part(split_part({value}, '@', 1), '+', 1), '.', '')"
# Both names whichever comes first, compared by their bytes, which no locale slows down. A missing one makes it NULL.
_NAMES = """
    (SELECT id, email, attributes, folded->>'first_name' COLLATE "C" AS first, folded->>'last_name' COLLATE "C" AS last
     FROM contacts_contact WHERE workspace_id = %(workspace)s OFFSET 0) c"""
_NAME = "least(c.first, c.last) || E'\\x01' || greatest(c.first, c.last)"
_HAS_NAME = "c.first IS NOT NULL AND c.last IS NOT NULL"

KEYS = {
    evidence.MAILBOX: f"""
        SELECT hashtextextended({_LOCAL.format(value="a.value")}, 0) AS key, a.contact_id
        FROM contacts_address a
        WHERE a.workspace_id = %(workspace)s AND a.channel = 'email' AND a.domain IN ('gmail.com', 'googlemail.com')""",  # noqa: S608 - fixed words
    evidence.TAGGED_EMAIL: """
        WITH tagged AS MATERIALIZED (
            SELECT split_part(split_part(a.value, '@', 1), '+', 1) || '@' || a.domain AS plain, a.contact_id
            FROM contacts_address a
            WHERE a.workspace_id = %(workspace)s AND a.channel = 'email' AND position('+' IN a.value) > 1
                AND a.domain NOT IN ('gmail.com', 'googlemail.com'))
        SELECT hashtextextended(plain, 0) AS key, contact_id FROM tagged
        UNION
        SELECT hashtextextended(a.value, 0), a.contact_id
        FROM (SELECT DISTINCT plain FROM tagged) t
        JOIN contacts_address a
            ON a.workspace_id = %(workspace)s AND a.channel = 'email' AND a.value = t.plain""",
    # A number is once on each channel, so only those on a second one can be shared.
    evidence.PHONE: """
        WITH others AS MATERIALIZED (
            SELECT a.value, a.contact_id FROM contacts_address a
            WHERE a.workspace_id = %(workspace)s AND a.channel IN ('whatsapp', 'viber', 'voice')
                AND a.value LIKE '+%%')
        SELECT hashtextextended(value, 0) AS key, contact_id FROM others
        UNION
        SELECT hashtextextended(a.value, 0), a.contact_id
        FROM (SELECT DISTINCT value FROM others) o
        JOIN contacts_address a ON a.workspace_id = %(workspace)s AND a.channel = 'sms' AND a.value = o.value""",
    evidence.NAME_BIRTHDAY: f"""
        SELECT hashtextextended({_NAME} || E'\\x01' || (c.attributes->>%(birthday)s), 0) AS key, c.id AS contact_id
        FROM {_NAMES} WHERE c.attributes ? %(birthday)s AND {_HAS_NAME}""",  # noqa: S608 - fixed words
    evidence.NAME_EMAIL: f"""
        SELECT hashtextextended({_NAME} || E'\\x01' || {_LOCAL.format(value="c.email")}, 0) AS key, c.id AS contact_id
        FROM {_NAMES} WHERE c.email <> '' AND {_HAS_NAME}
            AND length({_LOCAL.format(value="c.email")}) > 2""",  # noqa: S608 - fixed words
}
SHARED = """
WITH keys AS MATERIALIZED ({keys}),
blocks AS (
    SELECT key, count(*) AS rows, min(contact_id) AS lowest FROM keys
    GROUP BY key HAVING min(contact_id) <> max(contact_id))
SELECT k.key, k.contact_id, b.rows
FROM keys k JOIN blocks b ON b.key = k.key
WHERE b.rows <= %(most)s OR k.contact_id = b.lowest
LIMIT %(limit)s
"""
# What a key that too many share looks like, from one of them.
EXAMPLES = {
    evidence.PHONE: "SELECT min(value) FROM contacts_address WHERE contact_id = %s AND channel <> 'email'",
    evidence.MAILBOX: "SELECT min(value) FROM contacts_address WHERE contact_id = %s AND channel = 'email'",
    evidence.TAGGED_EMAIL: "SELECT min(value) FROM contacts_address WHERE contact_id = %s AND channel = 'email'",
}
_NAME_EXAMPLE = "SELECT btrim(first_name || ' ' || last_name) FROM contacts_contact WHERE id = %s"


@dataclass
class Shared:
    """What was found for one reason: sets of people who share a key, and keys that too many share."""

    blocks: list[list[int]] = field(default_factory=list)
    too_common: list[dict[str, Any]] = field(default_factory=list)
    is_cut: bool = False

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every two of a block, the lower id first."""
        for block in self.blocks:
            for index, one in enumerate(block):
                for other in block[index + 1 :]:
                    yield one, other


def find_shared(workspace_id: int, reason: str, birthday_key: str) -> Shared:
    """Who shares a key of this reason."""
    values: dict[str, Any] = {
        "workspace": workspace_id,
        "birthday": birthday_key,
        "most": 2 * MOST_IN_BLOCK,  # somebody may have two addresses that come to the same key
        "limit": MOST_ROWS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(SHARED.format(keys=KEYS[reason]), values)
        rows = cursor.fetchall()
        people: dict[int, set[int]] = defaultdict(set)
        counts: dict[int, int] = {}
        for key, contact_id, count in rows:
            people[key].add(contact_id)
            counts[key] = count
        found = Shared(is_cut=len(rows) >= MOST_ROWS)
        common: list[tuple[int, int]] = []
        for key, ids in people.items():
            if counts[key] > 2 * MOST_IN_BLOCK or len(ids) > MOST_IN_BLOCK:
                common.append((max(counts[key], len(ids)), min(ids)))
            elif len(ids) > 1:
                found.blocks.append(sorted(ids))
        for count, lowest in sorted(common, reverse=True)[:MOST_COMMON]:
            cursor.execute(EXAMPLES.get(reason, _NAME_EXAMPLE), [lowest])
            found.too_common.append({"reason": reason, "people": count, "example": cursor.fetchone()[0] or ""})
    return found
