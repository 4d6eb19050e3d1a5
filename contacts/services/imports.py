"""Taking in a file of contacts: starting, stopping, going on, undoing, forgetting."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.importing.columns import CONSENT_DAY, NEW_TYPES, Column
from contacts.importing.matching import MODES
from contacts.models import Import, ImportedChange, ImportReject, Rehearsal
from contacts.services.attributes import AttributeValues, save_attribute
from contacts.services.errors import InvalidContact
from contacts.services.layouts import remember_layout
from contacts.services.uploading import forget_files, locked
from core.clock import now
from core.queue import enqueue

UNDO_DAYS = 30
IDENTITY_TARGETS = frozenset({"email", "phone", "external_id"})


@transaction.atomic
def save_choices(*, import_: Import, columns: Sequence[Column], options: Mapping[str, Any]) -> Import:
    """Keep what was chosen for a draft so far, so that it can be taken up again later. Nothing is checked."""
    import_ = locked(import_)
    if import_.status == Import.Status.DRAFT:
        import_.mapping = {"columns": [column.as_json() for column in columns]}
        import_.options = dict(options)
        import_.save(update_fields=["mapping", "options"])
    return import_


@transaction.atomic
def start_import(
    *, import_: Import, columns: Sequence[Column], options: Mapping[str, Any], actor: User | None = None
) -> Import:
    """Let workers take the file in. Attributes that columns ask for (`new:TYPE`) are made now.

    `options`: mode (upsert, create, update), match_by (which of external_id, email, phone is asked first), region,
    topic, consent_basis, consent_source, consent_at, static_list. Starting what runs already changes nothing. Raises
    InvalidContact when no column says who a person is or the consent is not declared.
    """
    import_ = locked(import_)
    if import_.status != Import.Status.DRAFT:
        return import_
    check_choices(columns, options)
    made = _with_attributes(import_.workspace, columns, actor)
    remember_layout(import_=import_, columns=made, options=options)
    import_.mapping = {"columns": [column.as_json() for column in made]}
    import_.options = dict(options)
    import_.status = Import.Status.QUEUED
    forget_files([import_.source])
    import_.source = ""
    import_.save()
    Rehearsal.objects.filter(import_batch=import_).delete()
    record_audit(workspace=import_.workspace, actor=actor, action="import.started", target=import_.file_name)
    enqueue("contacts.run_import", import_id=import_.pk)
    return import_


@transaction.atomic
def resume_import(*, import_: Import, actor: User | None = None) -> Import:
    """Go on with an import that failed or was stopped, behind the last row that counted. Others stay as they are."""
    import_ = locked(import_)
    if can_go_on(import_):
        import_.status, import_.finished_at = Import.Status.QUEUED, None
        import_.error, import_.is_stopping, import_.lease_until = "", False, None
        import_.save(update_fields=["status", "finished_at", "error", "is_stopping", "lease_until"])
        record_audit(workspace=import_.workspace, actor=actor, action="import.started", target=import_.file_name)
        enqueue("contacts.run_import", import_id=import_.pk)
    return import_


def can_go_on(import_: Import) -> bool:
    """True when an import ended before its file did, and the file is still there."""
    was_stopped = import_.status == Import.Status.DONE and import_.is_stopping
    is_open = import_.status == Import.Status.FAILED or (was_stopped and import_.bytes_done < import_.file_size)
    return bool(import_.file) and is_open


def check_choices(columns: Sequence[Column], options: Mapping[str, Any]) -> None:
    """Raise InvalidContact for choices with which a file cannot be taken in."""
    targets = [column.target for column in columns if column.target]
    if not IDENTITY_TARGETS & set(targets):
        raise InvalidContact(
            {"columns": [_("Say which column holds the e-mail address, the phone number or an external id.")]}
        )
    twice = {target for target in targets if targets.count(target) > 1 and not target.startswith("new:")}
    if twice:
        raise InvalidContact({"columns": [_("Two columns become the same detail. Leave one of them out.")]})
    if options.get("mode", "upsert") not in MODES:
        raise InvalidContact({"mode": [_("Choose what happens with people you know already.")]})
    by = options.get("match_by") or ""
    if by and by not in targets:
        raise InvalidContact({"match_by": [_("No column becomes what people are to be recognised by.")]})
    has_day = options.get("consent_at") or CONSENT_DAY in targets
    if options.get("topic") and not (options.get("consent_source") and has_day):
        raise InvalidContact({"consent_source": [_("Say where and when these people agreed.")]})


def _with_attributes(workspace: Workspace, columns: Sequence[Column], actor: User | None) -> list[Column]:
    made = []
    for column in columns:
        kind, _colon, value_type = column.target.partition(":")
        target = column.target
        if kind == "new" and value_type in NEW_TYPES:
            attribute = save_attribute(
                workspace=workspace, values=AttributeValues(label=column.heading[:80], type=value_type), actor=actor
            )
            target = f"attribute:{attribute.key}"
        made.append(Column(column.heading, target, column.day_first))
    return made


@transaction.atomic
def stop_import(*, import_: Import, actor: User | None = None) -> Import:
    """Stop after the rows in hand and keep what came in. A file that waits is not begun."""
    import_ = locked(import_)
    if import_.status == Import.Status.QUEUED and not import_.total:
        import_.status, import_.finished_at = Import.Status.DONE, now()
    import_.is_stopping = True
    import_.save(update_fields=["status", "finished_at", "is_stopping"])
    record_audit(workspace=import_.workspace, actor=actor, action="import.stopped", target=import_.file_name)
    return import_


@transaction.atomic
def undo_import(*, import_: Import, actor: User | None = None) -> Import:
    """Let workers take an import back (contacts.services.undoing); for 30 days after it ended."""
    import_ = locked(import_)
    if not can_be_undone(import_):
        return import_
    import_.status, import_.lease_until, import_.kept = Import.Status.UNDOING, None, 0
    import_.save(update_fields=["status", "lease_until", "kept"])
    record_audit(workspace=import_.workspace, actor=actor, action="import.undone", target=import_.file_name)
    enqueue("contacts.run_import", import_id=import_.pk)
    return import_


def can_be_undone(import_: Import) -> bool:
    """True for 30 days after an import ended that brought or changed people, said they agreed, or filled a list."""
    was_more = import_.options.get("topic") or import_.options.get("static_list")
    did_something = import_.created or import_.updated or (import_.unchanged and was_more)
    if import_.status not in {Import.Status.DONE, Import.Status.FAILED} or not did_something:
        return False
    return import_.finished_at is not None and now() - import_.finished_at < dt.timedelta(days=UNDO_DAYS)


def wake_imports() -> None:
    """Wake a worker for whatever waits or was abandoned by one, and forget what has become old."""
    for import_id in Import.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.run_import", import_id=import_id)
    for import_id in Rehearsal.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.rehearse_import", import_id=import_id)
    forget_old_files()


def forget_old_files(limit: int = 20) -> int:
    """Remove the files, rejected rows and old values of imports past their 30 days, and drafts of a week ago."""
    old = list(Import.objects.to_forget(now(), UNDO_DAYS)[:limit])
    for import_ in old:
        ImportReject.objects.filter(import_batch=import_).delete()
        ImportedChange.objects.filter(import_batch=import_).delete()
        for stored in filter(None, (import_.file, import_.source)):
            stored.delete(save=False)
        if import_.status == Import.Status.DRAFT:
            import_.delete()
        else:
            import_.save(update_fields=["file", "source"])
    return len(old)
