"""The frame around every page: keys, menus, theme, languages, forms that answer in place, under the strict policy."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Application

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("application")]


@pytest.fixture
def home(application: Application, page: Page) -> Page:
    """Signed in, at home."""
    page.goto(f"{application.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(application.email)
    page.get_by_label("Password").fill(application.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()
    return page


def open_account_menu(page: Page) -> None:
    page.locator("[popovertarget=account-menu]:visible").click()
    expect(page.locator("#account-menu")).to_be_visible()


def test_keys_search_and_list_themselves(home: Page) -> None:
    home.locator("body").press("/")
    expect(home.locator(".rail [data-search]")).to_be_focused()

    home.locator("h1").click()
    home.locator("body").press("?")
    expect(home.get_by_role("heading", name="Keys")).to_be_visible()
    home.keyboard.press("Escape")
    expect(home.get_by_role("heading", name="Keys")).to_be_hidden()


def test_theme_and_language_are_chosen_in_the_menu_and_stay(home: Page) -> None:
    open_account_menu(home)
    home.get_by_role("button", name="Dark").click()
    expect(home.locator("html")).to_have_class(re.compile("dark"))

    open_account_menu(home)
    home.locator("button[name=language][value=ar]").click()
    expect(home.locator("html")).to_have_attribute("dir", "rtl")
    rail, main = home.locator(".rail").bounding_box(), home.locator("main").bounding_box()
    assert rail
    assert main
    assert rail["x"] > main["x"]

    open_account_menu(home)
    home.locator("button[name=language][value=en]").click()
    open_account_menu(home)
    home.locator("button[name=theme][value=system]").click()
    expect(home.locator("html")).to_have_attribute("dir", "ltr")


def test_menus_stay_on_a_phones_screen(home: Page) -> None:
    home.set_viewport_size({"width": 390, "height": 844})
    home.goto(f"{home.url}contacts/")
    for summary in home.locator("main details.menu > summary:visible").all():
        summary.click()
        home.wait_for_function(
            """() => {
              const box = document.querySelector("main details.menu[open] .menu-list").getBoundingClientRect();
              return box.left >= 0 && box.right <= document.documentElement.clientWidth;
            }"""
        )
        home.keyboard.press("Escape")


def test_form_answers_in_place_and_keeps_what_was_typed(home: Page) -> None:
    home.get_by_role("link", name="Settings").first.click()
    name = home.get_by_label("Name of your organisation")
    before = name.input_value()
    home.evaluate("window.sameWindow = true")

    name.fill("")
    home.evaluate("document.querySelector('#settings-form').noValidate = true")
    home.get_by_label("Postal address").fill("1 Long Street")
    home.get_by_role("button", name="Save settings").click()

    expect(home.locator("#id_name_error")).to_be_visible()
    expect(home.get_by_label("Postal address")).to_have_value("1 Long Street")
    assert home.evaluate("window.sameWindow === true")

    home.get_by_label("Name of your organisation").fill(before)
    home.get_by_role("button", name="Save settings").click()
    expect(home.locator(".snack")).to_contain_text("The settings are saved.")
    home.locator(".snack [data-dismiss]").click()
    expect(home.locator(".snack")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 390, 768, 1000, 1440, 1920])
def test_no_page_of_the_menu_is_wider_than_the_window(home: Page, width: int) -> None:
    home.set_viewport_size({"width": width, "height": 900})
    links = home.eval_on_selector_all("nav[aria-label=Main] a", "links => links.map(link => link.href)")

    assert len(links) >= 5
    for link in links:
        home.goto(link)
        assert home.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, link
