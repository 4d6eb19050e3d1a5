"""Changing what everybody's values of one attribute look like: looked at before, done in batches, undone for 30 days.

The attribute itself changes at once, so that whatever is written from then on has the new form; values of the old
form follow batch by batch, each batch one transaction with its progress. A worker killed at any moment loses
nothing: the next goes on behind the last contact once the lease has run out.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.details import AttributeKind
from contacts.models import Attribute, AttributeChange, Import
from contacts.problems import Problem
from contacts.retyping import Convert, converter
from contacts.rewriting import Rewritten, count_people, read_batch, values_with_counts, write_batch
from contacts.services.attributes import CHOICE_TYPES, checked_choices
from contacts.services.errors import InvalidContact
from contacts.values import edit_text
from core.clock import now, zone_or_none
from core.folding import fold
from core.queue import enqueue

BATCH = 5_000
LEASE = dt.timedelta(seconds=60)
UNDO_DAYS = 30
SAMPLES = 10
MAX_MADE_CHOICES = 500

Kind, Status = AttributeChange.Kind, AttributeChange.Status


class LostLease(Exception):
    """Another worker has taken this change over."""


@dataclass
class Preview:
    """What another type would do to everybody's values, in people."""

    total: int = 0
    converted: int = 0
    lost: int = 0
    choices: list[str] = field(default_factory=list)
    samples: list[tuple[str, str, int]] = field(default_factory=list)


def preview_type(*, attribute: Attribute, to: str, choices: tuple[str, ...] = ()) -> Preview:
    """Look at every value of the workspace. `samples` are (value, why it would be lost, people), the commonest first.

    Types with choices get `choices`, or are given the values there are, up to 500. Raises InvalidContact.
    """
    found = values_with_counts(attribute)
    options = _options(attribute, to, choices, found)
    convert = converter(kind_of(attribute), AttributeKind(to, tuple(options)), zone=_zone(attribute.workspace))
    preview = Preview(choices=options)
    lost: Counter[tuple[str, str]] = Counter()
    for value, people in found:
        preview.total += people
        try:
            convert(value)
            preview.converted += people
        except Problem as problem:
            preview.lost += people
            lost[edit_text(attribute.type, value)[:80], str(problem)] += people
    preview.samples = [(text, why, people) for (text, why), people in lost.most_common(SAMPLES)]
    return preview


def _options(attribute: Attribute, to: str, given: tuple[str, ...], found: list[tuple[Any, int]]) -> list[str]:
    """The choices the attribute would have: those given, those it has, or its values, the commonest first."""
    if to not in Attribute.Type.values or to == attribute.type:
        raise InvalidContact({"type": [_("Choose another type.")]})
    if to not in CHOICE_TYPES:
        return []
    if any(choice.strip() for choice in given):
        return checked_choices(to, given)
    if attribute.choices:
        return list(attribute.choices)
    texts: Counter[str] = Counter()
    for value, people in found:
        texts[edit_text(attribute.type, value).strip()[:120]] += people
    ordered = sorted((text for text in texts if text), key=lambda text: (-texts[text], text))
    # Case and width make no other choice: the commonest form stands for all.
    made: dict[str, str] = {}
    for text in ordered:
        made.setdefault(fold(text), text)
    options = tuple(made.values())[:MAX_MADE_CHOICES]
    return checked_choices(to, options) if options else []


def kind_of(attribute: Attribute) -> AttributeKind:
    """What has to be known to read its values."""
    return AttributeKind(attribute.type, tuple(attribute.choices), attribute.rules, attribute.default)


def _zone(workspace: Workspace) -> Any:
    return zone_or_none(workspace.time_zone)


@transaction.atomic
def change_type(
    *, attribute: Attribute, to: str, choices: tuple[str, ...] = (), actor: User | None = None
) -> AttributeChange:
    """Give the attribute another type and let workers convert everybody's values. Rules and default go.

    The key stays. Raises InvalidContact; while an import runs or another change of it does, nothing is begun.
    """
    attribute = _free(attribute)
    options = _options(attribute, to, choices, values_with_counts(attribute) if to in CHOICE_TYPES else [])
    if to in CHOICE_TYPES and not options:
        raise InvalidContact({"choices": [_("Write the choices, one on each line.")]})
    after: dict[str, Any] = {"type": to, "choices": options, "rules": {}, "default": None}
    return _begin(attribute, Kind.TYPE, after, {}, actor)


@transaction.atomic
def rename_choice(*, attribute: Attribute, old: str, new: str, actor: User | None = None) -> AttributeChange:
    """Call a choice otherwise for everybody who has it; `new` may be another choice, or empty to take it away.

    Raises InvalidContact.
    """
    attribute = _free(attribute)
    new = new.strip()
    if old not in attribute.choices:
        raise InvalidContact({"old": [_("Choose one of the choices.")]})
    choices = [new if choice == old else choice for choice in attribute.choices]
    options = checked_choices(attribute.type, tuple(choice for choice in choices if choice))
    default = converter(kind_of(attribute), AttributeKind(attribute.type, tuple(options)), renames={old: new or None})
    after = {
        "type": attribute.type,
        "choices": options,
        "rules": attribute.rules,
        "default": default(attribute.default),
    }
    return _begin(attribute, Kind.CHOICES, after, {old: new or None}, actor)


@transaction.atomic
def give_default(*, attribute: Attribute, actor: User | None = None) -> AttributeChange:
    """Give everybody who has no value the attribute's default. Raises InvalidContact."""
    attribute = _free(attribute)
    if attribute.default is None:
        raise InvalidContact({"default": [_("Say first which value new people get.")]})
    return _begin(attribute, Kind.DEFAULT, _form_of(attribute), {}, actor)


def _form_of(attribute: Attribute) -> dict[str, Any]:
    return {name: getattr(attribute, name) for name in ("type", "choices", "rules", "default")}


def _free(attribute: Attribute) -> Attribute:
    """The attribute, locked. Raises InvalidContact while something else writes its values in the old form."""
    held: Attribute = Attribute.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=attribute.pk)
    running = Import.objects.in_workspace(held.workspace).filter(status__in=["running", "undoing"])
    if running.exists():
        raise InvalidContact({"type": [_("An import is running. Nothing was changed; try again when it has ended.")]})
    return held


def _begin(
    attribute: Attribute, kind: str, after: dict[str, Any], renames: dict[str, Any], actor: User | None
) -> AttributeChange:
    total = count_people(attribute, has_value=kind != Kind.DEFAULT)
    try:
        with transaction.atomic():
            change: AttributeChange = AttributeChange.objects.create(
                workspace=attribute.workspace,
                attribute=attribute,
                kind=kind,
                before=_form_of(attribute),
                after=after,
                renames=renames,
                total=total,
                actor=actor,
            )
    except IntegrityError:
        raise InvalidContact(
            {"type": [_("This detail is being changed already. Wait until that has ended.")]}
        ) from None
    _put(attribute, after)
    record_audit(
        workspace=attribute.workspace,
        actor=actor,
        action="attribute.changed_for_all",
        target=attribute.label,
        detail={"kind": str(kind), "from": change.before["type"], "to": after["type"], "people": total},
    )
    enqueue("contacts.change_attribute", change_id=change.pk)
    return change


def _put(attribute: Attribute, form: dict[str, Any]) -> None:
    for name, value in form.items():
        setattr(attribute, name, value)
    attribute.save(update_fields=list(form))


def can_be_undone(change: AttributeChange) -> bool:
    """True for 30 days, for the attribute's last change."""
    if change.status != Status.DONE or change.finished_at is None:
        return False
    later = AttributeChange.objects.filter(attribute=change.attribute_id, pk__gt=change.pk).exclude(
        status=Status.UNDONE
    )
    return now() - change.finished_at < dt.timedelta(days=UNDO_DAYS) and not later.exists()


@transaction.atomic
def undo_change(*, change: AttributeChange, actor: User | None = None) -> AttributeChange:
    """Take a change back: originals return where nothing was written since, newer values are converted back.

    Raises InvalidContact while an import runs. A change that cannot be undone any more stays as it is.
    """
    attribute = _free(change.attribute)
    held: AttributeChange = AttributeChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if not can_be_undone(held):
        return held
    held.status, held.last_id, held.looked_at, held.lease_until = Status.UNDOING, 0, 0, None
    held.save(update_fields=["status", "last_id", "looked_at", "lease_until"])
    _put(attribute, held.before)
    record_audit(
        workspace=held.workspace, actor=actor, action="attribute.change_undone", target=attribute.label, detail={}
    )
    enqueue("contacts.change_attribute", change_id=held.pk)
    return held


def run_change(*, change_id: int) -> None:
    """Work on a change until it is done, or another worker has it. Safe to call at any time."""
    with transaction.atomic():
        change = (
            AttributeChange.objects.select_for_update(skip_locked=True, of=("self",))
            .needing_work(now())
            .filter(pk=change_id)
            .first()
        )
        if change is None:
            return
        if change.status == Status.QUEUED:
            change.status = Status.RUNNING
        change.lease_until = now() + LEASE
        change.save(update_fields=["status", "lease_until"])
    convert = _conversion(change)
    try:
        while _do_batch(change.pk, change.last_id, convert):
            change.refresh_from_db(fields=["last_id"])
    except LostLease:
        return


def _conversion(change: AttributeChange) -> Callable[[Rewritten], None]:
    """What is done with each value, forwards or back."""
    zone = _zone(change.workspace)
    before, after = (
        AttributeKind(form["type"], tuple(form["choices"]), form["rules"], form["default"])
        for form in (change.before, change.after)
    )
    if change.status == Status.UNDOING:
        names = {new: old for old, new in change.renames.items() if new}
        back = converter(after, before, zone=zone, renames=names)
        return lambda row: _put_back(row, back)
    if change.kind == Kind.DEFAULT:
        return lambda row: setattr(row, "new", after.default)
    forward = converter(before, after, zone=zone, renames=change.renames)
    return lambda row: _convert(row, forward)


def _convert(row: Rewritten, convert: Convert) -> None:
    try:
        row.new = convert(row.value)
    except Problem:
        row.new = None


def _put_back(row: Rewritten, convert: Convert) -> None:
    """The original where the value still is what the change made of it, else the newer value in the old form."""
    if row.has_original and row.value == row.became:
        row.new = row.original
    elif row.value is not None:
        _convert(row, convert)


@transaction.atomic
def _do_batch(change_id: int, last_id: int, convert: Callable[[Rewritten], None]) -> bool:
    """The next contacts with their progress; True while there are more. Raises LostLease."""
    change = AttributeChange.objects.select_for_update(of=("self",)).select_related("attribute").get(pk=change_id)
    if change.last_id != last_id or not change.is_working:
        raise LostLease
    rows = read_batch(change, BATCH)
    for row in rows:
        convert(row)
    changed = [row for row in rows if row.new != row.value]
    write_batch(change, changed)
    change.looked_at += len(rows)
    if change.status == Status.RUNNING:
        change.changed += len(changed)
        change.lost += sum(row.new is None for row in changed)
    if rows:
        change.last_id = rows[-1].contact_id
    is_over = len(rows) < BATCH
    if is_over:
        change.status = Status.UNDONE if change.status == Status.UNDOING else Status.DONE
        change.finished_at, change.lease_until = now(), None
    else:
        change.lease_until = now() + LEASE
    change.save()
    return not is_over


def wake_changes() -> None:
    """Wake a worker for each change that waits or was abandoned, and forget originals after their 30 days."""
    for change_id in AttributeChange.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.change_attribute", change_id=change_id)
    for change in AttributeChange.objects.to_forget(now(), UNDO_DAYS)[:20]:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM contacts_attributeoriginal WHERE change_id = %s", [change.pk])
        # Without its time it is neither undone nor looked at here again.
        AttributeChange.objects.filter(pk=change.pk).update(finished_at=None)
