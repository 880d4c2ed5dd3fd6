"""What holds for every test: whatever drives a browser runs with the browser tests, in one process of their own."""

import os

import pytest
from playwright.sync_api import Playwright

BROWSER_FIXTURES = {"page", "browser", "browser_type", "playwright"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that use a browser: Playwright keeps an event loop open, in which Django refuses its database."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Playwright:
    """Playwright, with Django told that its loop in this thread is no danger: nothing here is asynchronous."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return playwright
