"""A real browser in front of the site."""

import os
from typing import Any
from unittest import skipIf

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.test import tag

from tests.support import browser


@tag("browser")
@skipIf(browser.missing(), f"no browser: {browser.missing()}")
class Browsing(StaticLiveServerTestCase):
    """One Chromium for the tests of a class; ``complaints`` are what its console says of a page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Playwright keeps an event loop in this thread.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        cls.chromium = cls.enterClassContext(browser.chromium())

    def page(self, **options: Any) -> Any:
        """A page of a browser without a history; what it complains of goes to `complaints`."""
        context = self.chromium.new_context(**options)
        self.addCleanup(context.close)
        page = context.new_page()
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: self.complaints.append(f"{message.text} {message.location['url']}"),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def visit(self, page: Any, address: str) -> Any:
        """The page at an address of this site; the answer to the request for it."""
        return page.goto(self.live_server_url + address)
