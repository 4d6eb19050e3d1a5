"""The pieces of SQL that the gate (consent.gate) puts together: one table each, `FROM … WHERE …`, asked by index.

`alias` names the table in the caller's statement; `columns` are the caller's expressions.
"""

from typing import TypedDict

from consent.models import Purpose, State, Suppression

MARKETING = "marketing"
WORKSPACE_LIST, GLOBAL_LIST = "consent_suppression", "consent_globalsuppression"
# Mail the person needs (a receipt, a confirmation) goes past topics and unsubscribing, but not to an address
# that does not work, nor to somebody who complained or forbade it in law.
NEEDED = frozenset({"transactional", "service"})
# Rapport's own mail to its users, and tests by their author: only an address is asked for.
UNGATED = frozenset({"system", "test"})

STOPS_EVERYTHING = (
    Suppression.Reason.HARD_BOUNCE,
    Suppression.Reason.COMPLAINT,
    Suppression.Reason.LEGAL,
    Suppression.Reason.INVALID,
)


class Columns(TypedDict):
    """SQL expressions, written by code and never by people, such as `m.contact_id`. Ids are the internal ones."""

    contact: str
    address_value: str
    address_domain: str
    address_status: str
    workspace: str
    channel: str
    topic: str


def stopping(purpose: str) -> tuple[str, ...]:
    """The reasons of suppressions that stop mail of this purpose."""
    if purpose in UNGATED:
        return ()
    return tuple(Suppression.Reason.values) if purpose == MARKETING else STOPS_EVERYTHING


def effective(alias: str) -> str:
    """The state with its time taken into account; now() is the transaction's."""
    return (
        f"CASE WHEN {alias}.state = '{State.GRANTED}' AND {alias}.expires_at <= now()"
        f" THEN '{State.EXPIRED}' ELSE {alias}.state END"
    )


def same_topic(columns: Columns, alias: str) -> str:
    """The topic asked about, also where none is."""
    topic = columns["topic"]
    return f"({alias}.topic_id = {topic} OR ({topic} IS NULL AND {alias}.topic_id IS NULL))"


def states_at_once(columns: Columns, alias: str) -> str:
    """Everything a person said on the channel that a batch asks about, by one look-up: `every`, `own`, `tracking`.

    One person has few of these rows, of which each of the three is at most one; a look-up for each costs three times
    as much.
    """
    row = f"{alias}_row"
    marketing, tracking = f"{row}.purpose = '{Purpose.MARKETING}'", f"{row}.purpose = '{Purpose.TRACKING}'"
    own = f"max({effective(row)}) FILTER (WHERE {marketing} AND {same_topic(columns, row)}) AS own"
    asked = [
        f"max({row}.state) FILTER (WHERE {marketing} AND {row}.topic_id IS NULL) AS every",
        own,
        f"max({effective(row)}) FILTER (WHERE {tracking} AND {row}.topic_id IS NULL) AS tracking",
    ]
    return (
        f"LEFT JOIN LATERAL (SELECT {', '.join(asked)} FROM consent_consentstate {row}"  # noqa: S608 - from code
        f" WHERE {row}.contact_id = {columns['contact']} AND {row}.workspace_id = {columns['workspace']}"
        f" AND {row}.channel = {columns['channel']}) {alias} ON true"
    )


def every_state(columns: Columns, alias: str) -> str:
    """What they said to everything on the channel."""
    return state(columns, alias, f"{alias}.topic_id IS NULL")


def state(columns: Columns, alias: str, topic: str) -> str:
    """Their state about the `topic`, a condition."""
    return (
        f"FROM consent_consentstate {alias} WHERE {alias}.contact_id = {columns['contact']}"
        f" AND {alias}.workspace_id = {columns['workspace']} AND {alias}.channel = {columns['channel']}"
        f" AND {alias}.purpose = '{Purpose.MARKETING}' AND {topic}"
    )


def digest(address_value: str) -> str:
    """core.crypto.address_hash, computed by the database."""
    return f"sha256(%(consent_address_key)s::bytea || convert_to({address_value}, 'UTF8'))"


def tombstone(columns: Columns, alias: str, digest: str) -> str:
    """The address of somebody who was erased."""
    return (
        f"FROM contacts_tombstone {alias} WHERE {alias}.workspace_id = {columns['workspace']}"
        f" AND {alias}.channel = {columns['channel']} AND {alias}.address_hash = {digest}"
    )


def suppressed_address(purpose: str, columns: Columns, alias: str, digest: str) -> str:
    """The workspace's list, by the keyed digest."""
    return _listed(WORKSPACE_LIST, purpose, columns, alias, f"{alias}.address_hash = {digest}")


def suppressed_domain(purpose: str, columns: Columns, alias: str) -> str:
    """The workspace's list, by domain."""
    return _listed(WORKSPACE_LIST, purpose, columns, alias, _has_domain(columns, alias))


def suppressed_plain(purpose: str, columns: Columns, alias: str, kind: str = "") -> str:
    """By the digests that other tools keep; `kind` picks one of them, so that a join finds one row at most."""
    return _listed(WORKSPACE_LIST, purpose, columns, alias, _has_plain_digest(WORKSPACE_LIST, columns, alias, kind))


def global_address(purpose: str, columns: Columns, alias: str, digest: str) -> str:
    """The installation's list, by the keyed digest."""
    return _listed(GLOBAL_LIST, purpose, columns, alias, f"{alias}.address_hash = {digest}")


def global_domain(purpose: str, columns: Columns, alias: str) -> str:
    """The installation's list, by domain."""
    return _listed(GLOBAL_LIST, purpose, columns, alias, _has_domain(columns, alias))


def global_plain(purpose: str, columns: Columns, alias: str, kind: str = "") -> str:
    """The installation's list, by the digests that other tools keep, as `suppressed_plain`."""
    return _listed(GLOBAL_LIST, purpose, columns, alias, _has_plain_digest(GLOBAL_LIST, columns, alias, kind))


def _listed(table: str, purpose: str, columns: Columns, alias: str, match: str) -> str:
    own = f"{alias}.workspace_id = {columns['workspace']} AND " if table == WORKSPACE_LIST else ""
    on_channel = f"{own}{alias}.channel = {columns['channel']}"
    return f"FROM {table} {alias} WHERE {on_channel} AND {match} AND {stops(purpose, alias)}"


def _has_domain(columns: Columns, alias: str) -> str:
    """`NOT (domain = '')` repeats the index's own condition, without which it would not be used."""
    return f"{alias}.domain = {columns['address_domain']} AND NOT ({alias}.domain = '')"


def _has_plain_digest(table: str, columns: Columns, alias: str, kind: str) -> str:
    """One by one the caller asks `holds_digests` first; for a join the question is put to the table once, in here."""
    value = columns["address_value"]
    digests = {"sha256": f"sha256(convert_to({value}, 'UTF8'))", "md5": f"decode(md5({value}), 'hex')"}
    joined = f"= CASE WHEN {holds_digests(table)} THEN {digests.get(kind)} END"
    asked = joined if kind else f"IN ({', '.join(digests.values())})"
    return f"{alias}.plain_digest {asked} AND {alias}.plain_digest IS NOT NULL"


def holds_addresses(table: str) -> str:
    """Whether a list holds any keyed digest: asked once in a statement, whatever its size."""
    return _holds(table, "held.address_hash IS NOT NULL")


def holds_domains(table: str) -> str:
    """Whether a list holds any domain, as `holds_addresses`."""
    return _holds(table, "NOT (held.domain = '')")


def holds_digests(table: str) -> str:
    """Whether anybody has brought digests of other tools to a list, as `holds_addresses`."""
    return _holds(table, "held.plain_digest IS NOT NULL")


def _holds(table: str, condition: str) -> str:
    return f"(SELECT EXISTS (SELECT 1 FROM {table} held WHERE {condition}))"  # noqa: S608 - from code


def restriction(columns: Columns, alias: str) -> str:
    """Their data may be kept and not used."""
    return f"FROM contacts_restriction {alias} WHERE {alias}.contact_id = {columns['contact']}"


def pause(columns: Columns, alias: str) -> str:
    """A break that is not over."""
    return (
        f"FROM consent_contactpreference {alias} WHERE {alias}.contact_id = {columns['contact']}"
        f" AND {alias}.paused_until > now()"
    )


def stops(purpose: str, alias: str) -> str:
    """Whether an entry of a list stops mail of this purpose."""
    reasons = ", ".join(f"'{reason}'" for reason in stopping(purpose))
    return f"{alias}.reason IN ({reasons})" if reasons else "false"
