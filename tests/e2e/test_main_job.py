"""The main job, by hand in a browser: from signing up to seeing who clicked and who left."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Application, newest_mail

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("application")]

MailLink = Callable[[str, str], str]
PASSWORD = "blue harbour 42 boats"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A real list, with what real lists have: semicolons, quotes, another alphabet, a broken row, a BOM."""
    path = tmp_path / "readers.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["E-Mail", "First name", "Last name", "Language", "Favourite"])
        writer.writerow(["lina@harbour.example", "Lina", "حداد", "ar", 'Poems; "short" ones'])
        writer.writerow(["ivan@harbour.example", "Иван", "Петров", "ru", "Sea stories\nand maps"])
        writer.writerow(["not an address", "Nobody", "", "", ""])
        for number in range(40):
            writer.writerow([f"reader{number}@harbour.example", f"Reader {number}", "", "en", "Crime"])
    return path


def sign_up(page: Page, application: Application, mail_link: MailLink) -> str:
    page.goto(f"{application.url}/accounts/signup/")
    page.get_by_label("Your name").fill("Mia Wharf")
    page.get_by_label("E-mail address").fill("mia@wharf.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    page.goto(mail_link("mia@wharf.example", "confirm-email/"))
    page.get_by_role("button", name="Yes, confirm it").click()
    page.get_by_label("Name of your organisation").fill("Wharf Books")
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mia")
    return page.url


def add_sender(page: Page, home: str, mail_link: MailLink) -> None:
    page.goto(f"{home}settings/senders/")
    page.get_by_label("Name", exact=True).fill("Mia at Wharf Books")
    page.get_by_label("E-mail address").fill("hello@wharf.example")
    page.get_by_role("button", name="Add and mail the link").click()
    page.goto(mail_link("hello@wharf.example", "/senders/"))
    page.get_by_role("button", name="Yes, I read this address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This address is confirmed")
    page.goto(f"{home}settings/")
    page.get_by_label("Postal address").fill("1 Wharf Street, Dunedin")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator(".snack").first).to_be_visible()


def add_topic_and_page(page: Page, home: str) -> str:
    page.goto(f"{home}consent/topics/new/")
    page.get_by_label("Name", exact=True).fill("New books")
    page.get_by_role("button", name="Save the topic").click()
    expect(page.get_by_role("main")).to_contain_text("New books")
    page.goto(f"{home}consent/pages/new/")
    page.get_by_label("Name", exact=True).fill("Front door")
    page.get_by_label("New books").check()
    page.get_by_role("button", name="Save the page").click()
    expect(page.locator(".snack").first).to_be_visible()
    page.goto(f"{home}consent/")
    address = re.search(r"https?://[^\s\"'<>]+/f/[0-9a-f-]{36}/", page.content())
    assert address
    return address[0]


def import_people(page: Page, home: str, people: Path) -> None:
    page.goto(f"{home}contacts/import/")
    page.locator("input[type=file]").set_input_files(people)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("select[name=delimiter]")).to_have_value(";")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("link", name="Undo the import")).to_be_visible(timeout=60_000)
    main = page.get_by_role("main")
    expect(main).to_contain_text("42")
    expect(main).to_contain_text("not an address")
    page.goto(f"{home}contacts/?search=harbour")
    expect(page.get_by_text("lina@harbour.example")).to_be_visible()


def join(browser: Browser, address: str, email: str, name: str, mail_link: MailLink, tracked: bool) -> None:
    """A stranger on a phone, without JavaScript, signs up and confirms."""
    phone = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = phone.new_page()
    page.goto(address)
    page.get_by_label(re.compile("first name")).fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("New books").check()
    if tracked:
        page.locator("input[name=tracking]").check()
    page.locator("form button[type=submit]").first.click()
    page.goto(mail_link(email, "/confirm/"))
    page.locator("form button[type=submit]").first.click()
    expect(page.locator("h1")).to_be_visible()
    phone.close()


def build_segment(page: Page, home: str) -> None:
    page.goto(f"{home}segments/new/")
    page.locator("main input[name=name]").fill("Everybody")
    expect(page.get_by_text("43", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Save segment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everybody")


def write_template(page: Page, home: str) -> None:
    page.goto(f"{home}templates/new/")
    page.get_by_role("button", name=re.compile("Use this one.*Newsletter", re.DOTALL)).click()
    page.get_by_label("Subject").fill("{{ contact.first_name | default: 'Reader' }}, three new books")
    frame = page.frame_locator("iframe").first
    expect(frame.locator("body")).not_to_be_empty()
    expect(page.get_by_text(re.compile("Saved")).first).to_be_visible()


def send_campaign(page: Page, home: str) -> str:
    page.goto(f"{home}campaigns/new/")
    page.get_by_label("Name", exact=True).fill("Three new books")
    page.locator("select[name=segment]").select_option(label="Everybody")
    page.locator("select[name=topic]").select_option(label="New books")
    page.get_by_role("button", name=re.compile("^Next")).click()
    page.locator("input[name=template]").first.check()
    page.locator("select[name=sender]").select_option(index=1)
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(page.get_by_role("heading", name="Who gets it")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Send to \d")).click()
    page.wait_for_url(re.compile("/campaigns/"))
    campaign = re.search(r"/campaigns/[0-9a-f-]{36}/", page.url)
    assert campaign
    return f"{home.rstrip('/')}{campaign[0]}"


def read_and_leave(page: Page, browser: Browser, application: Application, mail_link: MailLink) -> None:
    """One person opens, clicks and leaves; their mail program announces itself as a browser does."""
    link = mail_link("noor@pier.example", "/c/")
    leave = mail_link("noor@pier.example", "/u/")
    reader = browser.new_context(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1")
    visit = reader.new_page()
    visit.wait_for_timeout(2500)  # a click within two seconds of sending counts as a machine's
    visit.request.get(mail_link("noor@pier.example", "/o/"))
    visit.request.get(link, max_redirects=0)
    visit.goto(leave)
    expect(visit.locator("h1")).to_be_visible()
    visit.locator("form button[type=submit]").first.click()
    expect(visit.locator("h1")).to_be_visible()
    reader.close()
    assert len(newest_mail(page, application, "noor@pier.example")) == 2  # confirmation and campaign, nothing twice


def test_main_job_from_sign_up_to_unsubscribe(
    application: Application, page: Page, browser: Browser, mail_link: MailLink, people: Path
) -> None:
    home = sign_up(page, application, mail_link)
    add_sender(page, home, mail_link)
    address = add_topic_and_page(page, home)
    import_people(page, home, people)
    join(browser, address, "noor@pier.example", "نور", mail_link, tracked=True)
    build_segment(page, home)
    write_template(page, home)
    campaign = send_campaign(page, home)

    read_and_leave(page, browser, application, mail_link)

    page.goto(f"{campaign}report/")
    main = page.get_by_role("main")
    expect(main).to_contain_text("43 were in the segment, 42 of them were left out", timeout=60_000)
    expect(main).to_contain_text("Never agreed to this topic")
    for fact in ("Opened", "Clicked", "Unsubscribed"):
        expect(main).to_contain_text(re.compile(rf"{fact}\s*100.0\s%,?\s*1 of 1"))
