"""What a reader types into the search box is taken apart, whatever it is, and never refused."""

from datetime import date
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content.querying import LONGEST, Filter, Part, parse, span

PIECES = [
    "云",
    "云计算",
    "oracle",
    '"',
    "“",
    "”",
    "「",
    "」",
    "-",
    "－",
    ":",
    "：",
    " ",
    "　",
    "tag:",
]
PIECES += ["标签：", "before:", "after:", "2026-01", "lang:", "en", "x:", "\0", "\ud800", "(", "*"]
PIECES += ["AND", "OR", "-tag:ai", "source:", "wsj.com", "c++", ".net", "'", "作者:", "date:2026"]


def words(text: str) -> list[str]:
    return [str(part) for part in parse(text).words]


def filters(text: str) -> list[str]:
    return [str(one) for one in parse(text).filters]


def hints(text: str) -> list[str]:
    return [hint.code for hint in parse(text).hints]


class Words(TestCase):
    def test_words_are_split_at_spaces_of_any_width(self):
        self.assertEqual(words("oracle 云　ＯＰＥＮＡＩ"), ["oracle", "云", "ＯＰＥＮＡＩ"])

    def test_quotation_marks_of_every_kind_make_phrases(self):
        for open_, close in ('""', "“”", "「」", "『』", "《》", "＂＂", "«»"):
            query = parse(f"a{open_}历史性 协议{close}b")
            self.assertEqual(
                query.words, (Part("a"), Part("历史性 协议", phrase=True), Part("b")), open_
            )
            self.assertEqual(query.hints, ())

    def test_a_sign_excludes_a_word_or_a_phrase_and_a_dash_alone_nothing(self):
        self.assertEqual(words("云 -oracle －甲骨文"), ["云", "-oracle", "-甲骨文"])
        self.assertEqual(parse('云 -"a b"').words[1], Part("a b", phrase=True, excluded=True))
        self.assertEqual(words("云 - oracle"), ["云", "oracle"])
        self.assertEqual(words("state-of-the-art"), ["state-of-the-art"])

    def test_a_quotation_mark_without_its_other_is_a_space_and_says_so(self):
        self.assertEqual(words('云 "历史性 协议'), ["云", "历史性", "协议"])
        self.assertEqual(hints('云 "历史性 协议'), ["quote"])

    def test_words_that_other_sites_know_as_operators_are_explained(self):
        self.assertEqual(words("云 OR AI"), ["云", "AI"])
        self.assertEqual(hints("云 OR AI"), ["operator"])
        self.assertEqual(words("or and"), ["or", "and"])

    def test_only_what_is_not_wanted_is_said_to_be_too_little(self):
        self.assertEqual(hints("-云"), ["only-excluded"])
        self.assertEqual(hints("-云 tag:ai"), [])


class Filters(TestCase):
    def test_each_filter_has_an_english_and_a_chinese_name_and_either_colon(self):
        for english, chinese in (
            ("tag", "标签"), ("category", "栏目"), ("source", "来源"), ("author", "作者"),
            ("before", "早于"), ("after", "晚于"), ("date", "日期"), ("lang", "语言"),
        ):  # fmt: skip
            value = "en" if english == "lang" else "2026"
            for name in (english, english.upper(), chinese):
                for colon in ":：":
                    self.assertEqual(filters(f"云 {name}{colon}{value}"), [f"{english}:{value}"])

    def test_values_may_be_quoted_repeated_and_excluded(self):
        text = 'tag:"cloud computing" tag:ai -tag:oracle 作者：“科技 观察”'
        self.assertEqual(
            parse(text).filters,
            (
                Filter("tag", "cloud computing"),
                Filter("tag", "ai"),
                Filter("tag", "oracle", excluded=True),
                Filter("author", "科技 观察"),
            ),
        )
        self.assertEqual(parse(text).words, ())

    def test_an_unknown_filter_is_named_and_searched_as_words(self):
        query = parse("colour:red 云")
        self.assertEqual([(h.code, h.value) for h in query.hints], [("unknown", "colour")])
        self.assertEqual(words("colour:red 云"), ["colour:red", "云"])

    def test_addresses_times_and_chinese_titles_are_no_unknown_filters(self):
        for text in ("https://wsj.com/a", "12:30", "热潮：签署协议", "Re: hello", "std::vector"):
            self.assertEqual([h for h in hints(text) if h != "marks"], [], text)

    def test_a_filter_without_a_value_is_a_word(self):
        self.assertEqual(hints("tag: 云"), ["empty"])
        self.assertEqual(words("tag: 云"), ["tag:", "云"])

    def test_a_date_or_language_that_is_none_is_searched_as_words_with_a_hint(self):
        self.assertEqual((words("after:soon"), hints("after:soon")), (["soon"], ["date"]))
        self.assertEqual(hints("before:2026-13"), ["date"])
        self.assertEqual(hints("lang:klingonisch-fluently"), ["language"])
        self.assertEqual(hints("lang:en lang:fa"), ["second-language"])

    def test_languages_have_names(self):
        self.assertEqual(parse("lang:中文").language, "zh-hans")
        self.assertEqual(parse("语言：English").language, "en")


class Dates(TestCase):
    def test_a_year_a_month_and_a_day_are_spans(self):
        self.assertEqual(span("2026"), (date(2026, 1, 1), date(2027, 1, 1)))
        self.assertEqual(span("2026-12"), (date(2026, 12, 1), date(2027, 1, 1)))
        self.assertEqual(span("2026-1-31"), (date(2026, 1, 31), date(2026, 2, 1)))
        for same in ("2026/01/31", "2026.1.31", "2026年1月31日"):
            self.assertEqual(span(same), span("2026-01-31"))
        self.assertEqual(span("2026年"), span("2026"))
        self.assertEqual(span("9999-12-31"), (date(9999, 12, 31), None))
        for none in ("", "26", "2026-00-01", "2026-02-30", "0000", "20260131", "²⁰²⁶", "-", "a"):
            self.assertIsNone(span(none), none)

    def test_after_includes_its_day_and_before_does_not(self):
        query = parse("after:2026-01 before:2026-02")
        self.assertEqual((query.since, query.until), (date(2026, 1, 1), date(2026, 2, 1)))
        inverse = parse("-before:2026-01 -after:2026-02")
        self.assertEqual((inverse.since, inverse.until), (query.since, query.until))

    def test_several_dates_all_count(self):
        query = parse("date:2026 after:2025 before:2026-03")
        self.assertEqual((query.since, query.until), (date(2026, 1, 1), date(2026, 3, 1)))


class Limits(TestCase):
    def test_what_is_too_long_is_cut_and_the_hint_says_where(self):
        self.assertIn(("long", str(LONGEST)), parse("云" * 1000).hints)
        self.assertIn("long-word", hints("云" * 200))
        self.assertEqual(len(parse("a" * 200).words[0].text), 100)

    def test_more_words_or_filters_than_are_looked_at_are_left_out_with_a_hint(self):
        many = " ".join(f"w{n}" for n in range(40))
        self.assertEqual((len(words(many)), hints(many)), (12, ["many-words"]))
        many = " ".join(f"tag:t{n}" for n in range(30))
        self.assertEqual((len(filters(many)), hints(many)), (10, ["many-filters"]))


class Changing(TestCase):
    def test_a_filter_is_added_and_taken_away(self):
        query = parse("云 tag:ai")
        more = query.with_filter("author", "科技 观察")
        self.assertEqual(str(more), '云 tag:ai author:"科技 观察"')
        self.assertEqual(more.without(Filter("tag", "ai")).words, query.words)
        self.assertEqual(str(parse("date:2025").with_filter("date", "2026")), "date:2026")


class Anything(TestCase):
    @settings(max_examples=500, deadline=None)
    @given(st.one_of(st.text(max_size=400), st.lists(st.sampled_from(PIECES)).map("".join)))
    def test_any_text_is_taken_apart_and_what_it_means_can_be_typed_again(self, text: str):
        query = parse(text)
        again = str(query)
        str(query).encode()  # no surrogate is left
        if len(again) <= LONGEST:
            second = parse(again)
            self.assertEqual((second.words, second.filters), (query.words, query.filters))
        for part in query.words:
            self.assertTrue(any(char.isalnum() for char in part.text))
        self.assertTrue(query.since is None or isinstance(query.since, date))
        self.assertLessEqual(len(query.hints), 80)
