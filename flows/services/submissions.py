"""Declaring a flow and writing down what somebody answered in it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.models import Contact
from core.clock import now
from core.folding import fold_texts
from events.services import record
from flows.answers import (
    FlowProblem,
    checked_answers,
    checked_definition,
    checked_key,
    checked_outcomes,
    checked_score,
    text_answers,
)
from flows.models import Flow, Submission


@transaction.atomic
def define_flow(
    *,
    workspace: Workspace,
    key: str,
    name: str,
    answers: Mapping[str, Any],
    outcomes: Sequence[str] = (),
) -> Flow:
    """Say what a flow asks and how it can end, for the first time or anew; the key never changes.

    `answers` maps a key to `{"type", "options"?}`. An answer keeps its type, so that rules about it and what was
    answered before keep their meaning; it may get other options and may go. Raises FlowProblem.
    """
    checked_key(key, "/key")
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise FlowProblem(_("The name has between 1 and 80 letters."), "/name")
    definition, endings = checked_definition(answers), checked_outcomes(outcomes)
    flow, is_new = Flow.objects.select_for_update(of=("self",)).get_or_create(
        workspace=workspace, key=key, defaults={"name": name, "answers": definition, "outcomes": endings}
    )
    if not is_new:
        for one, entry in definition.items():
            if flow.answers.get(one, entry)["type"] != entry["type"]:
                raise FlowProblem(_("An answer cannot change its type."), f"/answers/{one}/type")
        flow.name, flow.answers, flow.outcomes = name, definition, endings
        flow.save(update_fields=["name", "answers", "outcomes"])
    return flow


def record_submission(
    *,
    flow: Flow,
    contact: Contact,
    answers: Mapping[str, Any],
    is_completed: bool = False,
    outcome: str = "",
    score: Any = None,
    at: dt.datetime | None = None,
) -> Submission:
    """Write down the beginning, or the whole, of somebody's answers; a completed one is the event `flow.completed`.

    Raises FlowProblem, and ValueError for a contact of another workspace.
    """
    if contact.workspace_id != flow.workspace_id:
        raise ValueError("the contact belongs to another workspace")
    submission = Submission(workspace_id=flow.workspace_id, flow=flow, contact=contact)
    return _write(submission, answers, is_completed, outcome, score, at)


@transaction.atomic
def update_submission(
    *,
    submission: Submission,
    answers: Mapping[str, Any],
    is_completed: bool = False,
    outcome: str = "",
    score: Any = None,
    at: dt.datetime | None = None,
) -> Submission:
    """Replace everything said in a submission that is not over by what is true now.

    Raises FlowProblem, and for one that is completed, which nothing changes any more; of two callers who complete the
    same one the second is refused.
    """
    held = Submission.objects.select_for_update(of=("self",)).select_related("flow").get(pk=submission.pk)
    if held.status == Submission.Status.COMPLETED:
        raise FlowProblem(_("These answers are completed and stay as they are."))
    return _write(held, answers, is_completed, outcome, score, at)


def _write(
    submission: Submission,
    answers: Mapping[str, Any],
    is_completed: bool,
    outcome: str,
    score: Any,
    at: dt.datetime | None,
) -> Submission:
    flow = submission.flow
    if outcome and outcome not in flow.outcomes:
        raise FlowProblem(_("The flow has no such outcome."), "/outcome")
    submission.answers = checked_answers(answers, flow.answers)
    submission.folded = fold_texts(text_answers(submission.answers, flow.answers))
    submission.outcome, submission.score = outcome, checked_score(score)
    submission.at = at or now()
    submission.status = Submission.Status.COMPLETED if is_completed else Submission.Status.PARTIAL
    # Without a savepoint of its own: what is refused was refused before anything is written.
    with transaction.atomic(savepoint=False):
        submission.save()
        if is_completed:
            _tell(submission)
    return submission


def _tell(submission: Submission) -> None:
    flow = submission.flow
    said: dict[str, Any] = {"flow": flow.key, "submission": str(submission.public_id)}
    if submission.outcome:
        said["outcome"] = submission.outcome
    record(flow.workspace, "flow.completed", contact_id=submission.contact_id, at=submission.at, properties=said)
