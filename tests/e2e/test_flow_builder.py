"""Making flows in a browser: a contest from the gallery live in few fields, and the builder by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Application

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("application")]

SECONDS = 30_000


def gallery(application: Application, page: Page) -> Page:
    page.set_default_timeout(SECONDS)
    expect.set_options(timeout=SECONDS)
    page.goto(f"{application.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(application.email)
    page.get_by_label("Password").fill(application.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Flows").first.click()
    page.get_by_role("link", name="New flow").first.click()
    expect(page.get_by_role("heading", name="New flow")).to_be_visible()
    return page


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")]


def saved(page: Page) -> None:
    expect(page.locator("#flow-saved [data-state]")).to_contain_text("Draft saved")


def lines(page: Page) -> Locator:
    return page.locator("[data-sort='/steps'] .fstep a")


def test_contest_from_the_gallery_is_live_after_one_form(application: Application, page: Page) -> None:
    gallery(application, page)
    assert serious(page) == []
    page.get_by_role("link", name="Giveaway with friends").click()
    assert serious(page) == []
    page.get_by_label("What is there to win?").fill("Two nights at the Jetty House")
    page.get_by_label("Publish it at once").check()
    page.get_by_role("button", name="Make the contest").click()

    expect(page.get_by_role("heading", name="It is live")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the page").click()
    expect(opened.value.get_by_label("Where do we write if you win?")).to_be_visible()


def test_flow_is_built_by_keyboard_alone(application: Application, page: Page) -> None:
    gallery(application, page)
    page.get_by_role("link", name="Product finder").press("Enter")
    page.get_by_label("Name").press("Enter")
    expect(lines(page)).to_have_count(6)
    assert serious(page) == []

    heading = page.locator("#flow-middle").get_by_label("Heading")
    heading.focus()
    page.keyboard.type("Your way")
    expect(lines(page).first).to_have_text("1. Your way")
    saved(page)
    expect(heading).to_be_focused()

    page.get_by_role("button", name="Move “Your size” with the arrow keys").focus()
    page.keyboard.press("ArrowUp")
    expect(lines(page).nth(3)).to_have_text("4. Your size")
    expect(page.get_by_role("button", name="Move “Your size” with the arrow keys")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(lines(page).nth(4)).to_have_text("5. Your size")

    menu = page.locator("#flow-left summary").filter(has_text="Add a step")
    menu.press("Enter")
    page.locator("#flow-left").get_by_role("button", name="Would you recommend us?").press("Enter")
    expect(lines(page)).to_have_count(7)
    expect(page.locator("#flow-middle").get_by_label("Heading")).to_be_focused()
    page.keyboard.type("One number")
    expect(page.frame_locator("#flow-frame").get_by_text("One number")).to_be_visible()


def test_second_window_is_told_before_anything_is_lost(application: Application, page: Page) -> None:
    gallery(application, page)
    page.get_by_role("link", name="Poll", exact=True).press("Enter")
    page.get_by_label("Name").press("Enter")
    expect(lines(page)).to_have_count(1)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("#flow-middle").get_by_label("Heading").fill("Mine")
    expect(lines(page).first).to_have_text("1. Mine")
    saved(page)

    other.locator("#flow-middle").get_by_label("Question").first.fill("Theirs?")
    expect(other.get_by_text("Somebody saved this flow in another window.")).to_be_visible()
    other.get_by_role("button", name="Keep mine").click()
    saved(other)
    page.reload()
    expect(page.locator("#flow-middle").get_by_label("Question").first).to_have_value("Theirs?")
