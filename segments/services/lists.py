"""Lists that people are put on by hand, and snapshots of segments that stay as they were."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.addresses import normalise_email, normalise_phone
from contacts.models import Address, Channel, Contact
from core.clock import now
from core.ids import uuid_or_none
from segments.language.registry import Rule
from segments.models import ListMember, Segment, StaticList
from segments.services.errors import ListInUse, ListIsFrozen, TooManyLists
from segments.services.evaluation import audience_sql

MAX_LISTS = 1000
MAX_AT_ONCE = 10_000
KEY_LENGTH = 60

# The lock keeps a person from being deleted between the look and the commit; whoever is deleted later is taken off.
_ADD = """
INSERT INTO segments_listmember (workspace_id, list_id, contact_id, added_at)
SELECT c.workspace_id, %s, c.id, %s FROM contacts_contact c
WHERE c.workspace_id = %s AND c.id = ANY(%s) ORDER BY c.id FOR KEY SHARE OF c
ON CONFLICT (list_id, contact_id) DO NOTHING
"""
# Nobody is locked: half a million locks cost more than what a deletion at the same instant would leave behind, which
# no rule finds, for rules look for contacts.
# People are found first: a statement that writes rows reads with one process alone. In the order of their ids their
# rows fill one page of each index after the other.
_FIND = "CREATE TEMPORARY TABLE segments_frozen ON COMMIT DROP AS {rule}"
_FREEZE = """
INSERT INTO segments_listmember (workspace_id, list_id, contact_id, added_at)
SELECT %s, %s, id, %s FROM segments_frozen ORDER BY id
"""
_PIECES = re.compile(r"[,;\n\r\t]+")


@dataclass(frozen=True)
class Found:
    """People named in a text: their ids, and the pieces that name nobody here."""

    contact_ids: list[int]
    unknown: list[str]


@transaction.atomic
def save_list(
    *, workspace: Workspace, actor: User | None, values: dict[str, Any], static_list: StaticList | None = None
) -> StaticList:
    """Store a list, new or given; `values` holds name, and may hold description and, for a new one, key.

    Raises TooManyLists, StaticList.DoesNotExist, and IntegrityError for a key another list has.
    """
    is_new = static_list is None
    if static_list is None:
        static_list = _new_list(workspace, actor, values)
    else:
        # As it is now: one that was deleted meanwhile must not come back.
        static_list = StaticList.objects.select_for_update(of=("self",), no_key=True).get(pk=static_list.pk)
    static_list.name = values.get("name", static_list.name)
    static_list.description = values.get("description", static_list.description)
    static_list.save()
    action = "list.created" if is_new else "list.changed"
    record_audit(
        workspace=workspace, actor=actor, action=action, target=static_list.name, detail={"key": static_list.key}
    )
    return static_list


def _new_list(workspace: Workspace, actor: User | None, values: dict[str, Any]) -> StaticList:
    # One at a time in a workspace: two lists of one name could otherwise get the same key. A snapshot may take seconds;
    # whoever writes something else that belongs to the workspace does not wait for it.
    Workspace.objects.select_for_update(of=("self",), no_key=True).get(pk=workspace.pk)
    if StaticList.objects.in_workspace(workspace).count() >= MAX_LISTS:
        raise TooManyLists
    key = values.get("key") or _free_key(workspace, values["name"])
    description = values.get("description", "")
    return StaticList(workspace=workspace, key=key, name=values["name"], description=description, created_by=actor)


@transaction.atomic
def delete_list(*, static_list: StaticList, actor: User | None) -> None:
    """Delete a list; the people on it stay. Raises ListInUse while a segment asks for it."""
    workspace = static_list.workspace
    Workspace.objects.select_for_update(of=("self",), no_key=True).get(pk=workspace.pk)
    users = [segment.name for segment in segments_asking_for(static_list)]
    if users:
        raise ListInUse(users)
    # Whoever puts people on it just now comes first, so that nobody is left on a list that is gone.
    StaticList.objects.select_for_update(of=("self",)).filter(pk=static_list.pk).first()
    # Half a million members go in one statement, without being read.
    ListMember.objects.filter(list=static_list).delete()
    static_list.delete()
    record_audit(
        workspace=workspace,
        actor=actor,
        action="list.deleted",
        target=static_list.name,
        detail={"key": static_list.key},
    )


def segments_asking_for(static_list: StaticList) -> list[Segment]:
    """Return the segments whose rules name the list, by name."""
    rows = Segment.objects.in_workspace(static_list.workspace)
    return [segment for segment in rows if _names_list(segment.rule.get("where"), static_list.key)]


@transaction.atomic
def add_to_list(*, static_list: StaticList, contact_ids: Iterable[int], actor: User | None) -> int:
    """Put people of the workspace on a list; returns how many were not on it before. Raises ListIsFrozen."""
    _require_open(static_list)
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [static_list.pk, moment, static_list.workspace_id, list(contact_ids)])
        added = int(cursor.rowcount)
    _audit(static_list, actor, "list.people_added", added)
    return added


@transaction.atomic
def remove_from_list(*, static_list: StaticList, contact_ids: Iterable[int], actor: User | None) -> int:
    """Take people off a list; returns how many were on it. Raises ListIsFrozen."""
    _require_open(static_list)
    removed, _by_model = ListMember.objects.filter(list=static_list, contact_id__in=list(contact_ids)).delete()
    _audit(static_list, actor, "list.people_removed", removed)
    return removed


@transaction.atomic
def freeze_segment(*, segment: Segment, values: dict[str, Any], actor: User | None) -> StaticList:
    """Keep who is in a segment at this moment as a list that never changes; `values` as for `save_list`.

    Raises RuleError when the segment names something that is gone, TooManyLists, IntegrityError for a key in use.
    """
    moment = now().replace(microsecond=0)
    compiled = audience_sql(segment.workspace, segment.rule, moment)
    frozen = _new_list(segment.workspace, actor, values)
    frozen.frozen_at, frozen.frozen_rule, frozen.frozen_from = moment, segment.rule, segment
    frozen.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        cursor.execute(_FIND.format(rule=compiled.sql), compiled.params)
        cursor.execute(_FREEZE, [segment.workspace_id, frozen.pk, moment])
        people = int(cursor.rowcount)
        cursor.execute("DROP TABLE segments_frozen")
    detail = {"key": frozen.key, "people": people, "segment": segment.name}
    record_audit(workspace=segment.workspace, actor=actor, action="list.frozen", target=frozen.name, detail=detail)
    return frozen


def rule_of_list(static_list: StaticList) -> Rule:
    """Return the rule that holds for exactly the people of a list."""
    return {"version": 1, "where": {"kind": "list", "key": static_list.key}}


def people_named(workspace: Workspace, text: str) -> Found:
    """Find the people named by e-mail address, phone number, external id or id, one in a line or between commas.

    Pieces beyond MAX_AT_ONCE are not looked at and come back as unknown.
    """
    pieces = list(dict.fromkeys(piece.strip() for piece in _PIECES.split(text.replace("\x00", "")) if piece.strip()))
    return people_with(workspace, pieces)


def people_with(workspace: Workspace, pieces: Sequence[str]) -> Found:
    """Find the people named by e-mail address, phone number, external id or id, each piece naming one."""
    wanted = {piece: _readings(piece) for piece in pieces[:MAX_AT_ONCE]}
    known = _known(workspace, [reading for readings in wanted.values() for reading in readings])
    found: dict[str, int] = {}
    for piece, readings in wanted.items():
        match = next((known[reading] for reading in readings if reading in known), None)
        if match is not None:
            found[piece] = match
    return Found(sorted(set(found.values())), [piece for piece in pieces if piece not in found])


def _readings(piece: str) -> list[tuple[str, str]]:
    """What a piece may be, the likeliest first: (way, normalised value)."""
    readings = []
    if "@" in piece:
        readings.append(("email", _normalised(normalise_email, piece)))
    elif piece.startswith("+"):
        readings.append(("sms", _normalised(normalise_phone, piece)))
    if uuid_or_none(piece):
        readings.append(("id", str(uuid_or_none(piece))))
    readings.append(("external_id", piece[:120]))
    return [reading for reading in readings if reading[1]]


def _normalised(normalise: Any, text: str) -> str:
    try:
        return str(normalise(text.strip()))
    except ValueError:
        return ""


def _known(workspace: Workspace, readings: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    by_way: dict[str, list[str]] = {}
    for way, value in readings:
        by_way.setdefault(way, []).append(value)
    known: dict[tuple[str, str], int] = {}
    for channel in (Channel.EMAIL, Channel.SMS):
        held = Address.objects.filter(workspace=workspace, channel=channel, value__in=by_way.get(channel, []))
        known |= {(str(channel), value): contact_id for value, contact_id in held.values_list("value", "contact_id")}
    contacts = Contact.objects.in_workspace(workspace).order_by()
    rows = contacts.filter(external_id__in=by_way.get("external_id", []))
    known |= {("external_id", value): pk for value, pk in rows.values_list("external_id", "pk")}
    rows = contacts.filter(public_id__in=by_way.get("id", []))
    return known | {("id", str(value)): pk for value, pk in rows.values_list("public_id", "pk")}


def _require_open(static_list: StaticList) -> None:
    """Hold the list, so that it cannot be deleted meanwhile; a snapshot takes nobody and loses nobody."""
    if StaticList.objects.select_for_update(of=("self",), no_key=True).get(pk=static_list.pk).is_snapshot:
        raise ListIsFrozen


def _audit(static_list: StaticList, actor: User | None, action: str, people: int) -> None:
    if people:
        StaticList.objects.filter(pk=static_list.pk).update(updated_at=now())
        detail = {"key": static_list.key, "people": people}
        record_audit(
            workspace=static_list.workspace, actor=actor, action=action, target=static_list.name, detail=detail
        )


def _names_list(node: Any, key: str) -> bool:
    if not isinstance(node, dict):
        return False
    if node.get("kind") == "list":
        return bool(node.get("key") == key)
    children = [node.get("not"), *(node.get("all") or []), *(node.get("any") or [])]
    return any(_names_list(child, key) for child in children)


def _free_key(workspace: Workspace, name: str) -> str:
    stem = slugify(name)[: KEY_LENGTH - 5].strip("-") or "list"
    taken = set(StaticList.objects.filter(workspace=workspace, key__startswith=stem).values_list("key", flat=True))
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key
