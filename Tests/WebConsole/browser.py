"""Uses the page of the console in headless Chromium, as a person with eyes, with a keyboard, with a screen reader, on paper.

The fleet behind it is real: `scripts/console-test.sh` starts it. A drift is made by hand, as the server's superuser.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

LINK = os.environ["CONSOLE_LINK"]
BASE = LINK.split("#")[0]
WIDTH, HEIGHT = 1280, 900
PROOF_MILLISECONDS = 180_000
# What the console promises for a drift on an open page.
DRIFT_MILLISECONDS = 60_000


def superuser(statement):
    """Runs a statement as the server's superuser: a change past the tool."""
    password = pathlib.Path(os.environ["POSTGRES_PASSWORD_FILE"]).read_text().strip()
    subprocess.run(
        [os.environ["POSTGRES_PSQL"], "--no-psqlrc", "--quiet", "--command", statement], check=True,
        env={
            "PGHOST": os.environ["POSTGRES_HOST"], "PGPORT": os.environ["POSTGRES_PORT"], "PGDATABASE": "app_db",
            "PGUSER": os.environ["POSTGRES_SUPERUSER"], "PGPASSWORD": password,
        })


def sign_up():
    """Makes a user, so that there is an event."""
    person = {"email": "ada@example.org", "password": "a long enough sentence"}
    request = urllib.request.Request(
        os.environ["CONSOLE_API"] + "/v1/users", json.dumps(person).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()


class Browser:
    """A page whose complaints and foreign requests fail the test."""

    def __init__(self, browser, **options):
        self.page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, **options)
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._check)

    def _check(self, request):
        if not request.url.startswith(BASE):
            self.complaints.append(f"a request to {request.url}")

    def done(self):
        assert self.complaints == [], self.complaints
        self.page.close()


def refuses_without_token(browser):
    visitor = Browser(browser)
    visitor.page.goto(BASE)
    expect(visitor.page.get_by_role("alert")).to_contain_text("needs the token")
    visitor.page.goto(BASE + "#" + "x" * 43)
    expect(visitor.page.get_by_role("alert")).to_contain_text("token is missing or of another run")
    expect(visitor.page.locator(".field")).to_have_count(0)
    visitor.page.close()


def hides_the_token(page):
    page.goto(LINK)
    expect(page.get_by_text("nothing is proven yet")).to_be_visible()
    assert page.url == BASE, page.url
    page.reload()
    expect(page.get_by_text("nothing is proven yet")).to_be_visible()


def shows_the_fleet(page):
    expect(page.locator("#members tbody tr")).to_have_count(6)
    expect(page.locator("#members .mark", has_text="not ready")).to_have_count(0)
    expect(page.locator("#members tr", has_text="connector-rw").first).to_be_visible()
    expect(page.locator("#event-lines")).to_contain_text("user.created")


def proves_the_matrix(page):
    page.get_by_role("button", name="Prove every cell now").click()
    expect(page.locator("#proof-status")).to_contain_text("0 violations", timeout=PROOF_MILLISECONDS)
    expect(page.locator("#grids .grid")).to_have_count(2)


def opens_a_cell_with_the_keyboard(page):
    page.locator("#grids .field[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    field = page.locator(":focus")
    assert "connector-rw on users: nothing" in field.get_attribute("aria-label"), field.get_attribute("aria-label")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="connector-rw on users")
    expect(dialog).to_be_visible()
    line = dialog.get_by_role("row", name="select (email)")
    expect(line).to_contain_text("42501: permission denied for table users")
    expect(line).to_contain_text('SELECT "email" FROM "users"')
    line.get_by_role("button", name="Try select (email) now").click()
    expect(line).to_contain_text(" at ")
    return dialog


def tries_a_cell(page):
    page.get_by_role("combobox", name="Account", exact=True).select_option("connector-rw")
    page.get_by_role("combobox", name="Table", exact=True).select_option("users")
    page.get_by_role("combobox", name="Column", exact=True).select_option("email")
    page.get_by_role("button", name="Try", exact=True).click()
    first = page.locator("#attempts > div").first
    expect(first).to_contain_text("permission denied for table users")
    expect(first).to_contain_text("As the manifest says")


def shows_a_drift(page):
    expect(page.locator("#drift-status")).to_contain_text("match the manifest")
    expect(page.get_by_role("button", name="Show the plan")).to_be_hidden()
    superuser('GRANT SELECT ON users TO "connector-rw"')
    expect(page.locator("#drift-status")).to_have_text("1 deviation from the manifest", timeout=DRIFT_MILLISECONDS)
    expect(page.locator("#deviations li")).to_contain_text("connector-rw")
    assert page.title().startswith("(1)"), page.title()
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#plan")).to_contain_text("REVOKE")
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#attempts > div").first).to_contain_text("differs from the manifest, which says denied")


def mends_the_drift(page):
    superuser('REVOKE SELECT ON users FROM "connector-rw"')
    expect(page.locator("#drift-status")).to_contain_text("match the manifest", timeout=DRIFT_MILLISECONDS)


def is_accessible(page):
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = Axe().run(page).response["violations"]
    assert found == [], json.dumps([[one["id"], [node["html"] for node in one["nodes"]][:3]] for one in found], indent=1)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = false")


def is_readable_on_paper(page):
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.locator("#attempt")).to_be_hidden()
    expect(page.locator("#grids .grid").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    page.emulate_media(media="screen")


def use(browser, photograph):
    refuses_without_token(browser)
    sign_up()
    visitor = Browser(browser, color_scheme="light")
    page = visitor.page
    hides_the_token(page)
    shows_the_fleet(page)
    proves_the_matrix(page)
    dialog = opens_a_cell_with_the_keyboard(page)
    photograph(page, "cells", False)
    is_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert "connector-rw on users" in page.locator(":focus").get_attribute("aria-label"), "the focus is lost"
    tries_a_cell(page)
    photograph(page, "page", True)
    shows_a_drift(page)
    photograph(page, "drift", False)
    is_accessible(page)
    mends_the_drift(page)
    is_readable_on_paper(page)
    visitor.done()

    dark = Browser(browser, color_scheme="dark")
    dark.page.goto(LINK)
    expect(dark.page.locator("#proof-status")).to_contain_text("0 violations")
    expect(dark.page.locator("#members tbody tr")).to_have_count(6)
    is_accessible(dark.page)
    photograph(dark.page, "dark", False)
    dark.done()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--screenshots", type=pathlib.Path)
    folder = arguments.parse_args().screenshots

    def photograph(page, name, whole):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=folder / f"{name}.png", full_page=whole)

    with sync_playwright() as playwright:
        # Chromium's own sandbox needs rights that root and containers lack; the page is ours.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        use(browser, photograph)
        browser.close()
    print("console: the page holds", file=sys.stderr)


if __name__ == "__main__":
    main()
