"""A clean audience, by hand in a browser: in from a spreadsheet, made one, asked properly, out to a file, erased."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Application, newest_mail

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("application")]

MailLink = Callable[[str, str], str]


@pytest.fixture
def home(application: Application, page: Page) -> str:
    """Signed in; the address of the demo workspace's home."""
    page.goto(f"{application.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(application.email)
    page.get_by_label("Password").fill(application.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/w/"))
    return page.url


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Three people in a spreadsheet, two of whom are one, and a cell that a spreadsheet would run."""
    path = tmp_path / "guests.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Guests")
        for number, row in enumerate(
            (
                ("E-mail", "First name", "Last name", "Phone"),
                ("tui.kahu@wharepuni.example", "Tui", "Kahu", "+64 21 555 0101"),
                ("tui.k@wharepuni.example", "Tui", "Kahu", "+64 21 555 0102"),
                ("layla@wharepuni.example", "=1+1", "حداد", "+64 21 555 0103"),
            )
        ):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return path


def import_workbook(page: Page, home: str, workbook: Path) -> None:
    page.goto(f"{home}contacts/import/")
    page.locator("input[type=file]").set_input_files(workbook)
    page.get_by_role("button", name="Look at the file").click()
    forecast = page.locator("#forecast")
    expect(forecast).to_contain_text("New people")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("link", name="Undo the import")).to_be_visible(timeout=60_000)


def person_page(page: Page, home: str, email: str) -> str:
    page.goto(f"{home}contacts/?q={email}")
    page.get_by_role("link", name=re.compile("Tui|1\\+1")).first.click()
    page.wait_for_url(re.compile(r"/contacts/[0-9a-f-]{36}/"))
    return page.url


def merge_twins(page: Page, home: str) -> None:
    person_page(page, home, "tui.kahu@wharepuni.example")
    page.goto(f"{page.url}merge/")
    page.get_by_label("Find a name or an address").fill("tui.k@wharepuni")
    page.locator("#people a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this one person?")
    page.get_by_role("button", name="Same person, merge").click()
    expect(page.get_by_role("link", name="Take it back")).to_be_visible()
    page.goto(f"{home}contacts/?q=tui.k@wharepuni.example")
    expect(page.get_by_role("main")).to_contain_text("Tui Kahu")


def agree_by_hand(page: Page, home: str) -> str:
    """Write down an agreement on the contact page; returns the address of the person's own preference page."""
    person_page(page, home, "tui.kahu@wharepuni.example")
    link = page.locator("a[href*='/p/']").first
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def choose(browser: Browser, address: str) -> None:
    """On a phone, without JavaScript: at most one message a week, and a month without any."""
    phone = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = phone.new_page()
    page.goto(address)
    page.locator("select[name=frequency]").select_option(index=1)
    page.locator("input[name=topics]").first.check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".callout[role=status]")).to_contain_text("Saved.")
    page.get_by_role("button", name="For a month").click()
    expect(page.get_by_role("heading", name="You are taking a break")).to_be_visible()
    phone.close()


def mailed_code(page: Page, application: Application, email: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for number in newest_mail(page, application, email):
            text = page.request.get(f"{application.url}/mail/{number}/?show=text").text()
            if found := re.search(r"(?<!\d)(\d{3}\s?\d{3})(?!\d)", re.sub(r"<[^>]+>", " ", text.partition("<main")[2])):
                return found[1]
        time.sleep(0.5)
    raise AssertionError(f"no code came for {email}")


def open_own_data(page: Page, application: Application, address: str, email: str) -> dict[str, object]:
    page.goto(address)
    page.get_by_role("link", name="See, correct or erase my data").click()
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("does not open anything")
    page.get_by_role("textbox", name="Code").fill(mailed_code(page, application, email))
    page.get_by_role("button", name="Open", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="A file for programs").click()
    copy: dict[str, object] = json.loads(download.value.path().read_text())
    return copy


def export_list(page: Page, home: str) -> str:
    page.goto(f"{home}contacts/export/?q=wharepuni")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    return download.value.path().read_text(encoding="utf-8-sig")


def test_a_spreadsheet_becomes_people_who_decide_for_themselves(
    application: Application, page: Page, browser: Browser, home: str, workbook: Path
) -> None:
    import_workbook(page, home, workbook)
    merge_twins(page, home)

    address = agree_by_hand(page, home)
    choose(browser, address)
    person_page(page, home, "tui.kahu@wharepuni.example")
    expect(page.get_by_role("main")).to_contain_text("break", ignore_case=True)

    exported = export_list(page, home)
    assert "tui.kahu@wharepuni.example" in exported
    assert "حداد" in exported
    assert "'=1+1" in exported

    copy = json.dumps(open_own_data(page, application, address, "tui.kahu@wharepuni.example"), ensure_ascii=False)
    assert "tui.k@wharepuni.example" in copy
    assert "layla" not in copy

    page.get_by_label("Yes, erase everything").check()
    page.get_by_role("button", name="Erase my data").click()
    expect(page.get_by_role("main")).to_contain_text("30 days")
