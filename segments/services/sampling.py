"""A few people of a rule, at random, and why each is among them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import Workspace
from contacts.models import Contact
from segments.explain import Reason, explain_rule
from segments.language.compile import compile_flags, compile_rule
from segments.language.registry import Registry, Rule
from segments.language.scope import Scope
from segments.language.validate import require_valid, validate_rule
from segments.language.words import VERSION
from segments.models import Segment
from segments.registry import registry_of
from segments.services.asking import run_limited
from segments.services.estimating import sample_nodes
from segments.services.evaluation import PATIENCE_MILLISECONDS, make_scope

# Segments asked about in one statement, and explained on one page.
_AT_ONCE = 50
EXPLAINED = 20


@dataclass(frozen=True)
class Example:
    """One person and the tree that says why the rule holds for them, or not."""

    contact: Contact
    reason: Reason


def sample_rule(
    workspace: Workspace,
    rule: Rule,
    *,
    size: int = 5,
    expected: int | None = None,
    now: dt.datetime | None = None,
    registry: Registry | None = None,
) -> list[Example]:
    """Return up to `size` people the rule holds for, picked at random; fewer when time runs out.

    `expected`, the known count, saves looking among a part of all people where hardly anybody is to be found.
    Raises RuleError for a rule that cannot be used.
    """
    registry = registry or registry_of(workspace)
    require_valid(rule, registry)
    scope = make_scope(workspace, registry, now)
    sampled = (
        sample_nodes(workspace, [rule["where"]], scope, faces=size) if expected is None or expected > size else None
    )
    ids = sampled.faces if sampled else []
    if len(ids) < size:
        ids = pick_people(rule, scope, size)
    return examples_of(workspace, rule, ids, scope)


def pick_people(rule: Rule, scope: Scope, size: int, patience: int = PATIENCE_MILLISECONDS) -> list[int]:
    """Return the ids of up to `size` people a valid rule holds for, at random; nobody when time runs out."""
    compiled = compile_rule(rule, scope)
    sql = f"SELECT id FROM ({compiled.sql}) AS audience(id) ORDER BY random() LIMIT %s"  # noqa: S608
    rows = run_limited(sql, [*compiled.params, size], patience)
    return [row[0] for row in rows or ()]


def examples_of(workspace: Workspace, rule: Rule, ids: list[int], scope: Scope) -> list[Example]:
    """Return people with their reasons, in the order of the ids."""
    if not ids:
        return []
    contacts = {one.pk: one for one in Contact.objects.in_workspace(workspace).filter(pk__in=ids)}
    trees = explain_rule(rule, scope, list(contacts.values()))
    return [Example(contacts[key], trees[key]) for key in ids if key in contacts]


def explain_contact(workspace: Workspace, rule: Rule, contact: Contact, *, now: dt.datetime | None = None) -> Reason:
    """Return the tree of reasons why the rule holds for a contact or not. Raises RuleError."""
    registry = registry_of(workspace)
    require_valid(rule, registry)
    return explain_rule(rule, make_scope(workspace, registry, now), [contact])[contact.pk]


def segments_of_contact(workspace: Workspace, contact: Contact) -> list[tuple[Segment, Reason]]:
    """Return the segments a contact is in at present, by name, with the reasons; broken ones are left out.

    At most EXPLAINED segments come back: the reasons of more would not be read.
    """
    registry = registry_of(workspace)
    scope = dataclasses.replace(make_scope(workspace, registry), contact_ids=(contact.pk,))
    inside = _segments_holding(workspace, registry, scope)[:EXPLAINED]
    if not inside:
        return []
    # One tree over all of them takes one statement where one tree each would take many.
    together = {"version": VERSION, "where": {"any": [{"kind": "segment", "key": one.key} for one in inside]}}
    tree = explain_rule(together, scope, [contact])[contact.pk]
    return [(one, child.children[0]) for one, child in zip(inside, tree.children, strict=True)]


def segments_holding(workspace: Workspace, contact: Contact, *, keys: Collection[str] | None = None) -> list[Segment]:
    """Return every segment a contact is in at present, by name, without reasons; broken ones are left out.

    With `keys` only these are asked about.
    """
    registry = registry_of(workspace)
    scope = dataclasses.replace(make_scope(workspace, registry), contact_ids=(contact.pk,))
    return _segments_holding(workspace, registry, scope, keys)


def _segments_holding(
    workspace: Workspace, registry: Registry, scope: Scope, keys: Collection[str] | None = None
) -> list[Segment]:
    asked = Segment.objects.in_workspace(workspace)
    usable = [
        one for one in (asked if keys is None else asked.filter(key__in=keys)) if not is_broken(one.rule, registry)
    ]
    inside: list[Segment] = []
    for start in range(0, len(usable), _AT_ONCE):
        some = usable[start : start + _AT_ONCE]
        compiled = compile_flags([one.rule["where"] for one in some], scope)
        rows = run_limited(compiled.sql, compiled.params, PATIENCE_MILLISECONDS, lane=None) or [()]
        inside += [one for one, holds in zip(some, rows[0][1:], strict=False) if holds]
    return inside


def is_broken(rule: Rule, registry: Registry) -> bool:
    """Say whether a stored rule names something that is gone, so that it can no longer be used."""
    return bool(validate_rule(rule, registry))
