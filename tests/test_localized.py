"""Dates, numbers and names as each frame writes them."""

from datetime import UTC, date, datetime, timedelta

from django.test import SimpleTestCase, override_settings

from posts.public import jalali, localized, naming
from posts.public.rows import PostRow

WEDNESDAY = date(2026, 9, 30)
LATER, NEXT_YEAR = date(2026, 11, 24), date(2027, 1, 2)
NOWRUZ = {  # years that began on the 20th, the 21st and the 22nd
    1300: date(1921, 3, 21),
    1342: date(1963, 3, 21),
    1343: date(1964, 3, 21),
    1354: date(1975, 3, 21),
    1375: date(1996, 3, 20),
    1376: date(1997, 3, 21),
    1399: date(2020, 3, 20),
    1400: date(2021, 3, 21),
    1403: date(2024, 3, 20),
    1404: date(2025, 3, 21),
    1405: date(2026, 3, 21),
    1408: date(2029, 3, 20),
}


class Dates(SimpleTestCase):
    def test_a_whole_date_is_written_one_way_in_each_language(self):
        html = '<time datetime="2026-09-30">{}</time>'
        for language, text in (
            ("zh-hans", "2026年9月30日"),
            ("en", "30 September 2026"),
            ("fa", "۸ مهر ۱۴۰۵"),
        ):
            self.assertEqual(localized.day(WEDNESDAY, language), html.format(text))
            self.assertEqual(localized.day_text(WEDNESDAY, language), text)

    def test_the_year_is_left_out_beside_a_date_of_the_same_year(self):
        for language, within, rule in (
            ("zh-hans", "9月30日", "9月30日 周三"),
            ("en", "30 September", "Wednesday 30 September"),
            ("fa", "۸ مهر", "چهارشنبه ۸ مهر"),
        ):
            self.assertIn(f">{within}<", localized.day_short(WEDNESDAY, language, LATER))
            self.assertIn(f">{rule}<", localized.day_rule(WEDNESDAY, language, LATER))
        self.assertIn(">2026年9月30日<", localized.day_short(WEDNESDAY, "zh-hans", NEXT_YEAR))
        self.assertIn(">2026年9月30日 周三<", localized.day_rule(WEDNESDAY, "zh-hans", None))
        self.assertIn(">30 September 2026<", localized.day_rule(WEDNESDAY, "en", NEXT_YEAR))

    def test_a_persian_year_ends_in_march(self):
        self.assertIn(">۸ مهر<", localized.day_short(WEDNESDAY, "fa", NEXT_YEAR))
        self.assertIn(">۸ مهر ۱۴۰۵<", localized.day_short(WEDNESDAY, "fa", date(2027, 3, 21)))

    def test_months_and_years_of_the_archive_are_gregorian_in_every_language(self):
        for language, month, short, year in (
            ("zh-hans", "2026年9月", "9月", "2026年"),
            ("en", "September 2026", "September", "2026"),
            ("fa", "سپتامبر ۲۰۲۶", "سپتامبر", "۲۰۲۶"),
        ):
            self.assertEqual(localized.month(WEDNESDAY, language), month)
            self.assertEqual(localized.month_short(WEDNESDAY, language), short)
            self.assertEqual(localized.year(2026, language), year)

    def test_times_stand_in_the_site_s_zone(self):
        time = datetime(2026, 9, 30, 6, 2, tzinfo=UTC)
        with override_settings(TIME_ZONE="Asia/Shanghai"):
            for language, text in (
                ("zh-hans", "2026年9月30日 14:02"),
                ("en", "30 September 2026, 14:02"),
                ("fa", "۸ مهر ۱۴۰۵، ساعت ۱۴:۰۲"),
            ):
                html = f'<time datetime="2026-09-30T14:02:00+08:00">{text}</time>'
                self.assertEqual(localized.day_and_time(time, language), html)

    def test_the_persian_calendar_agrees_with_known_new_years(self):
        for year, day in NOWRUZ.items():
            self.assertEqual(jalali.from_gregorian(day), (year, 1, 1))
            before = jalali.from_gregorian(day - timedelta(days=1))
            self.assertEqual(before[:2], (year - 1, 12))

    def test_every_day_of_a_cycle_follows_the_one_before(self):
        first = NOWRUZ[1399].toordinal()
        before = jalali.from_gregorian(date.fromordinal(first - 1))
        for ordinal in range(first, first + jalali.CYCLE_DAYS):
            found = jalali.from_gregorian(date.fromordinal(ordinal))
            if found.day == 1:
                self.assertIn(before.day, (29, 30, 31))
                following = (before.year + before.month // 12, before.month % 12 + 1, 1)
            else:
                following = (before.year, before.month, before.day + 1)
            self.assertEqual(found, following)
            before = found

    def test_an_unknown_language_gets_the_site_s_way(self):
        with override_settings(SITE_LANGUAGE="zh-hans"):
            self.assertEqual(localized.day_text(WEDNESDAY, "ja"), "2026年9月30日")


class Numbers(SimpleTestCase):
    def test_counts_have_the_digits_of_the_frame(self):
        self.assertEqual(localized.number(1180, "zh-hans"), "1,180")
        self.assertEqual(localized.number(1180, "fa"), "۱٬۱۸۰")


class Names(SimpleTestCase):
    def test_a_name_in_the_letters_of_another_language_says_so(self):
        han, persian = ' lang="zh-Hans"', ' lang="fa" dir="rtl"'
        for name, frame, html in (
            ("云原生", "zh-hans", ""),
            ("云原生", "en", han),
            ("AI 芯片", "fa", f'{han} dir="ltr"'),
            ("Oracle", "fa", ""),
            ("Oracle", "zh-hans", ""),
            ("پایتخت", "zh-hans", persian),
            ("پایتخت", "fa", ""),
            ("الجزيرة", "en", ' lang="ar" dir="rtl"'),
            ("日本の話", "zh-hans", ' lang="ja"'),
            ("서울", "en", ' lang="ko"'),
            ("🚀", "en", ""),
            ("Ünal", "fa", ""),
        ):
            self.assertEqual(naming.namelang(name, frame), html, (name, frame))

    def test_words_of_the_frame_inside_a_post_of_another_language_say_so(self):
        post = PostRow(*[None] * 14)
        post.language, post.rtl = "fa", True
        self.assertEqual(naming.framelang("fa", post), "")
        self.assertEqual(naming.framelang("zh-hans", post), ' lang="zh-Hans" dir="ltr"')
