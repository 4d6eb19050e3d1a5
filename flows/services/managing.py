"""What is done with a flow as a whole: copying, naming, putting away, deleting, bringing back what was published."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from core.clock import now
from flows.answers import FlowProblem
from flows.documents import read_json
from flows.models import Flow, FlowVersion
from flows.services.drafts import checked_name, create_flow, draft_of, free_flow_key, save_draft
from flows.services.publishing import close_flow


class NotDeletable(ValueError):
    """The flow was published: people have answered it, so it is put away instead."""


def create_named_flow(
    *, workspace: Workspace, actor: User | None, name: str, document: dict[str, Any], wish: str = ""
) -> Flow:
    """A new draft with a key made of `wish`, or of its name. Raises FlowProblem for a name or document."""
    return create_flow(
        workspace=workspace, actor=actor, name=name, document={**document, "name": name.strip()[:200]},
        key=free_flow_key(workspace, wish or name),
    )  # fmt: skip


@transaction.atomic
def duplicate_flow(*, flow: Flow, actor: User | None) -> Flow:
    """A draft that begins as a copy of another's draft. Raises FlowProblem for a flow that a program declared."""
    document = draft_of(flow)
    if document is None:
        raise FlowProblem(_("This flow was declared by a program and has no pages to copy."), "/document")
    name = _("%(name)s (copy)") % {"name": flow.name[:70]}
    return create_named_flow(workspace=flow.workspace, actor=actor, name=name, document=document, wish=flow.key)


@transaction.atomic
def rename_flow(*, flow: Flow, actor: User | None, name: str) -> Flow:
    """Give a flow another name; its key and address stay. Raises FlowProblem."""
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    held.name = checked_name(name)
    held.changed_at, held.changed_by = now(), actor
    held.save(update_fields=["name", "changed_at", "changed_by"])
    return held


@transaction.atomic
def archive_flow(*, flow: Flow) -> Flow:
    """Close a flow and put it away; nothing of it is lost."""
    held = close_flow(flow=flow)
    held.archived_at = held.archived_at or now()
    held.save(update_fields=["archived_at"])
    return held


@transaction.atomic
def unarchive_flow(*, flow: Flow) -> Flow:
    """Bring a flow back among the others, closed as it was."""
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    held.archived_at = None
    held.save(update_fields=["archived_at"])
    return held


@transaction.atomic
def delete_flow(*, flow: Flow) -> None:
    """Delete a draft that was never published. Raises NotDeletable for any other."""
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    if held.published_at is not None or held.versions.exists() or not held.draft:
        raise NotDeletable(held.key)
    held.delete()


def restore_version(*, flow: Flow, actor: User | None, version: FlowVersion, expected: int | None = None) -> Flow:
    """Make a published document the draft again; undo brings back what was there. Raises DraftChanged."""
    return save_draft(flow=flow, actor=actor, document=read_json(version.document), expected=expected)
