"""Taking in a file of contacts: uploading, matching columns, starting, stopping."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.importing.columns import NEW_TYPES, Column
from contacts.importing.dialect import Dialect, UnreadableFile, detect
from contacts.importing.matching import MODES
from contacts.importing.rows import read_rows
from contacts.models import Attribute, Import
from contacts.services.attributes import AttributeValues, save_attribute
from contacts.services.errors import InvalidContact
from core.clock import now
from core.queue import enqueue

MAX_FILE_BYTES = 2 * 1024**3
UNDO_DAYS = 30
IDENTITY_TARGETS = frozenset({"email", "phone", "external_id"})


def upload_import(*, workspace: Workspace, file: File, actor: User | None = None) -> Import:
    """A new import of the uploaded file, its dialect found out and nothing started. Raises UnreadableFile."""
    if (file.size or 0) > MAX_FILE_BYTES:
        raise UnreadableFile(_("The file is larger than 2 GB. Split it and import one part after another."))
    dialect = detect(_binary(file))
    file.seek(0)
    import_ = Import(
        workspace=workspace,
        created_by=actor,
        file_name=(file.name or "contacts.csv")[-200:],
        file_size=file.size or 0,
        dialect=dialect.as_json(),
    )
    import_.file.save(f"{import_.public_id}.csv", file, save=False)
    import_.save()
    return import_


def _binary(file: Any) -> BinaryIO:
    return file.file if hasattr(file, "file") else file


def headings(import_: Import) -> list[str]:
    """The headings of the file, or Column 1, 2, … where it has none."""
    dialect = Dialect.from_json(import_.dialect)
    with import_.file.open("rb") as file:
        first = next(read_rows(file.file, dialect), None)
    cells = [cell.strip() for cell in first.cells] if first else []
    names = cells if dialect.has_header else [""] * len(cells)
    return [name[:200] or _("Column %(number)s") % {"number": number} for number, name in enumerate(names, 1)]


@transaction.atomic
def change_dialect(*, import_: Import, encoding: str, delimiter: str, has_header: bool) -> Import:
    """Read a draft's file in another way; what the columns become is guessed anew."""
    import_ = _locked(import_)
    if import_.status == Import.Status.DRAFT:
        old = Dialect.from_json(import_.dialect)
        start = old.start if encoding == old.encoding else 0
        import_.dialect = Dialect(encoding, delimiter, old.newline, has_header, start).as_json()
        import_.mapping = {}
        import_.save(update_fields=["dialect", "mapping"])
    return import_


@transaction.atomic
def start_import(
    *, import_: Import, columns: Sequence[Column], options: Mapping[str, Any], actor: User | None = None
) -> Import:
    """Let workers take the file in. Attributes that columns ask for (`new:TYPE`) are made now.

    `options`: mode (upsert, create, update), region, topic, consent_source, consent_at. Starting what runs already
    changes nothing. Raises InvalidContact when no column says who a person is or the consent is not declared.
    """
    import_ = _locked(import_)
    if import_.status not in {Import.Status.DRAFT, Import.Status.FAILED}:
        return import_
    _check(columns, options)
    import_.mapping = {"columns": [column.as_json() for column in _with_attributes(import_.workspace, columns, actor)]}
    import_.options = dict(options)
    import_.status = Import.Status.QUEUED
    import_.error, import_.is_stopping, import_.lease_until = "", False, None
    import_.save()
    record_audit(workspace=import_.workspace, actor=actor, action="import.started", target=import_.file_name)
    enqueue("contacts.run_import", import_id=import_.pk)
    return import_


def _check(columns: Sequence[Column], options: Mapping[str, Any]) -> None:
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
    if options.get("topic") and not (options.get("consent_source") and options.get("consent_at")):
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
    import_ = _locked(import_)
    if import_.status == Import.Status.QUEUED and not import_.total:
        import_.status, import_.finished_at = Import.Status.DONE, now()
    import_.is_stopping = True
    import_.save(update_fields=["status", "finished_at", "is_stopping"])
    record_audit(workspace=import_.workspace, actor=actor, action="import.stopped", target=import_.file_name)
    return import_


@transaction.atomic
def discard_import(*, import_: Import) -> None:
    """Forget a file that was not started."""
    import_ = _locked(import_)
    if import_.status == Import.Status.DRAFT:
        file = import_.file
        import_.delete()
        transaction.on_commit(lambda: file.delete(save=False))


@transaction.atomic
def undo_import(*, import_: Import, actor: User | None = None) -> Import:
    """Let workers take an import back (contacts.services.undoing); for 30 days after it ended."""
    import_ = _locked(import_)
    if not can_be_undone(import_):
        return import_
    import_.status, import_.lease_until, import_.kept = Import.Status.UNDOING, None, 0
    import_.save(update_fields=["status", "lease_until", "kept"])
    record_audit(workspace=import_.workspace, actor=actor, action="import.undone", target=import_.file_name)
    enqueue("contacts.run_import", import_id=import_.pk)
    return import_


def can_be_undone(import_: Import) -> bool:
    """True for 30 days after an import ended that brought or changed anybody."""
    if import_.status not in {Import.Status.DONE, Import.Status.FAILED} or not (import_.created or import_.updated):
        return False
    return import_.finished_at is not None and now() - import_.finished_at < dt.timedelta(days=UNDO_DAYS)


def wake_imports() -> None:
    """Wake a worker for each import that waits or was abandoned by one, and forget what has become old."""
    for import_id in Import.objects.needing_work(now()).values_list("pk", flat=True):
        enqueue("contacts.run_import", import_id=import_id)
    forget_old_files()


def forget_old_files(limit: int = 20) -> int:
    """Remove the files, rejected rows and old values of imports past their 30 days, and drafts of yesterday."""
    from contacts.models import ImportedChange, ImportReject

    old = list(Import.objects.to_forget(now(), UNDO_DAYS)[:limit])
    for import_ in old:
        ImportReject.objects.filter(import_batch=import_).delete()
        ImportedChange.objects.filter(import_batch=import_).delete()
        import_.file.delete(save=False)
        if import_.status == Import.Status.DRAFT:
            import_.delete()
        else:
            import_.save(update_fields=["file"])
    return len(old)


def _locked(import_: Import) -> Import:
    return Import.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=import_.pk)


def suggestions_from(workspace: Workspace) -> dict[str, str]:
    """Labels and keys of the workspace's attributes, by which headings are recognised, to keys."""
    pairs = Attribute.objects.in_workspace(workspace).values_list("label", "key")
    return {name: key for label, key in pairs for name in (label, key)}
