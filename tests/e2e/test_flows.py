"""Flows in a real browser: with a script, without one, by keyboard alone, in both directions, for everybody."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import OWN_SERVERS, ROOT, Application, watch_console
from tests.e2e.test_pages import overflow_of, problems_of
from tests.flows.pages.documents import EVERYTHING, QUIZ

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("application")]

CALM = {"settings": {"spam": {"pow": "off"}}}
PROVING = {"settings": {"spam": {"pow": "altcha"}}}
DOCUMENTS = {
    "e2e_quiz": {**QUIZ, **CALM},
    "e2e_all": {**EVERYTHING, "locales": ["en", "ar"], "settings": {**EVERYTHING["settings"], **CALM["settings"]}},
    "e2e_proof": {**QUIZ, **PROVING},
}
PUBLISH = """
import json, sys
from accounts.models import Workspace
from flows.services import create_flow, publish_flow
workspace = Workspace.objects.order_by("pk").first()
for key, document in json.load(sys.stdin).items():
    flow = create_flow(workspace=workspace, actor=None, name=document["name"], document=document, key=key)
    publish_flow(flow=flow, actor=None)
    print("published", key, flow.public_id)
"""


@pytest.fixture(scope="session")
def flows(application: Application) -> dict[str, str]:
    """Addresses of published flows by key."""
    environment = {key: value for key, value in os.environ.items() if key not in OWN_SERVERS}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", PUBLISH],
        cwd=ROOT, env={**environment, "DATA_DIR": str(application.data)}, input=json.dumps(DOCUMENTS),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("published ")]
    return {key: f"{application.url}/f/{public_id}/" for _word, key, public_id in lines}


@pytest.fixture
def unscripted(browser: Browser) -> Iterator[Page]:
    """A browser whose owner switched JavaScript off."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def test_quiz_is_passed_without_a_script(flows: dict[str, str], unscripted: Page) -> None:
    page = unscripted
    page.goto(flows["e2e_quiz"])
    page.get_by_label("By a lake").check(force=True)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_contain_text("What is your name?")
    page.get_by_label("What is your name?").fill("Wiremu")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("By a lake")).to_be_checked()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("What is your name?")).to_have_value("Wiremu")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are a Totara")


def test_quiz_goes_on_in_place_with_a_script_and_by_keyboard_alone(flows: dict[str, str], page: Page) -> None:
    page.goto(flows["e2e_quiz"])
    page.evaluate("window.isSamePage = true")
    page.get_by_label("By a lake").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Then mornings matter.")).to_be_visible()
    assert "/s/" in page.url
    expect(page.locator("#screen")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Wiremu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are a Totara")
    assert page.evaluate("window.isSamePage") is True
    expect(page).to_have_title("Thank you, Wiremu · Kea Cabins")


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1440), ("ar", "dark", 390), ("en", "dark", 360)]
)
def test_every_block_is_accessible_and_fits(
    flows: dict[str, str], browser: Browser, language: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=language, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors = watch_console(page)
    page.goto(flows["e2e_all"])
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    assert problems_of(page) + overflow_of(page) == []
    page.locator("[name='a.email']").fill("nobody")
    page.locator("[data-main]").click()
    expect(page.locator("#problems")).to_be_focused()
    assert problems_of(page) + overflow_of(page) == []
    assert errors == []
    context.close()


def test_ranking_moves_by_its_buttons(flows: dict[str, str], page: Page) -> None:
    page.goto(flows["e2e_all"])
    page.get_by_role("button", name="Move up: Third").press("Enter")
    page.get_by_role("button", name="Move up: Third").press("Enter")

    assert page.locator(".ranking label").all_inner_texts() == ["Third", "First", "Second"]
    assert page.locator("[name='a.rank.c']").input_value() == "1"


def test_a_browser_proves_itself_and_a_person_without_script_adds_up(
    flows: dict[str, str], page: Page, unscripted: Page
) -> None:
    page.goto(flows["e2e_proof"])
    expect(page.locator(".puzzle-state")).to_have_text("Thank you, that is settled.", timeout=60_000)
    page.get_by_label("By a lake").check(force=True)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("What is your name?")).to_be_visible()

    unscripted.goto(flows["e2e_proof"])
    words = unscripted.locator("label[for=sum]").inner_text()
    unscripted.get_by_label("By a lake").check(force=True)
    unscripted.locator("#sum").fill(str(sum(int(one) for one in words.replace("?", "").split() if one.isdigit())))
    unscripted.get_by_role("button", name="Next").click()
    expect(unscripted.get_by_label("What is your name?")).to_be_visible()
