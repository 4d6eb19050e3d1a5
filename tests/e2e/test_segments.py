"""Building a segment in a browser: choosing, typing, moving by keyboard and by pointer, under the strict policy."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Application

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("application")]


@pytest.fixture
def builder(application: Application, page: Page) -> Page:
    """Signed in, at a new segment."""
    page.goto(f"{application.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(application.email)
    page.get_by_label("Password").fill(application.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Segments").first.click()
    page.get_by_role("link", name="New segment", exact=True).click()
    expect(page.get_by_role("heading", name="New segment")).to_be_visible()
    return page


expect.set_options(timeout=20_000)


def subjects(page: Page) -> Locator:
    return page.get_by_label("What it is about")


def people(page: Page) -> Locator:
    return page.locator("#people .kpi")


def test_sentences_are_chosen_typed_moved_and_saved(builder: Page) -> None:
    everyone = people(builder).inner_text()
    builder.get_by_role("button", name="Add a sentence").click()
    expect(subjects(builder)).to_have_count(1)
    builder.get_by_role("button", name="Add a sentence").click()
    expect(subjects(builder)).to_have_count(2)

    subjects(builder).last.select_option("contact:country")
    builder.get_by_label("How it compares").select_option("eq")
    builder.get_by_label("Value").select_option(label="New Zealand")
    expect(people(builder)).not_to_have_text(everyone)
    expect(builder.locator("#sample li").first).to_contain_text("Country is New Zealand")

    builder.get_by_label("Move, group or say the opposite").last.click()
    builder.get_by_role("button", name="Move up").click()
    expect(subjects(builder).first).to_have_value("contact:country")

    grips = builder.locator(".grip")
    start, end = grips.last.bounding_box(), grips.first.bounding_box()
    assert start
    assert end
    builder.mouse.move(start["x"] + 4, start["y"] + 4)
    builder.mouse.down()
    builder.mouse.move(start["x"] + 4, start["y"] - 12, steps=5)
    builder.mouse.move(end["x"] + 4, end["y"] - 10, steps=10)
    builder.mouse.up()
    expect(subjects(builder).last).to_have_value("contact:country")

    builder.get_by_label("Name or address").press_sequentially("hughes")
    expect(builder.locator("#answer")).to_contain_text("in it.")  # while the name is still missing

    builder.get_by_role("textbox", name="Name", exact=True).fill("New Zealand")
    builder.get_by_role("button", name="Save segment").click()
    expect(builder.get_by_role("heading", name="New Zealand")).to_be_visible()
    expect(builder.locator("#rule-text")).to_have_value(re.compile('contact country is "NZ"$'))


def test_rows_move_by_keyboard_and_work_is_kept_and_taken_back(builder: Page) -> None:
    builder.get_by_text("The same as text").click()
    text = 'contact country is "NZ" and (engagement opened or engagement clicked)'
    builder.locator("#rule-text").fill(text)
    builder.get_by_role("button", name="Use this text").click()
    expect(subjects(builder)).to_have_count(3)
    expect(builder.locator("#draft-state")).to_contain_text("Draft saved")

    builder.get_by_role("button", name="Move this sentence").first.focus()
    builder.keyboard.press("ArrowRight")
    expect(builder.locator("#said")).to_have_text("Moved. It is now number 1 of 3 in its group.")
    expect(builder.locator("#grip-where-all-0-any-0")).to_be_focused()
    builder.keyboard.press("ArrowDown")
    expect(builder.locator("#grip-where-all-0-any-1")).to_be_focused()
    builder.keyboard.press("Control+z")
    builder.keyboard.press("Control+z")
    expect(builder.locator("#rule-text")).to_have_value(text)
    builder.keyboard.press("Control+Shift+Z")
    inside = 'contact country is "NZ" or engagement opened or engagement clicked'
    expect(builder.locator("#rule-text")).to_have_value(inside)

    builder.reload()
    expect(builder.get_by_text("You go on where you stopped.")).to_be_visible()
    expect(subjects(builder)).to_have_count(3)
    builder.get_by_role("button", name="Discard").click()
    expect(builder.get_by_text("The draft is gone.")).to_be_visible()


def test_sentence_opens_in_a_sheet_on_a_phone(builder: Page) -> None:
    builder.set_viewport_size({"width": 390, "height": 844})
    builder.get_by_role("button", name="Add a sentence").click()
    line = builder.locator(".sentence-open")
    expect(line).to_be_visible()
    line.click()
    sheet = builder.locator(".sheet:popover-open")
    sheet.get_by_label("What it is about").select_option("contact:country")
    sheet.get_by_label("How it compares").select_option("is_empty")
    expect(line).to_have_text("Country is not known")
    expect(sheet).to_be_visible()
    assert [found["id"] for found in Axe().run(builder).response["violations"]] == []
    sheet.get_by_role("button", name="Done").click()
    expect(sheet).to_have_count(0)
    expect(line).to_be_focused()


def test_subject_is_found_by_typing_with_keys_and_with_the_pointer(builder: Page) -> None:
    builder.get_by_role("button", name="Add a sentence").click()
    expect(builder.locator("#draft-state")).to_contain_text("Draft saved")  # nothing is drawn anew after that
    finder, found = builder.locator("#find-choice input"), builder.locator("#find-choice [role=option]:visible")
    subjects(builder).focus()
    builder.keyboard.press("Enter")
    expect(finder).to_be_focused()
    finder.press_sequentially("count")
    expect(found.first).to_have_text("Country")
    assert [one["id"] for one in Axe().run(builder).response["violations"]] == []
    finder.fill("no such thing")
    expect(found).to_have_count(0)
    expect(builder.locator("#find-choice [data-none]")).to_be_visible()
    finder.press("Escape")
    expect(finder).to_be_hidden()
    expect(subjects(builder)).to_be_focused()

    subjects(builder).click()
    finder.fill("countr")
    builder.keyboard.press("Enter")
    expect(subjects(builder)).to_have_value("contact:country")
    subjects(builder).click()
    finder.fill("langu")
    found.first.click()
    expect(subjects(builder)).to_have_value("contact:language")
    expect(builder.locator("#draft-state")).to_contain_text("Draft saved")


def test_text_that_cannot_be_read_is_marked_and_kept(builder: Page) -> None:
    builder.get_by_text("The same as text").click()
    builder.locator("#rule-text").fill("everyone and or")
    builder.get_by_role("button", name="Use this text").click()
    expect(builder.locator("#text-form mark")).to_have_text("or")
    builder.locator("#rule-text").fill("contact email_address is set")
    builder.get_by_role("button", name="Use this text").click()
    expect(builder.locator("#text-form [role=alert]")).to_be_visible()
    builder.locator("#rule-text").fill("engagement opened or engagement clicked")
    builder.get_by_role("button", name="Use this text").click()
    expect(subjects(builder)).to_have_count(2)
    expect(builder.get_by_label("How these belong together")).to_have_value("any")


def test_builder_is_accessible(builder: Page) -> None:
    builder.get_by_role("button", name="Add a group").click()
    expect(subjects(builder)).to_have_count(1)
    expect(people(builder)).to_be_visible()
    violations = [found["id"] for found in Axe().run(builder).response["violations"]]
    assert violations == []
