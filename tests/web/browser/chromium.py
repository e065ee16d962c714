"""Chromium for tests, and a watch over what a page does that it should not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

GIVEN = "BGML_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"]


@contextmanager
def running() -> Iterator[Browser]:
    """A browser for a session of tests; skips where there is none, fails where CI says that there is one."""
    found = os.environ.get(GIVEN) or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no Chromium: install it (apt-get install chromium), or let {GIVEN} name one"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


class Watch:
    """What pages of a context did that they should not: errors, violated policies, requests to elsewhere, dialogs."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """url: the only place that may be asked."""
        self.found: list[str] = []
        self._host, self._expected = urlsplit(url).netloc, set[str]()
        context.on("console", self._told)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("dialog", self._opened)

    def expect(self, status: int) -> None:
        """A page that is answered with this status is no fault."""
        self._expected.add(f"status of {status}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(expected in message.text for expected in self._expected):
            self.found.append(f"console: {message.text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._host:
            self.found.append(f"request: {url}")

    def _opened(self, dialog: Dialog) -> None:
        self.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@contextmanager
def looking(browser: Browser, url: str, **options: object) -> Iterator[tuple[Page, Watch]]:
    """A page of its own, without cookies, that begins nowhere; paths are of the service at `url`."""
    context = browser.new_context(base_url=url, **options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    watch = Watch(context, url)
    try:
        yield context.new_page(), watch
    finally:
        context.close()
