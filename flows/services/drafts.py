"""Working on a flow before anybody sees it: making one, saving its document, checking it."""

from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from core.clock import now
from flows.answers import FlowProblem, checked_key
from flows.checking import Problem, check_flow
from flows.document_size import check_size
from flows.documents import read_json, write_json
from flows.models import DraftStep, Flow

# A document is read and written whole; a hundred steps are some 50 KB.
LARGEST_DOCUMENT = 1_000_000
STEPS_KEPT = 50


class DraftChanged(Exception):
    """Somebody else saved meanwhile; `flow` is as it is now."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow.key)
        self.flow = flow


@transaction.atomic
def create_flow(*, workspace: Workspace, actor: User | None, name: str, document: dict[str, Any], key: str) -> Flow:
    """A new draft. Raises FlowProblem for a name, key or document that cannot be taken, and for a key in use."""
    checked_key(key, "/key")
    text = _document_text(document)
    if Flow.objects.filter(workspace=workspace, key=key).exists():
        raise FlowProblem(_("Another flow has this key."), "/key")
    flow = Flow.objects.create(
        workspace=workspace, key=key, name=checked_name(name), kind=kind_of(document), draft=text, draft_number=1,
        changed_at=now(), changed_by=actor,
    )  # fmt: skip
    DraftStep.objects.create(flow=flow, place=0, document=text)
    return flow


@transaction.atomic
def save_draft(
    *, flow: Flow, actor: User | None, document: dict[str, Any], name: str | None = None, expected: int | None = None
) -> Flow:
    """Replace the document (and name) that is being worked on; what is live stays as it is.

    `expected` is the `draft_number` that the caller began from. Raises DraftChanged when somebody saved since then,
    and FlowProblem.
    """
    text = _document_text(document)
    held = _held(flow, expected)
    if text != held.draft:
        _keep_step(held, text)
    held.name = checked_name(name) if name is not None else held.name
    return _put(held, text, document, actor)


@transaction.atomic
def step_draft(*, flow: Flow, actor: User | None, by: int, expected: int | None = None) -> Flow | None:
    """Go back (-1) or forward (1) in what was done to the draft; None where there is nothing more that way.

    The document comes back byte for byte. Raises DraftChanged like `save_draft`.
    """
    held = _held(flow, expected)
    step = held.draft_steps.filter(place=held.draft_place + by).first()
    if step is None:
        return None
    held.draft_place = step.place
    return _put(held, step.document, read_json(step.document), actor)


def _held(flow: Flow, expected: int | None) -> Flow:
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    if expected is not None and held.draft_number != expected:
        raise DraftChanged(held)
    return held


def _keep_step(held: Flow, text: str) -> None:
    """Remember the new text behind the present one; what had been undone before it cannot be redone any more."""
    held.draft_steps.filter(place__gt=held.draft_place).delete()
    if held.draft and not held.draft_steps.filter(place=held.draft_place).exists():
        DraftStep.objects.create(flow=held, place=held.draft_place, document=held.draft)
    held.draft_place += 1
    DraftStep.objects.create(flow=held, place=held.draft_place, document=text)
    held.draft_steps.filter(place__lte=held.draft_place - STEPS_KEPT).delete()


def _put(held: Flow, text: str, document: dict[str, Any], actor: User | None) -> Flow:
    held.draft, held.kind = text, kind_of(document)
    held.draft_number += 1
    held.changed_at, held.changed_by = now(), actor
    fields = ["draft", "kind", "name", "draft_number", "draft_place", "changed_at", "changed_by"]
    held.save(update_fields=fields)
    return held


def draft_of(flow: Flow) -> Any:
    """The document that is being worked on, numbers as decimals; None for a flow that a program declared."""
    return read_json(flow.draft) if flow.draft else None


def check_draft(flow: Flow, *, runs: int = 0) -> list[Problem]:
    """What is wrong with the draft (flows.checking), errors first; `runs` random visitors look for rare outcomes."""
    return check_flow(draft_of(flow), runs=runs)


def free_flow_key(workspace: Workspace, name: str) -> str:
    """A key made of the name that no flow of the workspace has."""
    stem = slugify(name)[:50].strip("-_") or "flow"
    stem = stem if stem[0].isalpha() else f"flow-{stem}"
    taken = set(Flow.objects.filter(workspace=workspace, key__startswith=stem).values_list("key", flat=True))
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def checked_name(name: str) -> str:
    """The name of a flow; raises FlowProblem."""
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise FlowProblem(_("The name has between 1 and 80 letters."), "/name")
    return name.strip()


def kind_of(document: dict[str, Any]) -> str:
    """The kind that a document names; a draft may still lack one."""
    kind = document.get("kind")
    return kind[:20] if isinstance(kind, str) and kind.isidentifier() else "form"


def _document_text(document: Any) -> str:
    """Drafts may be unfinished, but not too big to work with, and texts PostgreSQL can hold."""
    if not isinstance(document, dict):
        raise FlowProblem(_("A flow's document is an object."), "/document")
    check_size(document)
    text = write_json(document)
    if len(text) > LARGEST_DOCUMENT:
        raise FlowProblem(_("The document is larger than one megabyte. Split it into several flows."), "/document")
    return text
