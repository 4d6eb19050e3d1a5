"""The builder's controls in a browser: a contest made from nothing, places drawn on a picture, versions of a step."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, Application
from tests.e2e.test_flow_builder import gallery, saved, serious

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("application")]


def from_nothing(application: Application, page: Page, name: str) -> None:
    gallery(application, page)
    page.get_by_role("link", name="From nothing").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Name").press("Enter")
    expect(page.locator("#flow-middle .fblock")).to_have_count(1)


def add(page: Page, kind: str) -> None:
    page.locator("#flow-middle summary").filter(has_text="Add to this step").press("Enter")
    page.locator("#flow-middle").get_by_role("button", name=kind, exact=True).press("Enter")


def test_contest_with_referral_upload_and_leaderboard_is_made_in_the_builder(
    application: Application, page: Page
) -> None:
    from_nothing(application, page, "Your lake")
    middle = page.locator("#flow-middle")
    page.locator("#flow-left").get_by_role("link", name="Contest").press("Enter")
    middle.get_by_role("button", name="Make it a contest").press("Enter")
    expect(middle.get_by_label("Prize", exact=True)).to_be_focused()
    page.keyboard.type("A week at the lake")
    middle.get_by_role("button", name="Add a way").press("Enter")
    expect(middle.locator("#f-contest-entry_methods-1-type")).to_have_value("referral")
    middle.locator("#f-contest-entry_methods-1-tickets").fill("2")
    middle.get_by_role("button", name="Add a way").press("Enter")
    middle.locator("#f-contest-entry_methods-2-type").select_option("upload")
    expect(middle.get_by_text("Put a question for files on a step first.")).to_be_visible()
    middle.get_by_label("Show who is ahead").press("Space")
    middle.get_by_label("What counts").select_option("referrals")
    assert serious(page) == []

    page.locator("#flow-left .fstep a").first.press("Enter")
    expect(middle.locator(".fblock")).to_have_count(2)
    add(page, "Files")
    middle.get_by_label("JPEG").press("Space")
    expect(page.locator("#flow-problems")).to_contain_text("Everything fits together")
    saved(page)
    page.locator("#flow-publish a").click()
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", name="It is live")).to_be_visible()
    page.go_back()
    page.go_back()
    page.reload()
    expect(page.locator("#flow-publish")).to_have_text("People get this now")


def test_places_are_drawn_on_a_picture_and_moved_by_their_numbers(application: Application, page: Page) -> None:
    from_nothing(application, page, "Find the hut")
    middle = page.locator("#flow-middle")
    add(page, "Places on a picture")
    middle.locator("[data-pick]").press("Enter")
    page.set_input_files("#picture-file", str(ROOT / "static" / "demo" / "lake.jpg"))
    page.locator("#pictures").get_by_role("button", name="Add", exact=True).click()
    page.locator("#pictures [data-picture]").first.press("Enter")
    picture = page.locator(".hotspot-edit img")
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.05 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.4 * box["height"], steps=3)
    page.mouse.up()

    name = middle.locator("#f-steps-0-blocks-1-regions-1-label")
    expect(name).to_be_focused()
    expect(middle.locator("#f-steps-0-blocks-1-regions-1-width")).to_have_value("20")
    middle.locator("#f-steps-0-blocks-1-regions-1-x").fill("60")
    expect(page.frame_locator("#flow-frame").locator("rect.region[x='60']")).to_have_count(1)
    assert serious(page) == []


def test_version_of_a_step_is_made_tried_and_kept(application: Application, page: Page) -> None:
    from_nothing(application, page, "Two ways to ask")
    middle, frame = page.locator("#flow-middle"), page.frame_locator("#flow-frame")
    middle.get_by_role("button", name="Try another version").press("Enter")
    expect(middle.get_by_role("heading", name="Versions of this step")).to_be_visible()
    middle.locator("#f-steps-0-variants-1-blocks-0-label").fill("Mountains or sea?")
    expect(frame.get_by_text("Mountains or sea?")).to_be_visible()
    assert serious(page) == []
    middle.locator("a[data-panel='step:first/a']").press("Enter")
    expect(frame.get_by_text("What do you want to ask?")).to_be_visible()

    middle.locator("a[data-panel='step:first/b']").press("Enter")
    expect(middle.locator("#f-steps-0-variants-1-blocks-0-label")).to_be_visible()
    middle.get_by_role("button", name="Keep only this one").press("Enter")

    expect(middle.get_by_role("button", name="Try another version")).to_be_visible()
    expect(middle.locator("#f-steps-0-blocks-0-label")).to_have_value("Mountains or sea?")
