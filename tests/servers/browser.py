"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import subprocess
from typing import Self

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.servers.process import Missing

# Quiet: a test's browser talks to the page under test and to nobody else.
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    """`page()` opens a page in a fresh context: no cookies of an earlier test."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: PlaywrightBrowser | None = None

    def start(self) -> None:
        """Start the browser. Raises `Missing` without one, or without Chinese fonts."""
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        if path is None:
            raise Missing("Chromium is not installed (Debian: apt-get install chromium).")
        fonts = shutil.which("fc-list")
        command = [fonts or "fc-list", ":lang=zh-cn"]
        if fonts is None or not subprocess.run(command, capture_output=True, check=False).stdout:
            raise Missing("no Chinese font is installed (Debian: apt-get install fonts-noto-cjk).")
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=path, args=_FLAGS)

    def page(self, *, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        """A page in its own context, in Chinese and on Beijing time."""
        if self._browser is None:
            raise RuntimeError("the browser is not started")
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
        )
        return context.new_page()

    def stop(self) -> None:
        if self._browser is not None:
            self._browser.close()
            self._browser = None
        if self._playwright is not None:
            self._playwright.stop()
            self._playwright = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
