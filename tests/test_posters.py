"""The pictures with which pages are shared: drawn once, right in every script, gone with posts."""

import io
import shutil
import tempfile
import threading
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase, TestCase, override_settings
from PIL import Image

from posts.content import bidi, wrapping
from posts.content.analysis import width
from posts.deriving import drawing, lettering, pool
from posts.deriving.limits import Overrun
from posts.deriving.poster import Poster
from posts.models import Post, Site, Tag
from posts.public import posters
from posts.publishing.sites import save_site
from tests.cast import digest, plain, save
from tests.support.structured import Page, path

CHINESE = Poster(
    "科技日报：二十年前的日期函数终于被改写，没有人发现任何变化",
    "Newsroom",
    "科技",
    "2026年9月28日",
    ("wsj.com", "bloomberg.com"),
)
PERSIAN = Poster("بانک مرکزی نرخ بهره را ۲۵ واحد کاهش داد", "بندر", "اقتصاد", "", (), True)


def opened(made: bytes) -> Image.Image:
    return Image.open(io.BytesIO(made), formats=["PNG"])


def ink(made: bytes) -> tuple[int, int, int, int]:
    """The box of what is drawn between the lines above and below the headline."""
    between = opened(made).convert("L").crop((0, drawing.TOP + 10, 1200, drawing.BOTTOM - 1))
    box = between.point(lambda value: 255 if value < 200 else 0).getbbox()
    assert box is not None
    return box


class Wrapping(SimpleTestCase):
    def lines(self, text: str, room: int, most: int = 9) -> list[str]:
        return wrapping.lines(text, width, room, most)

    def test_lines_end_behind_punctuation_first(self):
        self.assertEqual(
            self.lines("科技日报：一行代码的二十年，没有人发现任何变化", 22),
            ["科技日报：", "一行代码的二十年，", "没有人发现任何变化"],
        )

    def test_no_latin_word_is_cut_and_no_mark_begins_a_line(self):
        text = "“云计算”时代：AWS、Azure 与 Google Cloud 的 12% 增长（下）"
        for room in range(12, 60):
            lines = self.lines(text, room)
            self.assertEqual("".join(lines).replace(" ", ""), text.replace(" ", ""))
            for line in lines:
                self.assertNotIn(line[0], "，。、：；！？）》」』】”’%")
                self.assertNotIn(line[-1], "（《「“‘")
            words = " ".join(lines).replace("、", " ").replace("：", " ").split()
            self.assertLessEqual(
                {"Google", "Cloud", "12%"} - {one.strip("的") for one in words}, set()
            )

    def test_a_word_without_end_is_cut_and_a_text_without_end_too(self):
        lines = self.lines("a" * 500, 20, 3)
        self.assertEqual(len(lines), 3)
        self.assertTrue(all(width(line) <= 20 for line in lines))
        self.assertTrue(lines[-1].endswith("…"))

    def test_nothing_is_one_line_of_nothing(self):
        self.assertEqual(self.lines("", 20), [])


class Scripts(SimpleTestCase):
    def test_arabic_letters_join(self):
        self.assertEqual(bidi.shaped("سلام"), "\ufeb3\ufefc\ufee1")
        self.assertEqual(bidi.shaped("می\u200cشود"), "\ufee3\ufbfd\ufeb7\ufeee\ufea9")
        self.assertEqual(bidi.shaped("abc"), "abc")

    def test_numbers_and_latin_words_stand_within_a_line_from_right_to_left(self):
        drawn = "".join(bidi.visual("بازار 2026 (Oracle) الف", True))
        self.assertLess(drawn.index("(Oracle)"), drawn.index("2026"))

    def test_a_line_from_left_to_right_stays_as_it_is(self):
        text = "Oracle 与 OpenAI（2026）"
        self.assertEqual("".join(bidi.visual(text, False)), text)

    def test_what_no_font_can_draw_is_left_out_or_marked(self):
        self.assertEqual(lettering.plain("a\x00\x07\u202eb\u200b c\ufeff🚀"), "ab c")
        self.assertEqual(lettering.plain("Z̸̡̢̧a̴l̵g̷o̸"), "Zalgo")
        self.assertTrue(lettering.is_drawable("云计算 Größe Москва Ελλάδα سلام"))
        self.assertFalse(lettering.is_drawable("\u1780\u1781\u1782\u1783"))

    def test_our_own_fonts_have_all_of_gb2312(self):
        with mock.patch.object(lettering, "FACES", lettering.FACES[: len(lettering.OWN)]):
            for row in range(0xB0, 0xF8, 3):
                text = bytes(b for cell in range(0xA1, 0xFF) for b in (row, cell)).decode(
                    "gb2312", "ignore"
                )
                lacking = [char for char in text if not lettering._has(0, char)]
                self.assertEqual(lacking, [])


class Drawing(SimpleTestCase):
    def test_a_picture_is_as_large_as_sites_want_it_and_light(self):
        made = drawing.drawn(CHINESE)
        self.assertEqual(opened(made).size, (1200, 630))
        self.assertLess(len(made), 60_000)
        left, top, right, _bottom = ink(made)
        self.assertGreater(right - left, 600)
        self.assertGreaterEqual(left, drawing.MARGIN - 8)
        self.assertLessEqual(right, 1200 - drawing.MARGIN + 8)

    def test_a_headline_from_right_to_left_begins_at_the_right(self):
        left, _top, right, _bottom = ink(drawing.drawn(PERSIAN))
        self.assertGreater(left, drawing.MARGIN + 100)
        self.assertGreater(right, 1200 - drawing.MARGIN - 20)

    def test_a_headline_is_a_little_smaller_where_that_cuts_no_word(self):
        for title, expected in {
            "科技日报：电池回收的第二条生命线": ["科技日报：", "电池回收的第二条生命线"],
            "开源维护者发起“休息周”": ["开源维护者发起", "“休息周”"],
            "老年人": ["老年人"],
            CHINESE.title: ["科技日报：二十年前的", "日期函数终于被改写，", "没有人发现任何变化"],
        }.items():
            self.assertEqual(drawing._largest(title, 300)[1], expected)

    def test_no_headline_leaves_its_room(self):
        for title in ("长" * 500, "a" * 500, "ab " * 200, "x", "（" * 90, "，" * 90, "\u0301" * 99):
            made = drawing.drawn(CHINESE._replace(title=title))
            left, _top, right, bottom = ink(made)
            self.assertLessEqual(right, 1200 - drawing.MARGIN + 8, title[:3])
            self.assertLess(bottom, drawing.BOTTOM - drawing.TOP - 10, title[:3])

    def test_a_picture_is_named_by_all_that_stands_on_it(self):
        others = [
            CHINESE._replace(**{name: value})
            for name, value in {
                "title": "x", "site": "x", "section": "x", "date": "x", "marks": (), "rtl": True,
            }.items()
        ]  # fmt: skip
        self.assertEqual(len({one.version for one in [CHINESE, *others]}), 7)

    def test_a_child_draws_it_within_its_limits(self):
        self.assertEqual(pool.posters.drawn(CHINESE), drawing.drawn(CHINESE))


class InFiles(SimpleTestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.drawn: list[Poster] = []

    def draw(self, poster: Poster) -> bytes:
        self.drawn.append(poster)
        return poster.title.encode() or b"own"

    def test_a_hundred_askers_have_one_picture_drawn_and_nobody_waits_in_a_row(self):
        started, go_on = threading.Event(), threading.Event()

        def slow(poster: Poster) -> bytes:
            started.set()
            go_on.wait(5)
            return self.draw(poster)

        files, found = posters.Files(self.folder, slow), []
        threads = [
            threading.Thread(target=lambda: found.append(files.picture(CHINESE)))
            for _asker in range(100)
        ]
        threads[0].start()
        started.wait(5)
        for thread in threads[1:]:
            thread.start()
        for thread in threads[2:]:
            thread.join(0.01)
        go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.drawn), 1)
        self.assertEqual(len([one for one in found if one]), posters.AT_ONCE)
        self.assertEqual(len([one for one in found if one is None]), 100 - posters.AT_ONCE)
        self.assertTrue(files.picture(CHINESE))

    def test_a_headline_that_cannot_be_drawn_costs_itself(self):
        def fails(poster: Poster) -> bytes:
            if poster.title:
                raise Overrun("slow")
            return self.draw(poster)

        self.assertEqual(posters.Files(self.folder, fails).picture(CHINESE), b"own")

    def test_a_full_disk_keeps_nothing_and_leaves_no_half_file(self):
        files = posters.Files(self.folder, self.draw)
        with mock.patch("os.replace", side_effect=OSError(28, "full")):
            self.assertTrue(files.picture(CHINESE))
        self.assertEqual([one for one in self.folder.iterdir() if one.suffix != ".lock"], [])

    def test_the_oldest_go_when_there_are_many(self):
        files = posters.Files(self.folder, self.draw)
        with mock.patch.multiple(posters, MOST=20, KEPT=10, PRUNED_AFTER=5):
            for number in range(60):
                files.picture(CHINESE._replace(title=str(number)))
        kept = list(self.folder.glob("*.png"))
        self.assertLessEqual(len(kept), 25)
        self.assertIn(self.folder / f"{CHINESE._replace(title='59').version}.png", kept)

    def test_an_empty_file_is_drawn_again(self):
        files = posters.Files(self.folder, self.draw)
        (self.folder / f"{CHINESE.version}.png").touch()
        self.assertTrue(files.picture(CHINESE))


class OnPages(TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.enterContext(override_settings(CARDS_ROOT=Path(folder)))

    def card(self, address: str) -> str:
        """The address of a page's picture."""
        return path(Page(self.client.get(address).content.decode()).meta("og:image"))

    def addresses(self) -> list[str]:
        post = save()
        save(plain("سلام", "2026-03-04", lang="fa"), "_posts/2026-03-04-fa.md")
        story = f"{post.address}{post.stories.first().slug}/"
        labels = [
            "/tags/ai/",
            "/categories/tech/",
            "/authors/港口编辑部/",
            "/sources/ferry.example/",
        ]
        return [post.address, story, *labels, "/", "/fa/", "/archive/", "/2026/", "/feeds/"]

    def test_the_picture_of_every_page_is_there(self):
        seen = set()
        for address in self.addresses():
            card = self.card(address)
            response = self.client.get(card)
            self.assertEqual((response.status_code, response["Content-Type"]), (200, "image/png"))
            self.assertEqual(opened(response.content).size, (1200, 630))
            self.assertNotIn("Content-Encoding", response)
            seen.add(card)
            etag = {"If-None-Match": response["ETag"]}
            self.assertEqual(self.client.get(card, headers=etag).status_code, 304)
        self.assertEqual(len(seen), 7)

    def test_the_version_in_the_address_is_that_of_what_is_drawn(self):
        drawn: list[Poster] = []
        addresses = self.addresses()
        cards = [self.card(address) for address in addresses]
        with mock.patch.object(
            posters.Files, "picture", lambda _self, one: drawn.append(one) or b"x"
        ):
            for card in cards:
                self.client.get(card)
        self.assertEqual(
            [card.partition("?v=")[2] for card in cards], [one.version for one in drawn]
        )

    def test_another_title_section_name_or_date_makes_another_address(self):
        post = save()
        known = [self.card(post.address)]
        save(digest(title="改了题"))
        known.append(self.card(post.address))
        Post.objects.get().categories.update(name="科技")
        known.append(self.card(post.address))
        save_site(Site(name="港口日报"))
        known.append(self.card(post.address))
        self.assertEqual(len(set(known)), 4)

    def test_what_readers_cannot_see_has_no_picture(self):
        post = save()
        story = f"{post.address}{post.stories.first().slug}/"
        cards = [self.card(one) for one in (post.address, story, "/tags/ai/")]
        self.assertEqual([self.client.get(one).status_code for one in cards], [200] * 3)
        save(digest(published="false"))
        self.assertEqual([self.client.get(one).status_code for one in cards], [410, 410, 404])
        draft = save(digest(title="草稿", draft="true"), "_posts/2026-03-05-draft.md")
        self.assertEqual(self.client.get(f"{draft.address}card.png").status_code, 404)

    def test_a_label_without_posts_has_none(self):
        Tag.objects.create(name="空", slug="空")
        self.assertEqual(self.client.get("/tags/空/card.png").status_code, 404)

    def test_who_asks_while_too_many_are_drawn_is_asked_to_come_again(self):
        post = save()
        quiet = self.assertNoLogs("django.request")  # nothing is broken
        with quiet, mock.patch.object(posters.Files, "picture", return_value=None):
            response = self.client.get(f"{post.address}card.png")
        self.assertEqual((response.status_code, response["Retry-After"]), (503, "5"))
        self.assertEqual(response["Cache-Control"], "no-store")
