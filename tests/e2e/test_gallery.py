"""The gallery by keyboard alone, with JavaScript and without; pages of contests are accessible."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import OWN_SERVERS, ROOT, Application, watch_console
from tests.e2e.test_pages import overflow_of, problems_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("application")]

MOST_TABS, MOST_SCREENS = 60, 12
KEYS = ("cabin", "codes", "event", "finder", "giveaway", "lead", "nps", "photo", "poll", "quote", "result", "trivia")
PNG = {"name": "lake.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"0" * 100}
# Published as they are, without the patience that is asked of programs.
PUBLISH = """
import sys
from accounts.models import Workspace
from core.clock import now
from flows.documents import write_json
from flows.gallery import TEMPLATES, document_of
from flows.services import create_flow, publish_flow
workspace = Workspace.objects.order_by("pk").first()
for one in TEMPLATES:
    document = document_of(one.key, now())
    document["settings"]["spam"] = {"pow": "off"}
    flow = create_flow(workspace=workspace, actor=None, name=document["name"], document=document, key=f"e2e_{one.key}")
    publish_flow(flow=flow, actor=None)
    blocks = [block for step in document["steps"] for block in step["blocks"]]
    print("made", one.key, flow.public_id, write_json(blocks))
"""
# One contest that was drawn yesterday, and one with votes that is open.
CONTESTS = """
import datetime as dt, time
from accounts.models import User, Workspace
from contests import links
from contests.models import Entry, Winner
from contests.services import draw_with_value, follow_contest
from core import clock
from django.db import transaction
from tests.contests.giveaway import enter, published
from tests.contests.test_gallery import with_picture
workspace, owner = Workspace.objects.order_by("pk").first(), User.objects.order_by("pk").first()
begin = clock.now()
clock._followed = (begin - dt.timedelta(days=4), time.monotonic())
with transaction.atomic():  # for the worker, whose clock is right, it was over long ago: it must not see it before
    drawn = published(workspace, owner, key="e2e_drawn", prizes=[
        {"key": "week", "name": "A week at the lake", "quantity": 1, "fulfilment": "ship"}])
    entries = [enter(drawn, f"guest{number}@kea.example") for number in range(4)]
clock._followed = (begin, time.monotonic())
for _phase in range(3):
    follow_contest(contest_id=drawn.pk)
drawn.refresh_from_db()
draw_with_value(contest=drawn, value="7 8 9", actor=owner)
winner = Winner.objects.select_related("contest__flow").filter(contest=drawn, state="notified").get()
voted = published(workspace, owner, key="e2e_voted", selection="votes", draw=None, verification="email_link",
                  referral={"tickets_per_referral": 2, "cap": 5},
                  leaderboard={"enabled": True, "metric": "votes"})
waiting = [enter(voted, f"guest{number}@kea.example") for number in range(3)]
for place, entry in enumerate(waiting[:2]):
    with_picture(entry, display="shown")
Entry.objects.filter(pk__in=[one.pk for one in waiting[:2]]).update(status="verified", votes=3)
for path in ("", "rules/", "draw/"):
    print("made", f"/f/{drawn.flow.public_id}/{path}")
for path in ("", "rules/", "draw/", "gallery/", "leaders/"):
    print("made", f"/f/{voted.flow.public_id}/{path}")
print("made", f"/f/{drawn.flow.public_id}/entry/{links.token_of(links.STATUS, entries[0].public_id)}/")
print("made", f"/f/{voted.flow.public_id}/entry/{links.token_of(links.STATUS, waiting[2].public_id)}/")
print("made", f"/f/{drawn.flow.public_id}/claim/{links.token_of(links.CLAIM, winner.public_id)}/")
print("made", f"/f/{voted.flow.public_id}/confirm/{links.token_of(links.VERIFY, waiting[2].public_id)}/")
"""


def made_by(application: Application, script: str) -> list[str]:
    """What a script in the application's shell said that it made."""
    environment = {key: value for key, value in os.environ.items() if key not in OWN_SERVERS}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", script],
        cwd=ROOT, env={**environment, "DATA_DIR": str(application.data)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.removeprefix("made ") for line in done.stdout.splitlines() if line.startswith("made ")]


@pytest.fixture(scope="module")
def gallery(application: Application) -> dict[str, tuple[str, dict[str, Any]]]:
    """Address and questions of each flow by the key of its template."""
    found = {}
    for line in made_by(application, PUBLISH):
        key, public_id, blocks = line.split(" ", 2)
        questions = {f"a.{block['key']}": block for block in json.loads(blocks) if "key" in block}
        found[key] = (f"{application.url}/f/{public_id}/", questions)
    return found


@pytest.fixture(scope="module")
def contest_pages(application: Application) -> list[str]:
    """Addresses of pages of contests in all their states."""
    return [application.url + path for path in made_by(application, CONTESTS)]


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A new browser, with JavaScript or without."""
    context = browser.new_context(java_script_enabled=request.param, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    # Dialogs of files are ours from the beginning: one that is asked for only with the key may come too late.
    page.on("filechooser", lambda _chooser: None)
    errors = watch_console(page)
    yield page
    context.close()
    assert errors == []


@pytest.mark.parametrize("key", KEYS)
def test_flow_of_the_gallery_is_passed_by_keyboard_alone(
    gallery: dict[str, tuple[str, dict[str, Any]]], visitor: Page, key: str
) -> None:
    address, questions = gallery[key]
    visitor.goto(address)
    for _screen in range(MOST_SCREENS):
        if visitor.locator("main.screen-ending").count():
            break
        pass_screen(visitor, questions)
    expect(visitor.locator("main.screen-ending h1")).to_be_visible()


def pass_screen(page: Page, questions: dict[str, Any]) -> None:
    """Tab through a screen, answer what has the focus, and press the button of the way on."""
    answered: set[str] = set()
    for _tab in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["isMain"]:
            # An answer may bring up a question of the same step: then its form asks for more than before.
            shown = "".join(f":has([name={name}][value='{focus[name]}'])" for name in ("visit", "seen"))
            page.keyboard.press("Enter")
            expect(page.locator(f"form{shown}")).to_have_count(0, timeout=20_000)
            page.wait_for_load_state()
            return
        if focus["name"] in questions and focus["name"] not in answered:
            answered.add(focus["name"])
            ANSWERS.get(focus["type"], write)(page, questions[focus["name"]])
    raise AssertionError(f"nothing on {page.url} leads on: {page.evaluate(FOCUS)}")


FOCUS = """() => {
  const on = document.activeElement
  const [visit, seen] = ["visit", "seen"].map((name) => document.querySelector(`[name=${name}]`)?.value || "")
  return { name: on.name || "", type: on.type || "", isMain: "main" in on.dataset, visit, seen }
}"""


def write(page: Page, question: dict[str, Any]) -> None:
    """Type what such a field takes."""
    texts = {"email": "ana@kea.example", "phone": "+44 7911 123456", "number": str(question.get("min", 2))}
    page.keyboard.type(texts.get(question["type"], "Ana"))


def press(key: str) -> Callable[[Page, dict[str, Any]], None]:
    """Answer with one key."""
    return lambda page, _question: page.keyboard.press(key)


def bring_file(page: Page, _question: dict[str, Any]) -> None:
    """Open the dialog of files by key, and choose one."""
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([PNG])


ANSWERS: dict[str, Callable[[Page, dict[str, Any]], None]] = {
    "radio": press("Space"),
    "checkbox": press("Space"),
    "select-one": press("ArrowDown"),
    "range": press("ArrowRight"),
    "file": bring_file,
    "date": lambda page, _question: page.keyboard.type("05052031"),  # the same day in either order
}


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1440), ("ar", "dark", 390)])
def test_pages_of_contests_are_accessible_and_fit(
    contest_pages: list[str], browser: Browser, language: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=language, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors = watch_console(page)
    problems = []
    for address in contest_pages:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        expect(page.locator("h1")).to_have_count(1)
        problems += problems_of(page) + overflow_of(page)
    context.close()

    assert problems == []
    assert errors == []
