"""A real browser in front of the site."""

import os

from django.contrib.staticfiles.testing import StaticLiveServerTestCase

from tests.support import browser


class Browsing(StaticLiveServerTestCase):
    """One Chromium for the tests of a class; ``complaints`` are what its console says of a page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
            "1"  # Playwright keeps an event loop in this thread
        )
        from playwright.sync_api import sync_playwright

        cls.playwright = sync_playwright().start()
        cls.chromium = cls.playwright.chromium.launch(
            executable_path=browser.executable(), args=browser.ARGUMENTS
        )

    @classmethod
    def tearDownClass(cls):
        cls.chromium.close()
        cls.playwright.stop()
        super().tearDownClass()

    def page(self, **options):
        context = self.chromium.new_context(**options)
        self.addCleanup(context.close)
        page = context.new_page()
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        return page
