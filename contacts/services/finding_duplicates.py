"""Looking for people known twice, in the background: nightly, when asked, and again after a worker was lost."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.duplicates import evidence
from contacts.duplicates.blocks import KEYS, MOST_COMMON, find_shared
from contacts.duplicates.evidence import Traits, weigh
from contacts.duplicates.grouping import Group, Pair, group_pairs, ordered
from contacts.models import Attribute, Contact, DuplicateGroup, DuplicatePair, DuplicateSearch
from contacts.services.errors import ContactError
from contacts.services.regrouping import insert_groups, regroup
from core.clock import now
from core.queue import enqueue

logger = logging.getLogger(__name__)

AGAIN_AFTER = dt.timedelta(hours=24)
LEASE = dt.timedelta(minutes=5)
ATTEMPTS = 3
MOST_PAIRS = 300_000
_BATCH = 20_000
_BIRTHDAY_WORDS = ("birthday", "birth_day", "birthdate", "birth_date", "date_of_birth", "dob", "geburtstag", "born")

NEW_SEARCHES = """
INSERT INTO contacts_duplicatesearch (workspace_id, status, step, steps, attempts, too_common, is_cut)
SELECT w.id, 'queued', 0, 0, 0, '[]', false FROM accounts_workspace w
WHERE NOT EXISTS (SELECT 1 FROM contacts_duplicatesearch s WHERE s.workspace_id = w.id)
ON CONFLICT DO NOTHING
"""
TRAITS = """
SELECT c.id, coalesce(c.folded->>'first_name', ''), coalesce(c.folded->>'last_name', ''),
    coalesce(c.attributes->>%(birthday)s, ''), c.country, coalesce(c.external_id, '')
FROM contacts_contact c WHERE c.id = ANY(%(ids)s)
"""
# People may be erased or merged while the search runs; FOR KEY SHARE keeps those who are left until the commit.
INSERT_PAIRS = """
INSERT INTO contacts_duplicatepair (workspace_id, group_id, first_id, second_id, reasons, strength)
SELECT %(workspace)s, p.group_id, p.first_id, p.second_id, string_to_array(p.reasons, ','), p.strength
FROM unnest(%(groups)s::bigint[], %(firsts)s::bigint[], %(seconds)s::bigint[], %(reasons)s::text[],
            %(strengths)s::smallint[]) AS p(group_id, first_id, second_id, reasons, strength)
JOIN contacts_contact one ON one.id = p.first_id
JOIN contacts_contact other ON other.id = p.second_id
FOR KEY SHARE OF one, other
ON CONFLICT (first_id, second_id) DO NOTHING
"""


class LostLease(Exception):
    """Another worker has taken this search over."""


@transaction.atomic
def ask_for_search(*, workspace: Workspace, birthday_key: str | None = None) -> DuplicateSearch:
    """Have the workspace looked through soon; one that is on its way is not begun twice.

    `birthday_key` chooses the date attribute that is a birthday, "" none; None leaves the choice as it is. Raises
    ContactError for what is no date attribute.
    """
    if birthday_key and birthday_key not in {key for key, _label in birthday_choices(workspace)}:
        raise ContactError({"birthday": [_("This is not one of the dates you keep.")]})
    search, _created = DuplicateSearch.objects.select_for_update(of=("self",)).get_or_create(workspace=workspace)
    if birthday_key is not None:
        search.birthday_key = birthday_key
    is_free = search.lease_until is None or search.lease_until < now()
    if is_free or search.status not in {DuplicateSearch.Status.QUEUED, DuplicateSearch.Status.RUNNING}:
        search.status, search.step, search.steps = DuplicateSearch.Status.QUEUED, 0, 0
        search.attempts, search.lease_until = 0, None
    search.save()
    enqueue("contacts.find_duplicates", workspace_id=workspace.pk)
    return search


def birthday_choices(workspace: Workspace) -> list[tuple[str, str]]:
    """(key, label) of the date attributes that could be a birthday."""
    return list(Attribute.objects.in_workspace(workspace).filter(type="date").by_label().values_list("key", "label"))


def birthday_of(workspace: Workspace, chosen: str | None) -> str:
    """The key of the attribute that is a birthday: as chosen, else one whose key says so; "" for none."""
    if chosen is not None:
        return chosen
    keys = [key for key, _label in birthday_choices(workspace)]
    return next((key for word in _BIRTHDAY_WORDS for key in keys if word in key.casefold()), "")


def wake_searches() -> None:
    """Begin searches that wait, that a worker left, that nobody has made yet, and those of yesterday."""
    with connection.cursor() as cursor:
        cursor.execute(NEW_SEARCHES)
    moment = now()
    DuplicateSearch.objects.outdated(moment - AGAIN_AFTER).update(
        status=DuplicateSearch.Status.QUEUED, attempts=0, lease_until=None
    )
    for workspace_id in DuplicateSearch.objects.needing_work(moment).values_list("pk", flat=True)[:50]:
        enqueue("contacts.find_duplicates", workspace_id=workspace_id)


def find_duplicates(*, workspace_id: int) -> None:
    """Work on a search that waits, or do nothing when another worker has it. Safe to call at any time."""
    search = _claim(workspace_id)
    if search is None:
        return
    try:
        _search(search)
    except LostLease:
        logger.info("duplicate_search_lease_lost workspace=%s", workspace_id)
    except Exception:
        logger.exception("duplicate_search_failed workspace=%s", workspace_id)
        DuplicateSearch.objects.filter(pk=workspace_id).update(status=DuplicateSearch.Status.FAILED, lease_until=None)


def _claim(workspace_id: int) -> DuplicateSearch | None:
    with transaction.atomic():
        rows = DuplicateSearch.objects.select_for_update(skip_locked=True, of=("self",)).select_related("workspace")
        search: DuplicateSearch | None = rows.needing_work(now()).filter(pk=workspace_id).first()
        if search is None:
            return None
        search.attempts += 1
        search.started_at, search.lease_until = now(), now() + LEASE
        is_hopeless = search.attempts > ATTEMPTS
        search.status = DuplicateSearch.Status.FAILED if is_hopeless else DuplicateSearch.Status.RUNNING
        search.step, search.steps = 0, len(KEYS) + 2
        search.save()
        return None if is_hopeless else search


def _step(search: DuplicateSearch, number: int) -> None:
    held = DuplicateSearch.objects.filter(pk=search.pk, started_at=search.started_at, status="running")
    if not held.update(step=number, lease_until=now() + LEASE):
        raise LostLease


def _search(search: DuplicateSearch) -> None:
    birthday = birthday_of(search.workspace, search.birthday_key)
    shared: dict[Pair, list[str]] = defaultdict(list)
    too_common: list[dict[str, Any]] = []
    is_cut = False
    for number, reason in enumerate(KEYS):
        _step(search, number)
        found = find_shared(search.pk, reason, birthday)
        too_common += found.too_common
        is_cut |= found.is_cut
        for pair in found.pairs():
            if len(shared) < MOST_PAIRS or pair in shared:
                shared[pair].append(reason)
            else:
                is_cut = True
    _step(search, len(KEYS))
    weighed = dict(_weighed(shared, birthday))
    _step(search, len(KEYS) + 1)
    too_common = sorted(too_common, key=lambda line: -line["people"])[:MOST_COMMON]
    for attempt in range(ATTEMPTS):
        try:
            _replace(search, weighed, too_common, is_cut)
        except IntegrityError:  # somebody was erased between the two locks
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


def _weighed(shared: Mapping[Pair, Sequence[str]], birthday: str) -> Iterator[tuple[Pair, tuple[int, list[str]]]]:
    """Pairs that are worth asking about, with strength and reasons."""
    pairs = list(shared)
    for start in range(0, len(pairs), _BATCH):
        batch = pairs[start : start + _BATCH]
        ids = list({member for pair in batch for member in pair})
        with connection.cursor() as cursor:
            cursor.execute(TRAITS, {"ids": ids, "birthday": birthday})
            traits = {row[0]: Traits(*row[1:]) for row in cursor.fetchall()}
        for one, other in batch:
            if one in traits and other in traits:
                points, reasons = weigh(shared[one, other], traits[one], traits[other])
                if points >= evidence.POSSIBLE:
                    yield (one, other), (points, reasons)


@transaction.atomic
def _replace(
    search: DuplicateSearch,
    weighed: Mapping[Pair, tuple[int, list[str]]],
    too_common: list[dict[str, Any]],
    is_cut: bool,
) -> None:
    """Put the new groups in the place of the old ones, in one transaction; what was dismissed stays so."""
    held = DuplicateSearch.objects.select_for_update(of=("self",)).filter(pk=search.pk, started_at=search.started_at)
    if not held.exists():
        raise LostLease
    dismissed = set(DuplicatePair.objects.filter(workspace_id=search.pk).dismissed().values_list("first", "second"))
    strengths = {pair: points for pair, (points, _reasons) in weighed.items() if pair not in dismissed}
    groups = group_pairs(strengths, dismissed)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM contacts_duplicatepair WHERE workspace_id = %s AND dismissed_at IS NULL", [search.pk]
        )
    _insert(search.pk, groups, weighed)
    held.update(
        status=DuplicateSearch.Status.DONE,
        found_at=now(),
        lease_until=None,
        attempts=0,
        step=search.steps,
        too_common=too_common,
        is_cut=is_cut,
    )


def _insert(workspace_id: int, groups: Sequence[Group], weighed: Mapping[Pair, tuple[int, list[str]]]) -> None:
    keys = insert_groups(workspace_id, groups)
    lines = [
        (keys[group.public_id(workspace_id)], *pair, ",".join(weighed[pair][1]), weighed[pair][0])
        for group in groups
        for pair in group.pairs
    ]
    columns = [list(column) for column in zip(*lines, strict=True)] or [[], [], [], [], []]
    names = ("groups", "firsts", "seconds", "reasons", "strengths")
    with connection.cursor() as cursor:
        cursor.execute(INSERT_PAIRS, {"workspace": workspace_id, **dict(zip(names, columns, strict=True))})
        cursor.execute(
            "DELETE FROM contacts_duplicategroup WHERE workspace_id = %s AND NOT id = ANY(%s)",
            [workspace_id, list(keys.values())],
        )


@transaction.atomic
def tell_apart(*, workspace: Workspace, contacts: Sequence[Contact], actor: User | None = None) -> int:
    """Say that no two of these are one person: they are not offered together again. Returns the number of pairs."""
    ids = sorted({contact.pk for contact in contacts if contact.workspace_id == workspace.pk})
    wanted = [ordered(one, other) for index, one in enumerate(ids) for other in ids[index + 1 :]]
    # Locked against a merge or an erasure of one of them at the same moment.
    held = Contact.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    if len(held.values_list("pk", flat=True)) < len(ids):
        raise Contact.DoesNotExist
    known = DuplicatePair.objects.among(ids)
    groups = list(known.filter(group__isnull=False).values_list("group_id", flat=True).distinct())
    known.open().update(dismissed_at=now(), dismissed_by=actor, group=None)
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(workspace=workspace, first_id=first, second_id=second, dismissed_at=now(), dismissed_by=actor)
            for first, second in wanted
        ],
        ignore_conflicts=True,
    )
    regroup(workspace.pk, groups)
    record_audit(workspace=workspace, actor=actor, action="contact.told_apart", detail={"people": len(ids)})
    return len(wanted)


def certain_groups(workspace: Workspace) -> Any:
    """Groups in which every pair is certain."""
    return DuplicateGroup.objects.in_workspace(workspace).at_least(evidence.CERTAIN).strongest_first()
