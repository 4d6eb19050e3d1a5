"""Every page of the demo, on a desk and on a phone, light and dark, left-to-right and right-to-left.

axe (WCAG 2.2 A and AA) finds nothing, nothing overflows sideways, and the console is silent under the strict policy.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Application, watch_console

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("application")]

PAGES = (
    "", "contacts/", "contacts/new/", "contacts/import/", "contacts/details/", "segments/", "segments/new/",
    "segments/start/", "templates/", "templates/new/", "campaigns/", "campaigns/new/", "consent/",
    "consent/suppressions/", "settings/", "settings/people/", "settings/keys/", "settings/senders/", "search/?q=lake",
)  # fmt: skip
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = [(DESK, "light", "en"), (PHONE, "dark", "en"), (PHONE, "light", "ar"), (DESK, "dark", "ru")]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]['width']}-{look[1]}-{look[2]}")
def visitor(request: pytest.FixtureRequest, browser: Browser, application: Application) -> Iterator[Page]:
    """Somebody signed in to the demo on one kind of screen, in one language."""
    size, scheme, language = request.param
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=language, timezone_id="Pacific/Auckland")
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors = watch_console(page)
    page.goto(f"{application.url}/accounts/login/")
    page.locator("input[name=login]").fill(application.email)
    page.locator("input[name=password]").fill(application.password)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url("**/w/**")
    yield page
    context.close()
    assert errors == []


def problems_of(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def overflow_of(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} is {wide} px too wide"] if wide > 1 else []


def test_pages_are_accessible_and_fit(visitor: Page) -> None:
    home = visitor.url
    problems = []
    for path in PAGES:
        response = visitor.goto(home + path)
        assert response is not None
        assert response.status == 200, home + path
        expect(visitor.locator("h1")).to_have_count(1)
        problems += problems_of(visitor) + overflow_of(visitor)

    assert problems == []


def test_public_pages_are_accessible_and_fit(application: Application, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, locale="ar", java_script_enabled=True)
    page = context.new_page()
    errors = watch_console(page)
    problems = []
    for path in ("accounts/login/", "accounts/signup/", "accounts/password/reset/", "u/nobody/", "p/nobody/"):
        page.goto(f"{application.url}/{path}")
        problems += problems_of(page) + overflow_of(page)
    context.close()

    assert problems == []
    assert errors == []
