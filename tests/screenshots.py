"""Pictures for the documentation, taken from the real thing: `make screenshots`.

Starts Rapport with a demo workspace of its own, waits until the demo's campaign has gone out, and photographs pages.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, OWN_SERVERS, ROOT, free_port, wait_for_greeting

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def main() -> int:
    """Take every picture; returns the exit status."""
    if not CHROMIUM:
        print("Pictures need Chromium: install the package “chromium”, or name it in CHROMIUM.", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory(prefix="rapport-pictures-") as folder:
        data = Path(folder)
        environment = {key: value for key, value in os.environ.items() if key not in OWN_SERVERS}
        environment |= {"DATA_DIR": str(data / "data"), "PORT": str(free_port())}
        with (data / "supervisor.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "stack", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
            )
        try:
            url, email, password, _key = wait_for_greeting(process, data / "supervisor.log")
            take_pictures(url, email, password)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return 0


def take_pictures(url: str, email: str, password: str) -> None:
    """Sign in to the demo and photograph it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Pacific/Auckland").new_page()
        page.goto(f"{url}/accounts/login/")
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(password)
        page.locator("form button[type=submit]").first.click()
        page.wait_for_url("**/w/**")
        home = page.url
        wait_for_demo_campaign(page, home)
        photograph(page, home, "home")
        page.goto(f"{home}campaigns/")
        page.get_by_role("link", name="Win a week at Lake Hāwea").first.click()
        page.wait_for_load_state()
        photograph(page, page.url, "report")
        photograph(page, f"{home}contacts/", "contacts")
        page.locator("[data-row]").first.click()
        own_page = str(page.locator("a[href*='/p/']").first.get_attribute("href"))
        photograph(page, f"{home}segments/", "segments")
        page.goto(f"{home}flows/")
        page.get_by_role("link", name="Which cabin suits you?").first.click()
        page.wait_for_load_state()
        photograph(page, page.url, "builder")
        phone = browser.new_context(viewport=PHONE, locale="en-GB").new_page()
        photograph(phone, own_page, "own-page")
        browser.close()


def wait_for_demo_campaign(page: Page, home: str, seconds: float = 240) -> None:
    """Until the campaign that the demo schedules has been sent."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.goto(f"{home}campaigns/?state=sent")
        if page.get_by_role("link", name="Summer at the lake").count():
            return
        time.sleep(2)


def photograph(page: Page, address: str, name: str) -> None:
    """One page, settled, at the size of a small desk."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
