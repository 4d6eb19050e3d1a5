"""Keeping groups of likely duplicates right when pairs of them go, come, or are said to be two people."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from contacts.duplicates.grouping import Group, Pair, group_pairs
from contacts.models import DuplicateGroup, DuplicatePair
from core.clock import now

INSERT_GROUPS = """
INSERT INTO contacts_duplicategroup (public_id, created_at, workspace_id, size, strength, found_at)
SELECT public_id, %(now)s, %(workspace)s, size, strength, %(now)s
FROM unnest(%(names)s::uuid[], %(sizes)s::smallint[], %(strengths)s::smallint[]) AS g(public_id, size, strength)
ON CONFLICT (public_id) DO UPDATE SET size = excluded.size, strength = excluded.strength
RETURNING public_id, id
"""
MOVE_PAIRS = """
UPDATE contacts_duplicatepair p SET group_id = v.group_id
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS v(first_id, second_id, group_id)
WHERE p.first_id = v.first_id AND p.second_id = v.second_id AND p.dismissed_at IS NULL
"""


@transaction.atomic
def regroup(workspace_id: int, group_ids: Sequence[int]) -> None:
    """Form the groups anew out of the open pairs of these groups; empty ones go."""
    if not group_ids:
        return
    # Two who change one group take turns; a group that a new search removed meanwhile is none of ours any more.
    locked = DuplicateGroup.objects.select_for_update(of=("self",)).filter(pk__in=group_ids, workspace_id=workspace_id)
    held = [group.pk for group in locked.order_by("pk")]
    pairs = DuplicatePair.objects.open().filter(group_id__in=held).values_list("first_id", "second_id", "strength")
    strengths: dict[Pair, int] = {(first, second): points for first, second, points in pairs}
    members = {member for pair in strengths for member in pair}
    dismissed = list(DuplicatePair.objects.dismissed().among(members).values_list("first_id", "second_id"))
    groups = group_pairs(strengths, dismissed)
    keys = insert_groups(workspace_id, groups)
    placed = [(one, other, keys[group.public_id(workspace_id)]) for group in groups for one, other in group.pairs]
    with connection.cursor() as cursor:
        cursor.execute(MOVE_PAIRS, [list(column) for column in zip(*placed, strict=True)] or [[], [], []])
    DuplicateGroup.objects.filter(pk__in=set(held) - set(keys.values())).delete()


def insert_groups(workspace_id: int, groups: Sequence[Group]) -> dict[uuid.UUID, int]:
    """Write the groups, or renew those known; returns their row ids by public id."""
    names = [group.public_id(workspace_id) for group in groups]
    values: dict[str, Any] = {
        "workspace": workspace_id,
        "now": now(),
        "names": names,
        "sizes": [len(group.members) for group in groups],
        "strengths": [group.strength for group in groups],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT_GROUPS, values)
        return dict(cursor.fetchall())
