"""The same answers take the same way, whoever shows the questions: the engine, a program, a page with a script or
without one."""

import random
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from core.clock import now
from flows.engine.documents import canonical, version_of
from flows.gallery import TEMPLATES, document_of
from flows.models import Flow, FlowVersion
from tests.api import ApiClient
from tests.flows.engine.test_sessions import documents
from tests.flows.pages.documents import EVERYTHING
from tests.flows.pages.test_public import publish
from tests.flows.walking import ApiWalk, EngineWalk, PageWalk, random_answers

pytestmark = pytest.mark.django_db

MOST_EVENTS = 60  # with an answer that is not taken now and then, all of the gallery ends long before
VISITORS = 2
# Where a page has no more to ask, it shows one of these.
OVER = {"completed": "ending", "disqualified": "ending", "failed": "ending", "handed_off": "gone"}


def calm(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the guards against programs, which ask for patience (tests/flows/pages/test_shield.py)."""
    return {**document, "settings": {**document.get("settings", {}), "spam": {"pow": "off"}}}


def walk(row: Flow, workspace: Any, chance: random.Random, *, most: int = MOST_EVENTS) -> EngineWalk:
    """One random visitor four times at once; at every turn all must be at the same place."""
    engine, api = EngineWalk(row), ApiWalk(row, ApiClient(workspace))
    pages = [PageWalk(row, has_script=False), PageWalk(row, has_script=True)]
    if pages[0].place == "welcome":  # nothing is asked before something happens: looking must not do it
        for page in pages:
            page.begin()
    for _turn in range(most):
        if is_dead_end(engine):
            return engine
        shown = OVER.get(engine.place, engine.place)
        assert (api.place, *(page.place for page in pages)) == (engine.place, shown, shown)
        if not engine.place.startswith("step") and engine.place != "review":
            break
        event = next_event(engine, chance)
        for walker in (engine, api, *pages):
            walker.send(event)
    assert [one.stored() for one in (api, *pages)] == [engine.stored()] * 3
    return engine


def is_dead_end(engine: EngineWalk) -> bool:
    """At a step with nothing to show and no way on, which no flow that can be published has (E05)."""
    step = engine.flow.step(engine.state.current or "")
    return engine.place.startswith("step") and step is not None and not step.blocks(None)


def next_event(engine: EngineWalk, chance: random.Random) -> dict[str, Any]:
    """What the visitor does next: mostly goes on, now and then goes back."""
    if chance.random() < 0.1:
        return {"type": "back"}
    if engine.place == "review":
        return {"type": "confirm"}
    step = engine.flow.step(engine.state.current)
    answers = random_answers(step.blocks(None), chance)
    if engine.flow.is_chat:
        return {"type": "choice", "block": engine.asked, "key": answers.get(engine.asked)}
    return {"type": "submit", "step": step.key, "answers": answers}


@pytest.mark.parametrize("key", [one.key for one in TEMPLATES])
def test_flow_of_the_gallery_takes_the_same_way_everywhere(workspace, owner, media, key):
    row = publish(workspace, owner, calm(document_of(key, now())), key)
    chance = random.Random(key)

    ends = [walk(row, workspace, chance).place for _visitor in range(VISITORS)]

    assert set(ends) <= {"completed", "disqualified"}


def test_every_kind_of_question_takes_the_same_way_everywhere(workspace, owner, media):
    row = publish(workspace, owner, calm(EVERYTHING), "all")

    assert walk(row, workspace, random.Random(7)).place == "completed"


@given(documents(), st.integers(0, 10**6))
@settings(
    max_examples=12,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # an example is a hundred requests: nobody waits for a smaller one
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_any_flow_takes_the_same_way_everywhere(workspace, document, seed):
    cache.clear()  # one address may only ask so often
    row = unchecked(workspace, calm(document))
    assume(EngineWalk(row).place != "failed")  # it turned in circles before there was anything to ask

    walk(row, workspace, random.Random(seed), most=12)


def unchecked(workspace: Any, document: dict[str, Any]) -> Flow:
    """A live flow of a document that nobody would be let publish: it turns in circles and leads nowhere."""
    digest = version_of(document)
    row = Flow.objects.create(workspace=workspace, key=uuid.uuid4().hex, name="Random", status="live")
    row.live_version = FlowVersion.objects.create(flow=row, number=1, digest=digest, document=canonical(document))
    row.save()
    return row


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
