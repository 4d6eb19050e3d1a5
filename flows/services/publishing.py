"""Publishing: the draft becomes a version that never changes, and what people who begin now get."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import now
from core.queue import enqueue
from flows.answers import FlowProblem
from flows.checking import Problem
from flows.checking.codes import check_codes
from flows.definition import answers_of, outcomes_of, unasked_of
from flows.engine.documents import canonical, version_of
from flows.models import Flow, FlowVersion
from flows.publish_hooks import publish_hooks
from flows.services.drafts import check_draft, draft_of
from flows.services.submissions import define_flow


class NotPublishable(ValueError):
    """The document has errors; `problems` says which and where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


@transaction.atomic
def publish_flow(*, flow: Flow, actor: User | None) -> FlowVersion:
    """Make the draft live. Who is on the way through an older version finishes that one.

    Publishing what was live before makes that version live again. Raises NotPublishable, and FlowProblem where an
    answer would change its type, which segments and earlier answers forbid, or that nobody could give.
    """
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    errors = [problem for problem in check_draft(held) if problem.is_error]
    if errors:
        raise NotPublishable(errors)
    document = draft_of(held)
    if unasked := unasked_of(document):
        raise FlowProblem(
            _("Payments cannot be asked for yet. Take the question “%(key)s” out.") % {"key": unasked[0]}, "/steps"
        )
    for problem in check_codes(document):
        raise FlowProblem(_why_no_code(problem), problem.path)
    version = _version(held, document, actor)
    define_flow(
        workspace=held.workspace,
        key=held.key,
        name=held.name,
        answers={**held.answers, **answers_of(document)},
        outcomes=list(dict.fromkeys([*outcomes_of(document), *held.outcomes])),
    )
    held.live_version, held.status, held.published_at = version, Flow.Status.LIVE, now()
    held.save(update_fields=["live_version", "status", "published_at"])
    for hook in publish_hooks():
        hook(held, version)
    return version


def _why_no_code(problem: Problem) -> str:
    sentences = {
        "chat": _("A chat cannot ask for mailed codes. Take the question “%(key)s” out."),
        "no_address": _("The code for “%(key)s” has no address to go to. Ask for an e-mail address on a page before."),
    }
    return sentences[problem.code] % problem.detail


@transaction.atomic
def close_flow(*, flow: Flow) -> Flow:
    """Nobody can begin any more; who is on the way may finish. Publishing opens it again."""
    held = Flow.objects.select_for_update(of=("self",)).get(pk=flow.pk)
    if held.status == Flow.Status.LIVE:
        held.status = Flow.Status.CLOSED
        held.save(update_fields=["status"])
    return held


def _version(flow: Flow, document: Any, actor: User | None) -> FlowVersion:
    digest = version_of(document)
    found = flow.versions.filter(digest=digest).first()
    if found is not None:
        return found
    number = (flow.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    made = FlowVersion.objects.create(
        flow=flow, number=number, digest=digest, document=canonical(document), created_by=actor
    )
    enqueue("flows.measure_balance", version=made.pk)
    return made
