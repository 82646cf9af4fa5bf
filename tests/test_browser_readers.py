"""Readers in a real browser: with a keyboard, without script, on paper, with their own colours."""

from tests.cast import save
from tests.support.browsing import Browsing


class Readers(Browsing):
    def test_the_address_of_a_post_is_plain_and_script_adds_a_button_that_copies_it(self):
        address = self.live_server_url + save().address
        page = self.page(java_script_enabled=False)
        page.goto(address)
        self.assertIn("/2026/03/05/port/", page.inner_text(".share"))
        self.assertEqual(page.locator(".share button").count(), 0)
        page = self.page(permissions=["clipboard-read", "clipboard-write"])
        page.goto(address)
        plain = page.locator(".share a").evaluate("link => link.href")
        page.locator(".share button").first.click()
        self.assertEqual(page.evaluate("navigator.clipboard.readText()"), plain)
