"""The whole site as `make run` starts it, once per session, and people who use it in a real browser."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.site import Site, running_site

CHROMIUM = shutil.which("chromium")  # None: Playwright's own, and a failure where there is none either
#: Longest wait for a page or a job: generous, because it bounds a failure and does not measure anything.
PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The whole site with demonstration data of this run; it ends with the session."""
    with running_site() as running:
        yield running


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's chromium where it is installed; as root it runs only without its own sandbox."""
    args = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    return {"args": args} | ({"executable_path": CHROMIUM} if CHROMIUM else {})


class People:
    """Browser contexts by person: everyone signs in once and keeps the session."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self.contexts: dict[str, BrowserContext] = {}

    def anonymous(self) -> Page:
        """A new visitor."""
        return self._page(self._context(f"anonymous-{len(self.contexts)}"))

    def _context(self, key: str) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.site.url, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts[key] = context
        return context

    def _page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        # A page that breaks its own content policy or throws is a defect, whatever else it shows.
        page.on("pageerror", lambda error: pytest.fail(f"script error on {page.url}: {error}"))
        return page

    def __call__(self, username: str, password: str | None = None) -> Page:
        """A page on which this person is signed in."""
        if username in self.contexts:
            return self._page(self.contexts[username])
        page = self._page(self._context(username))
        page.goto("/accounts/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", password or self.site.password)
        page.click("main form button[type=submit]")
        expect(page.locator("main form [name=password]")).to_have_count(0)
        return page

    def close(self) -> None:
        """End all sessions of the browser."""
        for context in self.contexts.values():
            context.close()


@pytest.fixture(scope="session")
def people(browser: Browser, site: Site) -> Iterator[People]:
    """Everyone who takes part."""
    expect.set_options(timeout=PATIENCE_MS)
    everyone = People(browser, site)
    yield everyone
    everyone.close()
