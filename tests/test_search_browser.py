"""The search in a real browser: suggestions by keyboard and mouse, and the same without script."""

from tests.cast import save
from tests.support.browsing import Browsing

BOX = ".tools input[name=q]"
ROWS = ".tools [role=option]"


class Suggestions(Browsing):
    def opened(self, path: str = "/", **options):
        save()
        page = self.page(locale="zh-CN", **options)
        page.goto(self.live_server_url + path)
        return page

    def test_the_keyboard_reaches_the_box_the_rows_and_a_page(self):
        page = self.opened()
        page.keyboard.press("/")
        self.assertEqual(page.evaluate("document.activeElement.name"), "q")
        page.keyboard.type("港")
        page.wait_for_selector(ROWS)
        box = page.locator(BOX)
        self.assertEqual(box.get_attribute("aria-expanded"), "true")
        page.keyboard.press("ArrowDown")
        chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
        self.assertEqual(chosen.get_attribute("aria-selected"), "true")
        page.keyboard.press("Escape")
        self.assertEqual(box.get_attribute("aria-expanded"), "false")
        self.assertEqual(box.input_value(), "港")
        page.keyboard.type("口")
        page.wait_for_selector(ROWS)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/tags/**")
        self.assertIn("港口", page.inner_text("h1"))
        self.assertEqual([one for one in self.complaints if "Security" in one], [])

    def test_a_row_is_clicked_and_what_was_typed_is_searched(self):
        page = self.opened()
        page.fill(BOX, "harb")
        page.click(ROWS)
        page.wait_for_url("**/sources/harbour.example/")
        page.fill(BOX, "灯塔")
        page.press(BOX, "Enter")
        page.wait_for_url("**/search/?q=*")
        self.assertEqual(page.inner_text(".result mark >> nth=0"), "灯塔")

    def test_an_input_method_is_left_alone(self):
        page = self.opened()
        page.focus(BOX)
        page.evaluate(
            """box => {
                const keys = { bubbles: true, cancelable: true, isComposing: true };
                box.value = "gang";
                box.dispatchEvent(new CompositionEvent("compositionstart"));
                box.dispatchEvent(new InputEvent("input", keys));
                const enter = new KeyboardEvent("keydown", { key: "Enter", ...keys });
                window.left = box.dispatchEvent(enter);
            }""",
            page.query_selector(BOX),
        )
        page.wait_for_timeout(400)
        self.assertTrue(page.evaluate("window.left"))
        self.assertEqual(page.locator(ROWS).count(), 0)

    def test_the_slash_is_a_letter_where_somebody_writes(self):
        page = self.opened("/search/")
        page.fill("main input[name=q]", "a")
        page.press("main input[name=q]", "/")
        self.assertEqual(page.input_value("main input[name=q]"), "a/")

    def test_without_script_the_search_is_the_same(self):
        page = self.opened(java_script_enabled=False)
        page.fill(BOX, "灯塔")
        page.press(BOX, "Enter")
        self.assertEqual(page.inner_text(".result mark >> nth=0"), "灯塔")
        page.goto(f"{self.live_server_url}/search/?q=灯塔+tag:ai")
        page.click(".active a")
        self.assertEqual(page.input_value("main input[name=q]"), "灯塔")
