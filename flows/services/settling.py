"""What a session gives becomes facts about a person, in the transaction of the event: once, or not at all."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from events.services import record, record_each
from flows.answers import FlowProblem, checked_answers, checked_score
from flows.documents import plain_json
from flows.effects import Effect, Occasion
from flows.engine.state import COMPLETED, State
from flows.models import Submission
from flows.services.agreeing import write_agreements
from flows.services.follow_up import plan_follow_ups
from flows.services.recognising import change_tags, note_problems, recognise, remember_variables
from flows.services.submissions import record_submission, update_submission

_TAGS = frozenset({"tag", "untag"})
_AGREED = frozenset({"consent", "subscribe"})
_OUTSIDE = frozenset({"send_message", "webhook", "update_contact"})


def settle(occasion: Occasion, effects: Sequence[Effect], before: State | None) -> None:
    """Do what the engine gave, in its order: who it is, variables, consents, tags, the submission.

    Without a person the answers stay with the session and nothing else happens. The session's row is saved by the
    caller, afterwards, with what was found out (`contact`, `submission`, `notes`); a new one has no key until then.
    """
    by_kind: dict[str, list[Effect]] = {}
    for effect in effects:
        by_kind.setdefault(effect["type"], []).append(effect)
    session = occasion.session
    tags = [one for one in effects if one["type"] in _TAGS]
    for effect in by_kind.get("update_contact", ()):
        recognise(occasion, effect["fields"], tags)
    if session.contact is not None:
        _settle_person(occasion, effects, by_kind)
        _submit(occasion)
        _tell_steps(occasion, before)


def set_off(occasion: Occasion, effects: Sequence[Effect], before: State | None) -> None:
    """Plan what follows outside, once the session is stored, which the plans point at."""
    if {effect["type"] for effect in effects} & _OUTSIDE:
        plan_follow_ups(occasion, effects, is_first=before is None or not before.path)


def is_counted_outside(effects: Sequence[Effect]) -> bool:
    """Whether settling these effects counts something that a rolled back transaction does not take back."""
    return any(effect["type"] in _AGREED for effect in effects)


def _settle_person(occasion: Occasion, effects: Sequence[Effect], by_kind: dict[str, list[Effect]]) -> None:
    contact = occasion.session.contact
    if contact is None:
        return
    for effect in by_kind.get("contact_variables", ()):
        remember_variables(contact, plain_json(effect["variables"]))
    if by_kind.keys() & _AGREED:
        write_agreements(occasion, contact, [one for one in effects if one["type"] in _AGREED])
    if by_kind.keys() & _TAGS and "update_contact" not in by_kind:
        occasion.session.contact = change_tags(contact, [one for one in effects if one["type"] in _TAGS])


def _submit(occasion: Occasion) -> None:
    """Keep what segments read: partial on the way, completed at the end."""
    session, state = occasion.session, occasion.state
    is_completed = state.status == COMPLETED
    answers, outcome, score = _typed(occasion)
    held = session.submission
    if held is None and not answers and not is_completed:
        return
    said: dict[str, Any] = {
        "answers": answers, "outcome": outcome, "score": score, "is_completed": is_completed, "at": state.last_at,
    }  # fmt: skip
    if held is None and session.contact is not None:
        session.submission = record_submission(flow=session.flow, contact=session.contact, **said)
    elif held is not None and held.status == Submission.Status.PARTIAL:
        session.submission = update_submission(submission=held, **said)


def _typed(occasion: Occasion) -> tuple[dict[str, Any], str, Any]:
    """The answers that the live version has types for, one by one: what does not fit any more is left out."""
    session = occasion.session
    types, kept = session.flow.answers, {}
    for key, value in session.answers.items():
        if key in types:
            try:
                kept.update(checked_answers({key: value}, types))
            except FlowProblem:
                note_problems(session, [{"field": key, "problem": "not_for_segments"}])
    outcome = session.outcome if session.outcome in session.flow.outcomes else ""
    try:
        return kept, outcome, checked_score(session.score)
    except FlowProblem:
        return kept, outcome, None


def _tell_steps(occasion: Occasion, before: State | None) -> None:
    """The events of somebody who is known: that they began, and each step they finished."""
    session, state = occasion.session, occasion.state
    if session.contact_id is None:
        return
    said = {"flow": session.flow.key, "session": str(session.public_id)}
    if before is None:
        record(session.flow.workspace, "flow.started", contact_id=session.contact_id, at=state.last_at, properties=said)
    known = len(before.path) if before else 0
    done = [entry.step for entry in state.path[known:] if entry.submitted]
    if done:
        about = [(session.contact_id, {**said, "step": step}) for step in done]
        record_each(session.flow.workspace, "flow.step_completed", about)


def words_for_note(problem: str) -> str:
    """Why something of the answers was not kept with the person, as a sentence."""
    sentences = {
        "unknown_field": _("There is no such detail of contacts."),
        "taken": _("Another contact has it."),
        "restricted": _("This person’s data may be kept and not used."),
        "erased": _("This person was erased."),
        "not_for_segments": _("It does not fit the kind of answer that segments know."),
    }
    return sentences.get(problem, _("It could not be read as this kind of detail."))
