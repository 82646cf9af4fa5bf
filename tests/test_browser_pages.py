"""Every kind of page in a real browser: three languages, both themes, phones and computers."""

import os
import subprocess
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.contrib.staticfiles import finders

from tests.support.paper import OnePaper

AXE, VNU = os.environ.get("TEST_AXE", ""), os.environ.get("TEST_VNU", "")
REQUIRED = bool(os.environ.get("REQUIRE_TOOLS"))
SCREEN, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ZOOMED = {"width": 320, "height": 256}  # a screen of 1280 by 1024 at 400 %
TOO_NEW = ".*animation-timeline.*"  # which browsers have and the checker does not know yet
# All rules of axe that are on by default, best practices among them, and the size of targets.
RUN = "axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"
MOVING = (
    "zh home",
    "zh digest",
    "zh digest's story",
    "zh source",
    "zh found",
    "zh feeds",
    "fa home",
)
# What is wider than the screen, and what is cut or scrolls within it but code, tables and the row
# of sections.
WIDE = """() => {
  const cut = [...document.querySelectorAll("body *")].filter((element) =>
    element.clientWidth && element.scrollWidth > element.clientWidth + 1
    && !["inline", "contents"].includes(getComputedStyle(element).display)
    && getComputedStyle(element).overflowX !== "visible"
    && !element.matches(".sections ul, pre, table, .unseen"));
  return [document.documentElement.scrollWidth, ...cut.map((one) => one.outerHTML.slice(0, 120))];
}"""


class EveryPage(OnePaper):
    @skipUnless(AXE or REQUIRED, "TEST_AXE does not name axe-core")
    def test_axe_finds_nothing_on_any_page_in_any_theme_and_language_on_phone_and_computer(self):
        script, found = Path(AXE).read_text(), {}
        looks = {"zh": ("light", "dark"), "en": ("dark", "light"), "fa": ("light", "dark")}
        page = self.page(viewport=SCREEN)
        for name, address in self.pages.items():
            for size, scheme in zip((SCREEN, PHONE), looks[name[:2]], strict=True):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(size)
                if size is SCREEN:
                    self.visit(page, address)
                    page.evaluate(script)
                for violation in page.evaluate(RUN)["violations"]:
                    nodes = [node["html"][:120] for node in violation["nodes"][:2]]
                    found[name, scheme, size["width"], violation["id"]] = nodes
        self.assertEqual(found, {})

    def test_no_page_is_wider_than_the_screen_or_cuts_anything_at_400_percent_either(self):
        found, page = {}, self.page()
        for name, address in self.pages.items():
            self.visit(page, address)
            for size in (ZOOMED, PHONE, SCREEN):
                page.set_viewport_size(size)
                width, *cut = page.evaluate(WIDE)
                if width > size["width"] or cut:
                    found[name, size["width"]] = width, *cut
        self.assertEqual(found, {})

    def test_no_page_asks_elsewhere_or_says_anything_in_the_console(self):
        page, asked, absent = self.page(viewport=PHONE), set(), []
        page.on("request", lambda request: asked.add(request.url))
        for name, address in self.pages.items():
            if not self.visit(page, address).ok:
                absent.append(self.live_server_url + address)
                self.assertIn(name.split()[1], ("missing", "withdrawn"))
        said = [text for text in self.complaints if not text.endswith(tuple(absent))]
        self.assertEqual(said, [])
        self.assertGreater(len(asked), len(self.pages))
        elsewhere = {url for url in asked if not url.startswith(self.live_server_url + "/")}
        self.assertEqual(elsewhere, set())

    def test_nothing_moves_while_a_page_is_loaded(self):
        moved = """() => new Promise((done) => {
          let sum = 0;
          const add = (list) => list.getEntries().forEach((one) => (sum += one.value));
          new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => setTimeout(() => done(sum), 100));
        })"""
        for size in (PHONE, SCREEN):
            page = self.page(viewport=size)
            for name in MOVING:
                self.visit(page, self.pages[name])
                self.assertEqual(page.evaluate(moved), 0, (name, size))

    @skipUnless(VNU or REQUIRED, "TEST_VNU does not name the HTML checker")
    def test_the_html_checker_finds_no_error_in_pages_and_sheets(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, address in self.pages.items():
                (Path(folder) / f"{name}.html").write_bytes(self.client.get(address).content)
            for sheet in ("site.css", "feed.css", "admin.css"):
                text = Path(finders.find(f"site/{sheet}")).read_text()
                (Path(folder) / sheet).write_text(text)
            checker = ["java", "-Xss4m", "-jar", VNU, "--also-check-css", "--format", "text"]
            checker += ["--filterpattern", TOO_NEW]
            done = subprocess.run([*checker, folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        self.assertIn("No errors found", done.stderr)
