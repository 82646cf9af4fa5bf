"""Readers in a real browser: with a keyboard, without script, on paper, with their own colours."""

from django.test import Client

from tests.support.paper import OnePaper

WEIGHT = 40_000  # bytes of a post and what it needs, compressed, without pictures
# What has the focus, and whether it shows: its outline, and whether it is on the screen.
FOCUS = """() => {
  const focused = document.activeElement, style = getComputedStyle(focused);
  const { width, height, x, y } = focused.getBoundingClientRect();
  const on = width > 0 && height > 0 && x + width > 0 && y + height > 0;
  return [focused === document.body, focused.className, focused.outerHTML.slice(0, 120),
          on && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}"""


class Readers(OnePaper):
    def test_the_address_of_a_post_is_plain_and_script_adds_a_button_that_copies_it(self):
        address = self.pages["zh rich"]
        page = self.page(java_script_enabled=False)
        self.visit(page, address)
        self.assertIn(address, page.inner_text(".share"))
        self.assertEqual(page.locator(".share button").count(), 0)
        page = self.page(permissions=["clipboard-read", "clipboard-write"])
        self.visit(page, address)
        plain = page.locator(".share a").evaluate("link => link.href")
        page.locator(".share button").first.click()
        self.assertEqual(page.evaluate("navigator.clipboard.readText()"), plain)

    def test_each_address_of_a_feed_has_a_button_that_copies_it(self):
        page = self.page(permissions=["clipboard-read", "clipboard-write"])
        self.visit(page, self.pages["zh feeds"])
        row = page.locator("tr:has([data-copy])").last
        row.get_by_role("button").click()
        link = row.locator("a").first.evaluate("link => link.href")
        self.assertEqual(page.evaluate("navigator.clipboard.readText()"), link)

    def test_without_scripts_a_story_its_source_and_another_language_are_found(self):
        page = self.page(java_script_enabled=False)
        self.visit(page, "/")
        page.click(f"main a[href='{self.pages['zh digest']}']")
        page.click(".contents a >> nth=1")
        self.assertIn("#", page.url)
        page.click(".permalink >> nth=0")
        heading = page.inner_text("h1")
        page.click(".sources .host >> nth=0")
        self.assertIn("code.example.org", page.inner_text("h1"))
        self.assertIn(heading, page.inner_text("main"))
        page.click("nav.languages a[lang=en]")
        self.assertEqual(page.get_attribute("html", "lang"), "en")
        self.assertIn("/en/sources/code.example.org/", page.url)

    def test_without_scripts_a_feed_of_ones_own_is_made(self):
        page = self.page(java_script_enabled=False)
        self.visit(page, self.pages["zh feeds"])
        page.fill("#words", "开源")
        page.check("input[name=items][value=stories]")
        page.click(".builder button")
        link = page.locator(".addresses a").first.get_attribute("href")
        self.assertIn("items=stories", link)
        self.assertEqual(self.client.get(link).status_code, 200)

    def test_without_scripts_nothing_is_visible_that_only_they_can_use(self):
        page = self.page(java_script_enabled=False)
        for name, address in self.pages.items():
            self.visit(page, address)
            alone = page.locator("button:not(form button):visible, [role=combobox], [onclick]")
            self.assertEqual(alone.count(), 0, name)

    def test_the_keyboard_reaches_the_text_first_and_every_focus_shows(self):
        page = self.page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        for name in (
            "zh home",
            "zh digest",
            "zh digest's story",
            "zh found",
            "zh feeds",
            "fa home",
        ):
            self.visit(page, self.pages[name])
            page.evaluate("document.activeElement.blur()")  # the search box of the search page
            order, hidden = [], []
            for _step in range(60):
                page.keyboard.press("Tab")
                left, classes, html, is_seen = page.evaluate(FOCUS)
                if left:
                    break
                order.append(classes)
                if not is_seen:
                    hidden.append(html)
            self.assertEqual(hidden, [], name)
            self.assertGreater(len(order), 20, name)
            if name != "zh found":
                self.assertEqual(order[0], "skip", name)
        self.visit(page, self.pages["zh digest"])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        inside = "document.querySelector('main').contains(document.activeElement)"
        self.assertTrue(page.evaluate(inside))

    def test_nothing_glides_for_those_who_want_it_still(self):
        glides = "getComputedStyle(document.documentElement).scrollBehavior"
        for wish, behaviour in (("reduce", "auto"), ("no-preference", "smooth")):
            page = self.page(reduced_motion=wish)
            self.visit(page, self.pages["zh digest"])
            self.assertEqual(page.evaluate(glides), behaviour)

    def test_with_colours_of_ones_own_the_current_section_still_differs(self):
        page = self.page(forced_colors="active")
        self.visit(page, self.pages["zh category"])
        line = "getComputedStyle(document.querySelector('.sections {}')).textDecorationLine"
        self.assertEqual(page.evaluate(line.format("[aria-current]")), "underline")
        self.assertEqual(page.evaluate(line.format("a:not([aria-current])")), "none")

    def test_on_paper_the_addresses_of_sources_stand_and_the_ways_around_do_not(self):
        page = self.page()
        self.visit(page, self.pages["zh rich"])
        page.emulate_media(media="print")
        after = "link => getComputedStyle(link, '::after').content"
        printed = page.locator(".source-line a[href='https://a.example/1']").evaluate(after)
        self.assertIn("https://a.example/1", printed)
        hidden = ".sections, .tools, .skip, .neighbours, .share button, .colophon ul"
        for part in hidden.split(", "):
            found = page.locator(part)
            self.assertFalse(found.count() and found.first.is_visible(), part)
        for part in (".post h1", ".share a"):
            self.assertTrue(page.locator(part).is_visible(), part)
        self.visit(page, self.pages["zh rich's story"])
        printed = page.locator(".sources a[rel=noopener]").first.evaluate(after)
        self.assertIn("https://a.example/1", printed)

    def test_a_post_is_four_requests_and_forty_kilobytes_without_pictures(self):
        page, asked = self.page(), []
        page.on("request", lambda request: asked.append((request.resource_type, request.url)))
        self.visit(page, self.pages["zh digest"])
        page.wait_for_load_state("networkidle")
        icon = page.get_attribute("link[rel=icon]", "href")
        own = [url for kind, url in asked if kind not in ("image", "other") or icon in url]
        own = {*own, self.live_server_url + icon}  # asked for by browsers with a window alone
        self.assertLessEqual(len(own), 4, asked)
        self.assertLessEqual(sum(map(self.weight, own)), WEIGHT)

    def weight(self, url: str) -> int:
        """The bytes of one answer as browsers ask for it."""
        path = url.removeprefix(self.live_server_url)
        answer = Client().get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.assertIn("Content-Encoding", answer, url)
        return len(body)
