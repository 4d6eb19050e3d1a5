"""Sessions: a visitor begins, answers, comes back, and ends. Every event is one transaction."""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from contacts.models import Contact
from core.clock import now
from core.inserting import insert
from events.services import gathering_events
from flows.documents import compiled, plain_json, read_state, write_state
from flows.effects import Occasion, carry_out
from flows.engine.advance import advance, describe
from flows.engine.dates import moment_text
from flows.engine.flow import Flow as Compiled
from flows.engine.state import ACTIVE, HANDED_OFF, State
from flows.models import Flow, FlowSession, FlowVersion, StepVisit
from flows.people import contact_record
from flows.querysets import secret_digest
from flows.services.codes import mail_codes, try_codes
from flows.services.keys import session_of_link
from flows.services.settling import set_off, settle

OPEN = frozenset({ACTIVE, HANDED_OFF})
# What changes of a session on its way.
CHANGING = (
    "contact", "state", "status", "current", "last_at", "ended_at", "ending", "outcome", "score", "answers",
    "submission", "notes",
)  # fmt: skip
SCORE_LIMIT = Decimal(10) ** 15
SCORE_PLACES = Decimal(10) ** -6
# The step that was shown is left, the one that is shown now was entered: one statement for both.
NOTE_STEPS = """
WITH gone AS (
    UPDATE flows_stepvisit SET left_at = %(at)s WHERE session_id = %(session)s AND visit = %(left)s AND left_at IS NULL
)
INSERT INTO flows_stepvisit (session_id, flow_id, step, visit, variant, entered_at)
SELECT %(session)s, %(flow)s, %(step)s, %(visit)s, %(variant)s, %(entered)s::timestamptz
WHERE %(step)s::text IS NOT NULL
"""


class NoSession(LookupError):
    """Nobody knows that secret, or it belongs to another flow."""


class NotLive(ValueError):
    """People cannot begin: the flow was never published, or is closed."""


class AlreadyBegun(IntegrityError):
    """A first screen has begun a session already, or another request does so at this moment."""


@dataclass(frozen=True)
class Visitor:
    """Who begins, as far as the caller knows. `trusted_hidden` comes from a signed address, `hidden` from anybody."""

    locale: str = ""
    timezone: str = ""
    channel: str = "web"
    device: str = ""
    source: str = ""
    referrer: str = ""
    ip: str = ""
    user_agent: str = ""
    browser: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    trusted_hidden: Mapping[str, str] = field(default_factory=dict)
    contact: Contact | None = None


@dataclass(frozen=True)
class FirstScreen:
    """What somebody saw before anything was stored: looking at a flow leaves no trace, answering it does.

    `seed` decides the order of choices and the variants, `at` is when it was shown, `version` what was shown, and
    `secret` what the session will be known by, so that sending the same screen twice begins once.
    """

    seed: str
    at: dt.datetime
    version: FlowVersion
    secret: str


@dataclass(frozen=True)
class Answer:
    """What came of an event: the session as it is now, its engine state, and what is to be shown, in order.

    `secret` is given once, at the start; later it is the caller's to keep.
    """

    session: FlowSession
    compiled: Compiled
    state: State | None
    effects: list[dict[str, Any]]
    secret: str = ""

    def effect(self, kind: str) -> dict[str, Any] | None:
        """The last effect of a kind."""
        return next((one for one in reversed(self.effects) if one["type"] == kind), None)


@transaction.atomic
def start_session(
    *, flow: Flow, visitor: Visitor, context: Mapping[str, Any] | None = None, first: FirstScreen | None = None
) -> Answer:
    """Begin on the live version, or as the `first` screen was shown. A refused start (not_open, closed) leaves nothing.

    Raises NotLive, and AlreadyBegun where that first screen has begun a session already. The answer's session is
    not saved when the start was refused.
    """
    begun = begin(flow=flow, visitor=visitor, context=context, first=first)
    if begun.state is not None:
        store_turns(begun.session, [Turn(None, begun)], visitor)
    return begun


def begin(
    *, flow: Flow, visitor: Visitor, context: Mapping[str, Any] | None = None, first: FirstScreen | None = None
) -> Answer:
    """What the start of a session comes to, nothing of which is stored. Raises NotLive."""
    if not flow.is_live or flow.live_version_id is None:
        raise NotLive(flow.key)
    # The document is large and nearly always kept already (flows.documents.compiled).
    version = first.version if first else FlowVersion.objects.defer("document").get(pk=flow.live_version_id)
    secret = first.secret if first else secrets.token_urlsafe(16)
    session = FlowSession(
        workspace_id=flow.workspace_id, flow=flow, version=version, contact=visitor.contact, last_at=now(),
        locale=visitor.locale[:35], channel=visitor.channel[:20], device=visitor.device[:10],
        source=visitor.source[:100], referrer=visitor.referrer[:253], secret_digest=secret_digest(secret),
    )  # fmt: skip
    event = _start_event(visitor, first.seed if first else secrets.token_hex(16), context)
    return dataclasses.replace(advanced(session, None, event, first.at if first else None), secret=secret)


def show_first(*, flow: Flow, visitor: Visitor, first: FirstScreen, context: Mapping[str, Any] | None = None) -> Answer:
    """The first screen, from the engine alone: nothing is read of anybody and nothing is stored."""
    version = compiled(first.version)
    event = {**_start_event(visitor, first.seed, context), "at": moment_text(first.at)}
    state, effects = advance(version, None, event)
    return Answer(FlowSession(flow=flow, version=first.version), version, state, effects, first.secret)


def _start_event(visitor: Visitor, seed: str, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The engine's `start`; of a visitor who is known it may read what `contact_record` gives."""
    known = {"contact": contact_record(visitor.contact)} if visitor.contact is not None else {}
    return {
        "type": "start",
        "seed": seed,
        "locale": visitor.locale,
        "timezone": visitor.timezone,
        "channel": visitor.channel,
        "hidden": dict(visitor.hidden),
        "trusted_hidden": dict(visitor.trusted_hidden),
        "context": {**known, **(context or {})},
    }


@transaction.atomic
def send_event(*, flow: Flow, secret: str, event: Mapping[str, Any], visitor: Visitor | None = None) -> Answer:
    """Send one event, such as `{"type": "submit", "step": …, "visit": …, "answers": {…}}`; the time is ours.

    Two events at once wait for each other, so of a double submit the second finds that its step is past
    (`stale_step`, and the step that is asked now). A refused event changes nothing. Raises NoSession.
    """
    session = hold_session(flow=flow, secret=secret)
    return _run(session, read_state(session.state), event, visitor or Visitor())


def hold_session(*, flow: Flow, secret: str) -> FlowSession:
    """The session of whoever knows its secret, held until the caller's transaction ends. Raises NoSession."""
    return _known_by(secret, FlowSession.objects.select_for_update(of=("self",)), flow)


def _known_by(secret: str, rows: Any, flow: Flow) -> FlowSession:
    """The session with this secret, or the one that a mailed link with it leads to. Raises NoSession."""
    try:
        return _find(rows.with_secret(secret), flow)
    except NoSession:
        behind = session_of_link(secret)
        if behind is None:
            raise
    return _find(rows.filter(pk=behind), flow)


@transaction.atomic
def send_event_to(*, session: FlowSession, event: Mapping[str, Any], visitor: Visitor | None = None) -> Answer:
    """`send_event` for a caller who may name the session itself, such as a program with a key. Raises NoSession."""
    held = _find(FlowSession.objects.select_for_update(of=("self",)).filter(pk=session.pk), session.flow)
    return _run(held, read_state(held.state), event, visitor or Visitor())


def _find(rows: Any, flow: Flow) -> FlowSession:
    """The session, its document left where it is. One that was forgotten is nobody's any more. Raises NoSession."""
    # Who it is and what they sent is read when somebody asks: most who answer are nobody known yet.
    session: FlowSession | None = next(iter(rows.filter(flow=flow).exclude(state="")[:1]), None)
    if session is None:
        raise NoSession
    session.flow = flow
    if session.version_id == flow.live_version_id and flow.live_version is not None:
        session.version = flow.live_version
    else:
        session.version = FlowVersion.objects.defer("document").get(pk=session.version_id)
    return session


def show_session(*, flow: Flow, secret: str) -> Answer:
    """Where a session is, to show it; changes nothing. Raises NoSession."""
    session = _known_by(secret, FlowSession.objects.all(), flow)
    flow_now, state = compiled(session.version), read_state(session.state)
    _same, effects = advance(flow_now, state, {"type": "resume", "at": moment_text(now())})
    return Answer(session, flow_now, state, effects)


def _run(session: FlowSession, before: State, event: Mapping[str, Any], visitor: Visitor) -> Answer:
    answer = advanced(session, before, event)
    if answer.state is not None and answer.state is not before:
        store_turns(session, [Turn(before, answer)], visitor)
    return answer


def advanced(
    session: FlowSession, before: State | None, event: Mapping[str, Any], at: dt.datetime | None = None
) -> Answer:
    """What an event comes to, of which nothing is stored but that a code was tried.

    The state is None or `before` where nothing happened.
    """
    flow = compiled(session.version)
    if before is not None and (proven := try_codes(session, flow, before, event)):
        event = {**event, "trusted": {**(event.get("trusted") or {}), **proven}}
    state, effects = advance(flow, before, {**event, "at": moment_text(at or now())})
    return Answer(session, flow, state, effects)


@dataclass(frozen=True)
class Turn:
    """One event that changed a session: the state before it, and what it came to."""

    before: State | None
    answer: Answer

    @property
    def state(self) -> State:
        """The state it came to."""
        if self.answer.state is None:
            raise ValueError("nothing happened")
        return self.answer.state


def store_turns(session: FlowSession, turns: Sequence[Turn], visitor: Visitor) -> None:
    """Store what happened to a session, in the caller's transaction: a new one is written once, however it went on.

    Whatever points at the session comes after it. Raises AlreadyBegun when its secret is taken, and then the whole
    transaction is lost.
    """
    occasions, is_new = [], session.pk is None
    with gathering_events():
        for turn in turns:
            repeat_state(session, turn.answer.compiled, turn.state)
            occasions.append(_occasion(session, turn, visitor))
            settle(occasions[-1], turn.answer.effects, turn.before)
        _save(session)
        _note_steps(session, turns, is_new=is_new)
        for turn, occasion in zip(turns, occasions, strict=True):
            set_off(occasion, turn.answer.effects, turn.before)
            carry_out(occasion, turn.answer.effects)
            if turn.before is None or turn.before.visit != turn.state.visit:
                mail_codes(occasion, turn.answer.effects)


def _occasion(session: FlowSession, turn: Turn, visitor: Visitor) -> Occasion:
    compiled_now, state = turn.answer.compiled, turn.state
    return Occasion(session, compiled_now, state, visitor.ip, visitor.user_agent, visitor.browser)


def _save(session: FlowSession) -> None:
    if session.pk is not None:
        session.save(update_fields=CHANGING)
        return
    try:
        insert(session)
    except IntegrityError as error:
        raise AlreadyBegun from error


def repeat_state(session: FlowSession, flow: Compiled, state: State) -> None:
    """Repeat in the session's columns what lists and reports ask for; saves nothing."""
    described = describe(flow, state)
    session.state = write_state(state)
    session.status = state.status
    session.current = state.current or ""
    session.last_at = state.last_at
    session.ending = state.ending or ""
    session.outcome = described["outcome"] or ""
    session.score = _stored_score(described["score"])
    session.answers = plain_json(described["answers"])
    if session.ended_at is None and state.status not in OPEN:
        session.ended_at = state.last_at


def _stored_score(score: Any) -> Decimal | None:
    """The score with the column's six decimals; one beyond its fifteen digits is left out."""
    if score is None or abs(score) >= SCORE_LIMIT:
        return None
    return Decimal(score).quantize(SCORE_PLACES)


def _note_steps(session: FlowSession, turns: Sequence[Turn], *, is_new: bool) -> None:
    """Keep the funnel: the step that was shown is left, the one that is shown now was entered."""
    visits: dict[int, StepVisit] = {}
    for turn in turns:
        state = turn.state
        old = (turn.before.current, turn.before.visit) if turn.before else (None, 0)
        if old == (state.current, state.visit):
            continue
        values: dict[str, Any] = {
            "flow": session.flow_id, "step": state.current if state.entered_at is not None else None,
            "visit": state.visit, "variant": state.variants.get(state.current or "", ""),
        }  # fmt: skip
        if not is_new:
            _note_step(values | {"session": session.pk, "at": state.last_at, "left": old[1]}, state.entered_at)
            continue
        if old[1] in visits:
            visits[old[1]].left_at = state.last_at
        if state.entered_at is not None:
            flow = values.pop("flow")
            visits[state.visit] = StepVisit(session=session, flow_id=flow, entered_at=state.entered_at, **values)
    insert(*visits.values())


def _note_step(values: dict[str, Any], entered: dt.datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE_STEPS, values | {"entered": entered})
