"""How pages look in a real browser: measure, type by language, nothing that jumps, few bytes."""

import gzip
from unittest import skipIf

from django.test import tag

from posts.models import Category, Image
from tests.cast import digest, plain, save
from tests.support import browser
from tests.support.browsing import Browsing

CHINESE = "维护是看不见的创新，今天的三条新闻都是为了让明天没有新闻。" * 8
ENGLISH = "Maintenance is the innovation that nobody sees, and nobody is meant to. " * 8
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
EMS = """(selector) => {
  const paragraph = document.querySelector(selector), style = getComputedStyle(paragraph);
  return paragraph.getBoundingClientRect().width / parseFloat(style.fontSize);
}"""
MOST_BYTES, MOST_REQUESTS = 40_000, 4


@tag("browser")
@skipIf(browser.missing(), f"no browser: {browser.missing()}")
class Look(Browsing):
    def at(self, address: str, width: int = 1280):
        page = self.page(viewport={"width": width, "height": 800})
        page.add_init_script(SHIFTS)
        page.goto(self.live_server_url + address)
        return page

    def test_a_line_holds_as_many_letters_as_the_language_reads_well(self):
        chinese = save(plain("一", "2026-03-05", CHINESE), "_posts/a.md")
        english = save(plain("One", "2026-03-04", ENGLISH, lang="en"), "_posts/b.md")
        self.assertTrue(34 <= self.at(chinese.address).evaluate(EMS, ".text p") <= 40)
        # A letter of Latin type is about half as wide as its size.
        self.assertTrue(30 <= self.at(english.address).evaluate(EMS, ".text p") <= 35)
        lists = self.at("/2026/03/")
        self.assertLessEqual(lists.evaluate(EMS, ".excerpt[lang|='zh'], [lang|='zh'] .excerpt"), 40)

    def test_chinese_is_set_as_chinese_and_english_as_english(self):
        body = "正文 *强调* 文字"
        chinese = save(plain("甲乙丙丁，戊己", "2026-03-05", body), "_posts/a.md")
        english = save(plain("One", "2026-03-04", "Text *stressed* here", lang="en"), "_posts/b.md")
        style = "(what) => getComputedStyle(document.querySelector(what[0]))[what[1]]"
        for post, slant, wrap in ((chinese, "normal", "pretty"), (english, "italic", "balance")):
            page = self.at(post.address)
            self.assertEqual(page.evaluate(style, [".text em", "fontStyle"]), slant)
            self.assertEqual(page.evaluate(style, ["h1", "textWrapStyle"]), wrap)
            fonts = page.evaluate(style, [".text p", "fontFamily"])
            first_is_chinese = fonts.startswith(('"PingFang', "PingFang"))
            self.assertEqual(first_is_chinese, slant == "normal", fonts)
        self.assertEqual(self.at(chinese.address).locator("h1 .clause").count(), 2)

    def test_a_phone_has_one_row_of_sections_that_scrolls_however_many_there_are(self):
        for number in range(30):
            save(
                plain("x", "2026-03-05", categories=f"[很长的栏目名称{number}]"),
                f"_posts/{number}.md",
            )
        page = self.at("/", 390)
        row = page.locator(".sections ul")
        self.assertLess(row.bounding_box()["height"], 60)
        self.assertTrue(row.evaluate("(row) => row.scrollWidth > row.clientWidth"))
        self.assertEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        wide = self.at("/").locator(".sections ul")
        self.assertFalse(wide.evaluate("(row) => row.scrollWidth > row.clientWidth"))
        self.assertEqual(Category.objects.count(), 30)

    def test_nothing_moves_while_a_page_loads_and_a_post_is_light(self):
        Image.objects.create(
            path="img/a.png", file="images/aa/a.png", origin="x", width=1200, height=800, size=1,
            content_type="image/png",
        )  # fmt: skip
        post = save(digest(image="/img/a.png"))
        for address in ("/", post.address, "/tags/ai/", "/sources/", "/archive/"):
            page = self.at(address)
            page.wait_for_load_state("networkidle")
            self.assertEqual(page.evaluate("window.shifted"), 0, address)
        page, answers = self.page(), []
        page.on("response", lambda response: answers.append(response))
        page.goto(self.live_server_url + post.address)
        page.wait_for_load_state("networkidle")
        own = [one for one in answers if "/media/" not in one.url]
        self.assertLessEqual(len(own), MOST_REQUESTS, [one.url for one in own])
        self.assertEqual([one.url for one in own if self.live_server_url not in one.url], [])
        weight = sum(len(gzip.compress(one.body())) for one in own)
        self.assertLessEqual(weight, MOST_BYTES)

    def test_the_first_key_leads_past_the_masthead(self):
        save()
        page = self.at("/")
        page.keyboard.press("Tab")
        box = page.locator(".skip").bounding_box()
        self.assertGreaterEqual(box["x"], 0)
        page.keyboard.press("Enter")
        self.assertTrue(page.url.endswith("#content"))

    def test_printed_sources_have_their_addresses(self):
        post = save()
        page = self.at(post.address)
        after = """getComputedStyle(document.querySelector(
          ".source-line a[href^='http']"), "::after").content"""
        self.assertEqual(page.evaluate(after), "none")
        page.emulate_media(media="print")
        self.assertIn("https://www.harbour.example/a", page.evaluate(after))
        self.assertFalse(page.locator(".sections").is_visible())
