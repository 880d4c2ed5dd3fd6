"""The whole site as `make run` starts it, once per session, and people who use it in a real browser."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")  # None: Playwright's own, and a failure where there is none either
#: Longest wait for a page or a job: generous, because it bounds a failure and does not measure anything.
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Site:
    """A running site: its address, the password of its demonstration accounts, and its log folder."""

    url: str
    password: str
    logs: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start servers, worker, beat and web with demonstration data in a folder of this run; stop them at the end."""
    var = tmp_path_factory.mktemp("site")
    port = _free_port()
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_ENCRYPTION_KEY"}
    } | {"VAR_DIR": str(var), "PORT": str(port)}
    output = (var / "run.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "nanchang_ei.embedded", "run"],
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 300
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the site did not start:\n{(var / 'run.log').read_text(errors='replace')[-4000:]}")
            time.sleep(0.5)
        yield Site(url, (var / "secrets" / "demo_password").read_text().strip(), var / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.close()


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
