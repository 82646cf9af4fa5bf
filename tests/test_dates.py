"""Dates in the shapes of real folders."""

import contextlib
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import (
    dates,
    metadata,
)
from posts.content.frontmatter import read
from posts.content.problems import Unreadable
from tests.test_metadata import meta


class Dates(TestCase):
    def test_every_shape_gives_the_date_as_its_author_wrote_it(self):
        for text, iso in {
            "2026-01-31": "2026-01-31",
            "2026-1-3": "2026-01-03",
            "2026/01/31": "2026-01-31",
            "20260131": "2026-01-31",
            "2026年1月31日": "2026-01-31",
            "Jan 31, 2026": "2026-01-31",
            "31 January 2026": "2026-01-31",
            "31-01-2026": "2026-01-31",
            "11-26-2024": "2024-11-26",
            "2026-01-31 10:00": "2026-01-31T10:00:00",
            "2026-01-31 10:00:00 +0800": "2026-01-31T10:00:00+08:00",
            "2026-01-31T10:00:00Z": "2026-01-31T10:00:00Z",
            "2026-01-31 10:00:00 +8": "2026-01-31T10:00:00+08:00",
            "2013-10-04T11:11:43.123456789Z": "2013-10-04T11:11:43.123456Z",
            "Fri, 31 Jan 2026 10:00:00 GMT": "2026-01-31T10:00:00Z",
            "1769853600": "2026-01-31T10:00:00Z",
        }.items():
            with self.subTest(text=text):
                self.assertEqual(dates.parse(text).iso, iso)

    def test_what_is_no_date_says_so(self):
        for text in ("Last Modified", "2026-02-30", "31-31-2026", "tomorrow", "9999"):
            with self.subTest(text=text), self.assertRaises(dates.BadDate):
                dates.parse(text)
        with self.assertRaises(dates.BadDate):
            dates.parse("0001-01-01 00:00:00 +1400").to_utc("UTC")

    def test_a_named_zone_counts_and_an_ambiguous_one_is_reported(self):
        self.assertEqual(dates.parse("2026-01-31 10:00 Asia/Tokyo").to_utc("UTC").hour, 1)
        self.assertEqual(dates.parse("2026-01-31 10:00 CST").odd, "CST")
        self.assertEqual(
            [p.code for p in meta("date: 2026-01-31 10:00 CST").problems], ["odd-date"]
        )

    def test_a_time_with_a_zone_is_the_time_that_its_author_wrote(self):
        for text, hour, zone in [
            ("14:30 America/New_York", 14, "America/New_York"),
            ("14:30 America/Argentina/Buenos_Aires", 14, "America/Argentina/Buenos_Aires"),
            ("14:30 America/Port-au-Prince", 14, "America/Port-au-Prince"),
            ("14:30 Pacific/Auckland", 14, "Pacific/Auckland"),
            ("14:30 Asia/Shanghai", 14, "Asia/Shanghai"),
            ("2:30 pm America/New_York", 14, "America/New_York"),
            ("12:30 a.m. Asia/Tokyo", 0, "Asia/Tokyo"),
            ("14:30[Europe/Paris]", 14, "Europe/Paris"),
            ("14:30+01:00[Europe/Paris]", 14, "+01:00"),
            ("14:30:00 +0800 CST", 14, "+08:00"),
            ("14:30:00 GMT+0800 (China Standard Time)", 14, "+08:00"),
            ("14:30 UTC-5", 14, "-05:00"),
            ("14:30 PM", 14, ""),
            ("14:30 AM", 14, ""),
        ]:
            with self.subTest(text=text):
                written = dates.parse(f"2026-01-31T{text}")
                self.assertEqual((written.clock.hour, written.zone, written.odd), (hour, zone, ""))

    def test_an_abbreviation_never_makes_it_morning(self):
        for text, hour, odd in [
            ("2:30 PM EST", 14, "EST"),
            ("14:30 AMT", 14, "AMT"),
            ("14:30 PMST", 14, "PMST"),
            ("14:30 AEST", 14, "AEST"),
            ("14:30 Nowhere/Land", 14, "Nowhere/Land"),
        ]:
            with self.subTest(text=text):
                written = dates.parse(f"2026-01-31 {text}")
                self.assertEqual((written.clock.hour, written.zone, written.odd), (hour, "", odd))

    def test_clocks_of_many_writers(self):
        for text in (
            "2026年1月31日 下午2:30",
            "2026年1月31日14时30分",
            "2026年1月31日14:30",
            "January 31, 2026, 2:30 pm",
            "January 31, 2026 at 2:30pm",
            "31 Jan 2026 14:30",
            "2026-01-31t14:30",
        ):
            with self.subTest(text=text):
                self.assertEqual(dates.parse(text).iso, "2026-01-31T14:30:00")

    @settings(max_examples=400)
    @given(
        st.lists(
            st.sampled_from(
                [
                    "2026",
                    "-",
                    "01",
                    "31",
                    " ",
                    "T",
                    "14",
                    ":",
                    "30",
                    "00",
                    ".",
                    "5",
                    "年",
                    "月",
                    "日",
                ]
                + ["下午", "AM", "pm", "Z", "+", "0800", "[", "]", "(", "Jan", "CST", "/", "Asia"]
                + ["Asia/Tokyo", "America/Argentina", "UTC", ",", "٣", "²", "0"]
            ),
            max_size=16,
        ).map("".join)
    )
    def test_any_text_is_a_date_or_is_refused(self, text):
        with contextlib.suppress(dates.BadDate):
            written = dates.parse(text)
            self.assertTrue(written.iso.startswith(f"{written.day.year:04}-"))
            written.to_utc("Asia/Shanghai")

    def test_zolas_path_is_a_date_and_an_address(self):
        found = metadata.read(
            read('+++\npath = "2025/06/26/Rust-1.88.0"\ntitle = "x"\n+++\n'),
            "content/Rust-1.88.0.md",
        )
        self.assertEqual((found.date.iso, found.slug), ("2025-06-26", "rust-1-88-0"))
        self.assertEqual(found.status, "published")
        self.assertIn("/2025/06/26/Rust-1.88.0/", found.written_addresses)
        blog = meta("path: blog/2025/06/title", "content/title.md")
        self.assertEqual((blog.date, blog.slug), (None, "title"))
        self.assertEqual(blog.written_addresses, ["/blog/2025/06/title/"])
        self.assertEqual(meta("path: /blog/2025/6/3/a/", "x.md").date.iso, "2025-06-03")
        self.assertEqual(meta("path: _posts", "x.md").written_addresses, [])

    def test_the_file_name_dates_a_post_and_a_difference_is_reported(self):
        self.assertEqual(meta("title: a").date.iso, "2026-01-31")
        self.assertEqual([p.code for p in meta("date: 2026-02-01").problems], ["date-differs"])
        with self.assertRaises(Unreadable) as raised:
            meta("title: a\ndate: 2026-02-30")
        self.assertEqual(
            (raised.exception.problem.line, raised.exception.problem.code), (3, "bad-date")
        )
