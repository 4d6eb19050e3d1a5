"""Whom an audience means, written down with what the gate asks about each of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from consent import gate
from consent.models import Topic

# The audience is written down first with what the gate asks about each address, so that the planner knows how many
# people, domains and digests it joins: a segment's size is anybody's guess, and with a wrong one a hundred thousand
# index look-ups take the place of one hash. Who was erased meanwhile is not there any more; only people without an
# address need asking for, the others' addresses went with them.
CHOOSE = "CREATE TEMPORARY TABLE delivery_chosen (contact_id) ON COMMIT DROP AS {audience}"
SPAN = "SELECT count(*), min(contact_id), max(contact_id) FROM delivery_chosen"
WRITE_DOWN = """
CREATE TEMPORARY TABLE delivery_audience ON COMMIT DROP AS
SELECT chosen.contact_id, a.value, a.domain, a.status, {digest} AS digest, {said} AS said {person_columns}
FROM delivery_chosen chosen
{said_joins}
{address}
LEFT JOIN LATERAL (
    SELECT c.id FROM contacts_contact c
    WHERE a.contact_id IS NULL AND c.id = chosen.contact_id AND c.workspace_id = %(workspace)s LIMIT 1) alone ON true
{person}
WHERE a.contact_id IS NOT NULL OR alone.id IS NOT NULL
"""
# Somebody's address is looked up by index whatever the planner guesses (LATERAL, LIMIT): left to itself it reads
# every address of the workspace for a tenth of them.
LOOK_UP_ADDRESS = """
LEFT JOIN LATERAL (
    SELECT own.contact_id, own.value, own.domain, own.status FROM contacts_address own
    WHERE own.contact_id = chosen.contact_id AND own.workspace_id = %(workspace)s AND own.channel = %(channel)s
      AND own.is_primary LIMIT 1) a ON true
"""
# Read only where a share of the people or their own clocks decide.
PERSON_COLUMNS = ", person.bucket_seed, person.time_zone"
LOOK_UP_PERSON = """
LEFT JOIN LATERAL (
    SELECT c.bucket_seed, c.time_zone FROM contacts_contact c
    WHERE c.id = chosen.contact_id AND c.workspace_id = %(workspace)s LIMIT 1) person ON true
"""
# Where many of all people between the first and the last are meant, a walk along the index past all of them, beside
# those who are meant, costs 0.6 µs for each where a look-up costs 1.4 to 2. Nobody has two first addresses.
WALK_ADDRESSES = """
LEFT JOIN contacts_address a
    ON a.contact_id = chosen.contact_id AND a.workspace_id = %(workspace)s AND a.channel = %(channel)s AND a.is_primary
    AND a.contact_id BETWEEN %(first)s AND %(last)s
"""
WALK_PEOPLE = """
LEFT JOIN contacts_contact person
    ON person.id = chosen.contact_id AND person.workspace_id = %(workspace)s
    AND person.id BETWEEN %(first)s AND %(last)s
"""
# Of how many ids one has to be meant for a walk, and of how many people it pays to think about it.
SPARSEST, FEWEST = 4, 1000


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: a statement that selects ids of contacts, each once, its parameters, and the topic it is about."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any]
    topic: Topic | None
    channel: str = "email"


def write_down_chosen(cursor: Any, audience: Audience, params: dict[str, Any], *, with_person: bool) -> None:
    """Fill delivery_audience from the audience's SQL and its parameters; it lives as long as the transaction."""
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("DROP TABLE IF EXISTS delivery_chosen, delivery_audience")
    cursor.execute(CHOOSE.format(audience=audience.sql), audience.params)
    cursor.execute(SPAN)
    number, first, last = cursor.fetchone()
    is_dense = number >= FEWEST and last - first < SPARSEST * number
    digest, said = gate.address_digest(address_value="a.value"), gate.said_joins(**gate_columns("chosen"))
    person = WALK_PEOPLE if is_dense else LOOK_UP_PERSON
    statement = WRITE_DOWN.format(
        digest=digest.sql,
        said=said.sql,
        said_joins=said.joins,
        address=WALK_ADDRESSES if is_dense else LOOK_UP_ADDRESS,
        person_columns=PERSON_COLUMNS if with_person else "",
        person=person if with_person else "",
    )
    # What they said: a walk along the index of states for many people, look-ups for few. A hash of everybody who ever
    # said anything about the topic would cost four times as much; left to itself the planner makes one.
    with _without(cursor, "hashjoin", *(["nestloop"] if is_dense else [])):
        cursor.execute(statement, {**params, **said.params, **digest.params, "first": first, "last": last})
    # A sample of 6,000 is enough to tell "each once" from "a few thousand domains".
    cursor.execute("SET LOCAL default_statistics_target = 20")
    cursor.execute("ANALYZE delivery_audience (contact_id, domain, digest)")


@contextmanager
def _without(cursor: Any, *joins: str) -> Iterator[None]:
    """Meanwhile the planner takes these kinds of joins only where nothing else will do."""
    for join in joins:
        cursor.execute(f"SET LOCAL enable_{join} = off")
    yield
    for join in joins:
        cursor.execute(f"SET LOCAL enable_{join} TO DEFAULT")


def gate_columns(alias: str) -> gate.Columns:
    """What the gate is told of a row of `alias`; parameters are those of the statement."""
    return gate.Columns(
        contact=f"{alias}.contact_id",
        address_value=f"{alias}.value",
        address_domain=f"{alias}.domain",
        address_status=f"{alias}.status",
        workspace="%(workspace)s::bigint",
        channel="%(channel)s",
        topic="%(topic)s::bigint",
    )
