"""What people answered in the demo's two flows over the last weeks: real sessions, walked through by the engine."""

import datetime as dt
import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from contacts.models import Contact
from dashboard.demo.people import SEED, Person
from flows.documents import compiled
from flows.engine.advance import advance
from flows.engine.dates import moment_text
from flows.engine.flow import Flow as Compiled
from flows.engine.state import ACTIVE, COMPLETED, State
from flows.models import Flow, FlowSession, StepVisit
from flows.querysets import secret_digest
from flows.services.sessions import repeat_state
from flows.services.submissions import record_submission

DAYS = 28
# How many of those who are shown a step go on from it; a page with an e-mail address asks more of people.
GOES_ON, GIVES_ADDRESS = 0.95, 0.74
ASKS_ADDRESS = frozenset({"you", "contact"})
DEVICES, DEVICE_WEIGHTS = ("phone", "desktop", "tablet"), (61, 33, 6)
SOURCES, SOURCE_WEIGHTS = ("instagram", "newsletter", "poster", ""), (38, 27, 8, 27)
QUIZ_WEIGHTS = {
    "view": {"lake": 40, "forest": 22, "hills": 24, "beach": 14},
    "company": {"alone": 9, "two": 46, "family": 31, "friends": 14},
    "day": {"swim": 36, "book": 22, "climb": 27, "sand": 15},
    "evening": {"fire": 48, "sauna": 34, "games": 18},
    "nights": {"weekend": 45, "week": 41, "longer": 14},
}
EXTRAS = {"linen": 0.62, "wood": 0.41, "boat": 0.3, "breakfast": 0.24}
Chooses = Callable[[random.Random, Person, str, dt.datetime], dict[str, Any]]


def write_answers(flows: dict[str, Flow], people: Sequence[Person], moment: dt.datetime) -> None:
    """Fill both flows with what these people answered before `moment`."""
    source = random.Random(SEED + 9)
    ready = [person for person in people if person.joined_at < moment - dt.timedelta(days=DAYS)]
    for key, chooses, part in (("cabin", _suits, 0.09), ("quote", _stays, 0.04)):
        who = source.sample(ready, min(len(ready), round(len(people) * part)))
        _write(flows[key], [_walk(source, flows[key], chooses, person, moment) for person in who])


def _walk(
    source: random.Random, flow: Flow, chooses: Chooses, person: Person, moment: dt.datetime
) -> tuple[FlowSession, State, Person]:
    """One visit: from the first step to the end, or to where they went away."""
    assert flow.live_version is not None  # noqa: S101 - the demo has published it
    version = compiled(flow.live_version)
    at = moment - dt.timedelta(days=DAYS * source.random() ** 1.3, minutes=40)
    start = {"type": "start", "seed": f"{source.getrandbits(128):032x}", "locale": "en", "channel": "web"}
    state = _next(version, None, start, at)
    while state.status == ACTIVE and state.current is not None:
        step = state.current
        if source.random() > (GIVES_ADDRESS if step in ASKS_ADDRESS else GOES_ON):
            break
        at += dt.timedelta(seconds=source.lognormvariate(2.4, 0.6))
        answers = chooses(source, person, step, at)
        state = _next(version, state, {"type": "submit", "step": step, "answers": answers}, at)
    session = FlowSession(
        workspace_id=flow.workspace_id, flow=flow, version=flow.live_version, locale="en", channel="web",
        device=source.choices(DEVICES, DEVICE_WEIGHTS)[0], source=source.choices(SOURCES, SOURCE_WEIGHTS)[0],
        secret_digest=secret_digest(secrets.token_urlsafe(16)),
    )  # fmt: skip
    repeat_state(session, version, state)
    if state.status != COMPLETED:
        session.status = FlowSession.Status.ABANDONED
    return session, state, person


def _next(version: Compiled, state: State | None, event: dict[str, Any], at: dt.datetime) -> State:
    """The state after an event that is never refused; raises ValueError where the gallery's flow has changed."""
    after, effects = advance(version, state, {**event, "at": moment_text(at)})
    if after is None or after is state or any(one["type"] in ("error", "invalid") for one in effects):
        raise ValueError(f"the demo's answers do not fit: {effects}")
    return after


def _write(flow: Flow, walks: list[tuple[FlowSession, State, Person]]) -> None:
    """Keep the sessions, the steps they were shown, and of those who finished what segments read."""
    contacts = Contact.objects.in_bulk([person.id for _session, _state, person in walks])
    for session, state, person in walks:
        if state.status == COMPLETED:
            session.contact = contacts[person.id]
            kept = {key: value for key, value in session.answers.items() if key in flow.answers}
            session.submission = record_submission(
                flow=flow, contact=session.contact, answers=kept, is_completed=True,
                outcome=session.outcome, score=session.score, at=state.last_at,
            )  # fmt: skip
    sessions = FlowSession.objects.bulk_create([session for session, _state, _person in walks])
    for session, state, _person in walks:
        session.created_at = state.started_at  # a new row is written with the present time, whatever it has
    FlowSession.objects.bulk_update(sessions, ["created_at"])
    StepVisit.objects.bulk_create([visit for session, state, _person in walks for visit in _visits(session, state)])


def _visits(session: FlowSession, state: State) -> Iterator[StepVisit]:
    times: list[tuple[str, int, dt.datetime, dt.datetime | None]]
    times = [(entry.step, entry.visit, entry.entered_at, entry.at) for entry in state.path]
    if state.current is not None and state.entered_at is not None:
        times.append((state.current, state.visit, state.entered_at, None))
    for step, visit, entered_at, left_at in times:
        yield StepVisit(
            session=session, flow=session.flow, step=step, visit=visit, entered_at=entered_at, left_at=left_at
        )


def _suits(source: random.Random, person: Person, step: str, at: dt.datetime) -> dict[str, Any]:
    """The quiz: what they like, then who they are."""
    if step == "you":
        return {"first_name": person.first_name, "email": person.email}
    key = "view" if step == "hello" else step
    weights = QUIZ_WEIGHTS[key]
    return {key: source.choices(list(weights), list(weights.values()))[0]}


def _stays(source: random.Random, person: Person, step: str, at: dt.datetime) -> dict[str, Any]:
    """The calculator: the stay, then who they are."""
    if step == "contact":
        arrival = at + dt.timedelta(days=source.randint(12, 160))
        return {"first_name": person.first_name, "email": person.email, "arrival": arrival.date().isoformat()}
    guests = source.choices((1, 2, 3, 4, 5, 6, 8), (6, 40, 13, 22, 9, 7, 3))[0]
    cabin = "small" if guests < 3 else "family" if guests < 6 else "lodge"
    nights = source.choices((1, 2, 3, 4, 5, 7, 10, 14), (5, 30, 22, 10, 8, 17, 5, 3))[0]
    extras = [key for key, part in EXTRAS.items() if source.random() < part]
    return {"cabin": cabin, "nights": nights, "guests": guests, "extras": extras}
