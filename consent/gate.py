"""May this address be written to about this topic? The one definition, as SQL for sets and as Python for one.

The send path asks when an audience is frozen and again when a message is claimed; previews ask to count and to
explain. Both forms answer None for yes, or one of REASONS. A property test holds them together.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Unpack

from django.utils.translation import gettext_lazy as _

from consent import gate_parts
from consent.gate_parts import MARKETING, NEEDED, UNGATED, Columns
from consent.models import State
from core.crypto import derived_key

__all__ = [
    "MARKETING",
    "NEEDED",
    "REASONS",
    "UNGATED",
    "Columns",
    "Facts",
    "SqlFragment",
    "SqlJoins",
    "SqlStates",
    "address_digest",
    "decide",
    "reason_case",
    "reason_joins",
    "said_joins",
    "states_join",
    "tracking_allowed_case",
]

UNUSABLE = ("invalid", "dead")

REASONS = {
    "erased": _("The person was erased"),
    "restricted": _("Their data may be kept, but not used"),
    "no_address": _("No address for this channel"),
    "address_invalid": _("The address does not work"),
    "suppressed_hard_bounce": _("Mail to the address came back"),
    "suppressed_complaint": _("They complained about a message"),
    "suppressed_unsubscribe": _("They unsubscribed from everything"),
    "suppressed_manual": _("On the do-not-write list"),
    "suppressed_legal": _("On the do-not-write list for legal reasons"),
    "suppressed_invalid": _("The address is not a real one"),
    "no_consent": _("Never agreed to this topic"),
    "consent_pending": _("Has not confirmed yet"),
    "consent_denied": _("Said no"),
    "consent_withdrawn": _("Withdrew their agreement"),
    "consent_expired": _("Their agreement ran out"),
    "paused": _("They are taking a break from messages"),
}

_SUPPRESSIONS = ("by_address", "by_domain", "by_plain", "global_address", "global_domain", "global_plain")
_REFUSALS = {State.WITHDRAWN: "consent_withdrawn", State.DENIED: "consent_denied"}
_ANSWERS = {**_REFUSALS, State.PENDING: "consent_pending", State.EXPIRED: "consent_expired"}


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """SQL with named parameters (`%(name)s`), to be put into a larger statement that merges `params`."""

    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SqlJoins:
    """Like SqlFragment, with the joins its `sql` needs after the statement's own FROM."""

    joins: str
    sql: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SqlStates:
    """A join after the statement's own FROM, and what it found: the answer of people, and of being counted."""

    joins: str
    said: str
    tracking: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person, address and topic; `every_state` is of the row without a topic.

    `suppressed_plain` is the reason of a digest that came from another tool; `global_address`, `global_domain` and
    `global_plain` are reasons that hold for every workspace.
    """

    contact_exists: bool = True
    is_erased: bool = False
    address_value: str = ""
    address_status: str = ""
    suppressed_address: str | None = None
    suppressed_domain: str | None = None
    suppressed_plain: str | None = None
    global_address: str | None = None
    global_domain: str | None = None
    global_plain: str | None = None
    is_restricted: bool = False
    paused_until: dt.datetime | None = None
    every_state: str | None = None
    own_state: str | None = None
    own_expires_at: dt.datetime | None = None
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


def decide(purpose: str, facts: Facts) -> str | None:
    """None when the person may be written to, else a key of REASONS. Raises ValueError for an unknown purpose."""
    _check(purpose)
    return _address_reason(purpose, facts) or _consent_reason(purpose, facts)


def _address_reason(purpose: str, facts: Facts) -> str | None:
    if purpose == MARKETING and (facts.is_erased or not facts.contact_exists):
        return "erased"
    if purpose == MARKETING and facts.is_restricted:
        return "restricted"
    if not facts.address_value:
        return "no_address"
    if facts.address_status in UNUSABLE:
        return "address_invalid"
    found = (facts.suppressed_address, facts.suppressed_domain, facts.suppressed_plain)
    for reason in (*found, facts.global_address, facts.global_domain, facts.global_plain):
        if reason in gate_parts.stopping(purpose):
            return f"suppressed_{reason}"
    return None


def _consent_reason(purpose: str, facts: Facts) -> str | None:
    if purpose != MARKETING:
        return None
    if facts.every_state in _REFUSALS:
        return _REFUSALS[State(facts.every_state)]
    if facts.own_state is None:
        return "no_consent"
    if facts.own_state == State.GRANTED:
        has_run_out = facts.own_expires_at is not None and facts.own_expires_at <= facts.now
        if has_run_out:
            return "consent_expired"
        return "paused" if facts.paused_until is not None and facts.paused_until > facts.now else None
    return _ANSWERS[State(facts.own_state)]


def states_join(**columns: Unpack[Columns]) -> SqlStates:
    """What people said, looked up once for a claimed batch: for `reason_case` and `tracking_allowed_case`."""
    states = gate_parts.states_at_once(columns, "gate_states")
    return SqlStates(states, _said("gate_states.every", "gate_states.own"), "gate_states.tracking")


def reason_case(*, purpose: str, said: str, address_digest: str = "", **columns: Unpack[Columns]) -> SqlFragment:
    """An SQL expression: NULL when the row may be written to, else a key of REASONS.

    Looks each row up by index, which suits a claimed batch of a thousand; lists that hold nothing of a kind are not
    asked for it. `said` is that of `states_join`. `address_digest` is best a column that was filled with the function
    of this name: an expression is worked out anew for every row it is compared with. Its aliases begin with `gate_`.
    Raises ValueError for an unknown purpose.
    """
    _check(purpose)
    digest = address_digest or gate_parts.digest(columns["address_value"])
    by_address = gate_parts.suppressed_address(purpose, columns, "gate_a", digest)
    by_domain = gate_parts.suppressed_domain(purpose, columns, "gate_d")
    everywhere = gate_parts.global_address(purpose, columns, "gate_g", digest)
    domain_everywhere = gate_parts.global_domain(purpose, columns, "gate_h")
    # Of two digests of one address the SHA-256 decides, as in the joins.
    by_plain = gate_parts.suppressed_plain(purpose, columns, "gate_s") + _sha256_first("gate_s")
    everywhere_plain = gate_parts.global_plain(purpose, columns, "gate_i") + _sha256_first("gate_i")
    here, installation = gate_parts.WORKSPACE_LIST, gate_parts.GLOBAL_LIST
    sources = {
        "erased": f"(SELECT 'erased' {gate_parts.tombstone(columns, 'gate_e', digest)})",
        "restricted": f"(SELECT 'restricted' {gate_parts.restriction(columns, 'gate_r')})",
        "by_address": _listed("gate_a", by_address),
        "by_domain": _listed("gate_d", by_domain, gate_parts.holds_domains(here)),
        "by_plain": _listed("gate_s", by_plain, gate_parts.holds_digests(here)),
        "global_address": _listed("gate_g", everywhere, gate_parts.holds_addresses(installation)),
        "global_domain": _listed("gate_h", domain_everywhere, gate_parts.holds_domains(installation)),
        "global_plain": _listed("gate_i", everywhere_plain, gate_parts.holds_digests(installation)),
        "said": said,
        "paused": f"(SELECT 'paused' {gate_parts.pause(columns, 'gate_p')})",
    }
    return SqlFragment(_answer(purpose, columns, sources), _parameters(purpose))


def _listed(alias: str, entry: str, is_worth_it: str = "") -> str:
    found = f"(SELECT 'suppressed_' || {alias}.reason {entry})"
    return f"CASE WHEN {is_worth_it} THEN {found} END" if is_worth_it else found


def address_digest(*, address_value: str) -> SqlFragment:
    """The keyed digest of an address as SQL, for `reason_joins`; NULL without an address."""
    return SqlFragment(gate_parts.digest(address_value), _parameters(MARKETING))


def said_joins(**columns: Unpack[Columns]) -> SqlJoins:
    """What people said themselves, for `reason_joins`: NULL where they agreed. Quickest merged in their order."""
    own = gate_parts.state(columns, "consent_own", gate_parts.same_topic(columns, "consent_own"))
    joins = _left_joins([gate_parts.every_state(columns, "consent_every"), own])
    return SqlJoins(joins, _said("consent_every.state", gate_parts.effective("consent_own")), {})


def reason_joins(*, purpose: str, address_digest: str, said: str = "", **columns: Unpack[Columns]) -> SqlJoins:
    """The same answer through LEFT JOINs, each matching at most one row, which suits an audience of a million.

    `address_digest` is best a column that was filled with the function of this name and analysed: how many there are
    of an expression the planner guesses wrong. `said` may be a column filled with `said_joins`. The aliases begin with
    `consent_`. Raises ValueError for an unknown purpose.
    """
    _check(purpose)
    own = SqlJoins("", said, {}) if said or purpose != MARKETING else said_joins(**columns)
    tables = {
        "consent_by_address": gate_parts.suppressed_address(purpose, columns, "consent_by_address", address_digest),
        "consent_by_domain": gate_parts.suppressed_domain(purpose, columns, "consent_by_domain"),
        "consent_by_sha256": gate_parts.suppressed_plain(purpose, columns, "consent_by_sha256", "sha256"),
        "consent_by_md5": gate_parts.suppressed_plain(purpose, columns, "consent_by_md5", "md5"),
        "consent_global_address": gate_parts.global_address(purpose, columns, "consent_global_address", address_digest),
        "consent_global_domain": gate_parts.global_domain(purpose, columns, "consent_global_domain"),
        "consent_global_sha256": gate_parts.global_plain(purpose, columns, "consent_global_sha256", "sha256"),
        "consent_global_md5": gate_parts.global_plain(purpose, columns, "consent_global_md5", "md5"),
        "consent_restricted": gate_parts.restriction(columns, "consent_restricted"),
        "consent_paused": gate_parts.pause(columns, "consent_paused"),
        "consent_erased": gate_parts.tombstone(columns, "consent_erased", address_digest),
    }
    if purpose != MARKETING:
        kept = () if purpose in UNGATED else ("consent_by_", "consent_global_")
        tables = {name: part for name, part in tables.items() if name.startswith(kept)}
    sources = {
        "erased": "CASE WHEN consent_erased.id IS NOT NULL THEN 'erased' END",
        "by_address": "'suppressed_' || consent_by_address.reason",
        "restricted": "CASE WHEN consent_restricted.contact_id IS NOT NULL THEN 'restricted' END",
        "by_domain": "'suppressed_' || consent_by_domain.reason",
        "by_plain": "'suppressed_' || COALESCE(consent_by_sha256.reason, consent_by_md5.reason)",
        "global_address": "'suppressed_' || consent_global_address.reason",
        "global_domain": "'suppressed_' || consent_global_domain.reason",
        "global_plain": "'suppressed_' || COALESCE(consent_global_sha256.reason, consent_global_md5.reason)",
        "said": own.sql,
        "paused": "CASE WHEN consent_paused.contact_id IS NOT NULL THEN 'paused' END",
    }
    joins = [_left_joins(tables.values()), own.joins]
    return SqlJoins("\n".join(joins), _answer(purpose, columns, sources), _parameters(purpose))


def _sha256_first(alias: str) -> str:
    return f" ORDER BY length({alias}.plain_digest) DESC LIMIT 1"


def _left_joins(parts: Iterable[str]) -> str:
    return "\n".join("LEFT JOIN " + part.removeprefix("FROM ").replace(" WHERE ", " ON ", 1) for part in parts)


def tracking_allowed_case(*, said: str, workspace: str) -> SqlFragment:
    """An SQL boolean, never NULL: may opens and clicks of this person be counted?

    Yes after they agreed to it, or, where the workspace does not ask first, unless they said no. `said` is `tracking`
    of `states_join`, `workspace` an SQL expression as in Columns.
    """
    setting = f"FROM consent_consentsettings gate_c WHERE gate_c.workspace_id = {workspace}"
    asks_first = f"COALESCE((SELECT gate_c.tracking_needs_consent {setting}), true)"
    sql = (
        f"CASE COALESCE({said}, 'none') WHEN '{State.GRANTED}' THEN true"
        f" WHEN '{State.WITHDRAWN}' THEN false WHEN '{State.DENIED}' THEN false ELSE NOT {asks_first} END"
    )
    return SqlFragment(sql, {})


def _check(purpose: str) -> None:
    if purpose != MARKETING and purpose not in NEEDED | UNGATED:
        raise ValueError(f"unknown purpose {purpose}")


def _parameters(purpose: str) -> dict[str, Any]:
    return {} if purpose in UNGATED else {"consent_address_key": derived_key("address")}


def _answer(purpose: str, columns: Columns, sources: dict[str, str]) -> str:
    """COALESCE asks in this order and stops at the first reason, so later look-ups cost nothing."""
    contact, value, status = columns["contact"], columns["address_value"], columns["address_status"]
    unusable = ", ".join(f"'{name}'" for name in UNUSABLE)
    asked = [
        f"CASE WHEN COALESCE({value}, '') = '' THEN 'no_address'"
        f" WHEN {status} IN ({unusable}) THEN 'address_invalid' END"
    ]
    if purpose == MARKETING:
        asked = [f"CASE WHEN {contact} IS NULL THEN 'erased' END", sources["erased"], sources["restricted"], *asked]
    if purpose not in UNGATED:
        asked += [sources[name] for name in _SUPPRESSIONS]
    if purpose == MARKETING:
        asked += [sources["said"], sources["paused"]]
    return "COALESCE(" + ",\n  ".join(asked) + ")"


def _said(every: str, own: str) -> str:
    return f"COALESCE({_words(every, _REFUSALS)}, {_own_answer(own)})"


def _words(expression: str, words: dict[State, str]) -> str:
    return f"CASE {expression} " + " ".join(f"WHEN '{state}' THEN '{word}'" for state, word in words.items()) + " END"


def _own_answer(expression: str) -> str:
    return (
        _words(f"COALESCE({expression}, 'none')", _ANSWERS).removesuffix(" END") + " WHEN 'none' THEN 'no_consent' END"
    )
