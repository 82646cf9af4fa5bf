"""Chromium for the browser tests, where there is one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """Debian's Chromium or whatever ``TEST_CHROMIUM`` names."""
    return (
        os.environ.get("TEST_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def missing() -> str:
    """Why there can be no browser test; empty if there can."""
    if executable() is None:
        return "no Chromium was found (Debian's package is called chromium)"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "the test requirements are not installed"
    return ""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that runs until the context ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()
