"""Pages of labels and dates: figures, charts, what a label comes with; indexes; the archive."""

from datetime import date
from unittest import mock
from urllib.parse import quote
from xml.etree import ElementTree

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from posts import publishing
from posts.content import initials
from posts.models import Category, Source, Tag
from posts.public import archives, charts, counts, indexes
from posts.public.counts import Number
from tests.cast import digest, later, plain, save

TWO = "### 一\n\n文。\n\n**Source:** [A](https://one.example/a)\n\n### 二\n\n文。\n\n**Source:** [B](https://one.example/b)\n"


def tagged(day: str, tags: str, number: int = 0, **more: str):
    return save(
        plain(f"n{day}{number}", day, tags=f"[{tags}]", **more), f"_posts/{day}-n{number}.md"
    )


class Charts(SimpleTestCase):
    def months(self, *years: int) -> dict[date, Number]:
        return {date(year, month, 1): Number(month) for year in years for month in range(1, 13)}

    def test_bars_are_months_then_quarters_then_years_and_never_too_many(self):
        for years, first in (
            ((2026,), "2026年1月"),
            ((2001, 2026), "2001年1月–3月"),
            ((1960, 2026), "1960年"),
            ((1904, 2026), "1900年–1909年"),
        ):
            with self.subTest(years=years):
                found = charts.chart(self.months(*years))
                self.assertLessEqual(len(found.bars), charts.MOST_BARS)
                self.assertEqual(sum(bar.number for bar in found.bars), 78 * len(years))
                self.assertEqual(found.bars[0].name("zh-hans"), first)

    def test_the_path_has_a_bar_for_each_time_that_has_any(self):
        months = {date(2026, 1, 1): Number(4), date(2026, 4, 1): Number(1)}
        found = charts.chart(months)
        self.assertEqual(len(found.bars), 4)
        self.assertEqual(found.path, "M1 48v-48h21v48zM73 48v-12h21v12z")
        self.assertEqual((found.most.first, found.most.number), (date(2026, 1, 1), 4))

    def test_there_is_no_chart_of_nothing_to_compare(self):
        self.assertIsNone(charts.chart({}))
        self.assertIsNone(charts.chart({date(2026, 1, 1): Number(5)}))

    def test_a_few_months_are_drawn_by_week_and_a_few_weeks_by_day(self):
        days = [date(2026, 10, 13), date(2026, 11, 24), date(2026, 11, 24)]
        weeks = charts.short(days)
        self.assertEqual([bar.number for bar in weeks.bars], [1, 0, 0, 0, 0, 0, 2])
        self.assertEqual(weeks.bars[0].first, date(2026, 10, 12))  # a Monday
        self.assertEqual(weeks.bars[0].name("zh-hans"), "2026年10月12日–10月18日")
        self.assertEqual(weeks.end("en"), "29 November 2026")
        self.assertEqual(len(charts.short([date(2026, 11, 3), date(2026, 11, 24)]).bars), 22)
        self.assertIsNone(charts.short([date(2026, 1, 3), date(2026, 5, 3)]))
        self.assertIsNone(charts.short(days[1:]))

    def test_days_have_five_steps_and_few_posts_stay_pale(self):
        self.assertEqual([charts.heat(n, 5) for n in (0, 1, 5)], ["", "heat1", "heat5"])
        self.assertEqual(charts.heat(1, 1), "heat1")
        self.assertEqual(
            [charts.heat(n, 100) for n in (1, 20, 21, 100)], ["heat1", "heat1", "heat2", "heat5"]
        )

    def test_a_month_begins_in_the_column_of_its_first_day(self):
        days = {date(2026, 11, 2): Number(3)}
        (month,) = charts.calendars(days, {date(2026, 11, 1): Number(3)})
        self.assertEqual((month.start, len(month.cells)), ("from7", 30))  # a Sunday
        self.assertEqual(month.cells[1], (date(2026, 11, 2), 3, "heat3"))


class Initials(SimpleTestCase):
    def test_names_stand_under_the_letter_that_readers_look_them_up_by(self):
        for name, letter in {
            "人工智能": "R", "雲計算": "Y", "重庆": "C", "重点": "Z", "长江": "C", "厦门": "X",
            "ai": "A", "ＡＩ": "A", "éclair": "E", ".NET": "N", "《红楼梦》": "H", "5G": "#",
            "😀": "#",
            "سلام": "س", "كتاب": "ک", "한국": "ㅎ", "ガス": "か", "Москва": "М",
        }.items():  # fmt: skip
            self.assertEqual(initials.initial(name), letter, name)

    def test_within_a_letter_chinese_is_ordered_by_sound(self):
        names = ["空客", "开源", "科技", "Kafka", "kubernetes"]
        ordered = sorted(names, key=lambda name: initials.sort_key(name, name))
        self.assertEqual(ordered, ["Kafka", "开源", "科技", "空客", "kubernetes"])


class Labels(TestCase):
    def text(self, address: str) -> str:
        response = self.client.get(address)
        self.assertEqual(response.status_code, 200, address)
        return response.content.decode()

    def test_a_source_has_its_host_four_figures_and_its_stories_with_excerpts(self):
        for month in (1, 2, 6):
            save(digest(date=f"2026-0{month}-05"), f"_posts/2026-0{month}-05-port.md")
        Source.objects.filter(host="ferry.example").update(name="渡报")
        text = self.text("/sources/ferry.example/")
        self.assertInHTML('<h1><bdi dir="ltr">ferry.example</bdi></h1>', text)
        self.assertIn("渡报", text)
        figures = text[text.index('<dl class="figures">') : text.index("</dl>")]
        self.assertEqual(figures.count("<dd>3</dd>"), 2)
        self.assertIn('datetime="2026-01-05"', figures)
        self.assertIn('datetime="2026-06-05"', figures)
        self.assertEqual(text.count("渡船改走北线。"), 3)
        self.assertIn('href="/tags/ai/"', text)

    def test_a_drawing_is_described_and_its_numbers_stand_as_text(self):
        for month in (1, 2, 6):
            tagged(f"2026-0{month}-05", "港口")
        text = self.text(f"/tags/{quote('港口')}/")
        svg = text[text.index("<svg") : text.index("</svg>") + 6]
        self.assertEqual(ElementTree.fromstring(svg).get("role"), "img")
        self.assertIn("2026年1月", ElementTree.fromstring(svg).get("aria-label"))
        table = ElementTree.fromstring(text[text.index("<table>") : text.index("</table>") + 8])
        rows = [[cell.text for cell in row] for row in table.iter("tr")]
        self.assertEqual(rows, [["2026年6月", "1"], ["2026年2月", "1"], ["2026年1月", "1"]])
        self.assertNotIn("style=", text)

    def test_the_tags_of_most_common_posts_stand_first(self):
        tagged("2026-01-01", "a, b, c")
        tagged("2026-01-02", "a, c")
        tagged("2026-01-03", "b")
        facts = counts.of_label("tag", Tag.objects.get(slug="a").pk)
        self.assertEqual([tag.slug for tag in facts.tags], ["c", "b"])

    def test_pages_further_back_have_the_list_alone(self):
        for number in range(1, 25):
            tagged(f"2026-{number % 12 + 1:02}-05", "港口, b", number)
        first = self.text(f"/tags/{quote('港口')}/")
        cursor = first.split('rel="next" href="?before=')[1].split('"')[0]
        further = self.text(f"/tags/{quote('港口')}/?before={cursor}")
        self.assertIn("<svg", first)
        self.assertNotIn("<svg", further)
        self.assertNotIn('class="also"', further)

    def test_what_is_held_back_is_not_counted_anywhere(self):
        tagged("2026-01-01", "t")
        tagged("2099-01-01", "t, secret")
        tagged("2026-01-02", "t, gone", expiryDate="2026-01-03")
        tagged("2026-01-04", "t, short", expiryDate="2098-01-03")
        text = self.text("/tags/t/")
        self.assertIn("2 ", text[text.index('class="count"') :][:30])
        self.assertNotIn("secret", text)
        self.assertNotIn("gone", text)
        index = self.text("/tags/")
        self.assertInHTML('<li><a href="/tags/t/"><bdi>t</bdi></a> <span>2</span></li>', index)
        self.assertNotIn("secret", index)
        self.assertNotIn("2099", self.text("/archive/"))
        with later(days=365 * 80):
            text = self.text("/tags/t/")
            self.assertIn("2 ", text[text.index('class="count"') :][:30])
            self.assertIn("2099", self.text("/archive/"))

    def test_counts_know_a_language(self):
        tagged("2026-01-01", "t")
        tagged("2026-01-02", "t", lang="en")
        facts = [
            counts.of_label("tag", Tag.objects.get().pk, one).posts for one in ("", "en", "fr")
        ]
        self.assertEqual(facts, [2, 1, 0])
        self.assertIn("<span>1</span>", self.text("/en/tags/"))

    def test_lists_keep_to_their_queries(self):
        save()
        for address in ("/tags/ai/", "/sources/ferry.example/", "/2026/", "/2026/03/", "/tags/",
                        "/categories/", "/archive/", "/tags/ai/rss.xml"):  # fmt: skip
            self.text(address)
            with CaptureQueriesContext(connection) as queries:
                self.text(address)
            self.assertLessEqual(len(queries), 5, address)


class Indexes(TestCase):
    def test_the_most_used_stand_first_and_all_follow_by_letter(self):
        tagged("2026-01-01", ", ".join(f"t{n:02}" for n in range(40)) + ", 开源, 人工智能")
        tagged("2026-01-02", "开源, t39")
        tagged("2026-01-03", "开源")
        text = self.client.get("/tags/").content.decode()
        most, rest = text[text.index('class="most"') :].split('class="letters"')
        self.assertEqual(most.count('<li><a href="/tags/'), indexes.MOST)
        self.assertLess(most.index("开源"), most.index("t39"))
        self.assertLess(most.index("t39"), most.index("t00"))
        letters = [part.split("</bdi>")[0] for part in rest.split("<h3><bdi>")[1:]]
        self.assertEqual(letters, ["K", "R", "T"])
        self.assertIn('href="#letter-4b">K</a>', most)
        self.assertEqual(rest.split("</main>")[0].count("<li>"), 42)

    def test_few_need_no_second_list(self):
        tagged("2026-01-01", "a, b")
        text = self.client.get("/tags/").content.decode()
        self.assertIn('class="most"', text)
        self.assertNotIn('class="letters"', text)

    def test_letters_lead_into_a_long_index(self):
        names = [f"{letter}{n}" for letter in "abz" for n in range(5)]
        tagged("2026-01-01", ", ".join([*names, "开源"]))
        indexes._labels.cache_clear()
        self.addCleanup(indexes._labels.cache_clear)
        with mock.patch.object(indexes, "SIZE", 6):
            first = self.client.get("/tags/").content.decode()
            self.assertIn('href="?before=Z">Z</a>', first)
            self.assertIn('href="#letter-41">A</a>', first)
            z = self.client.get("/tags/?before=Z").content.decode()
            self.assertEqual(z.count('href="/tags/z'), 5)
            self.assertNotIn('href="/tags/a', z)
            seen, before = [], ""
            for _page in range(9):
                text = self.client.get(f"/tags/{before}").content.decode()
                list_of_letters = text.split('class="letters"')[1].split("</main>")[0]
                seen += list_of_letters.split('<li><a href="/tags/')[1:]
                if 'rel="next" href="' not in text:
                    break
                before = text.split('<a rel="next" href="')[1].split('"')[0]
            self.assertEqual(len(seen), 16)

    def test_categories_stand_under_the_letter_of_their_name_in_the_language(self):
        more = "".join(f", c{n}" for n in range(15))
        save(
            plain("n", "2026-01-01", categories=f"[科技{more}]", lang="en"),
            "_posts/2026-01-01-n.md",
        )
        Category.objects.filter(name="科技").update(names={"en": "Technology"})
        rest = self.client.get("/en/categories/").content.decode().split('class="letters"')[1]
        self.assertEqual(
            [part.split("</bdi>")[0] for part in rest.split("<h3><bdi>")[1:]], ["C", "T"]
        )

    def test_a_renamed_label_moves_to_its_letter(self):
        tagged("2026-01-01", "开源")
        tag = Tag.objects.get()
        tag.name = "Open source"
        publishing.save_row(tag)
        tag.refresh_from_db()
        self.assertTrue(tag.sort_key.startswith("Oopen source"))


class Archive(TestCase):
    def test_each_day_with_posts_is_a_link_that_says_its_number(self):
        tagged("2026-01-05", "t")
        tagged("2026-01-05", "t", 1)
        text = self.client.get("/archive/").content.decode()
        self.assertIn('class="heat2" href="/2026/01/05/" aria-label="2026年1月5日: 2', text)
        self.assertEqual(text.count('href="/2026/01/'), 2)  # the day and its month
        for address in ("/2026/", "/2026/01/"):
            self.assertContains(self.client.get(address), 'class="heat2" href="/2026/01/05/"')
        self.assertNotContains(self.client.get("/2026/01/05/"), 'class="days"')

    def test_old_years_of_a_large_site_show_their_months_only(self):
        days = {date(year, month, day): Number(1) for year in range(1926, 2026)
                for month in range(1, 13) for day in range(1, 29)}  # fmt: skip
        months = {day.replace(day=1): Number(28) for day in days}
        newest = dict(sorted(days.items())[-counts.DAYS :])
        found = archives.years(counts.Calendar(months, newest))
        self.assertEqual(len(found), 100)
        self.assertEqual([year.number for year in found if year.calendars], [2025, 2024])
        self.assertEqual(found[50].posts, 336)
