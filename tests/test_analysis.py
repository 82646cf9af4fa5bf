"""What is said of a rendered text: words, reading time, excerpts."""

from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import analysis
from posts.content.derive import derive
from tests.test_rendering import html


class Analysis(TestCase):
    def test_texts_are_cut_behind_a_sentence_or_a_word(self):
        short = analysis.shortened
        self.assertEqual(short("alpha beta gamma delta", 17), "alpha beta gamma…")
        self.assertEqual(short("One two three. Four five six", 20), "One two three.")
        self.assertEqual(short("it costs 3.5 and more", 12), "it costs…")
        self.assertEqual(short("他们说“很好。”然后走了很远很远的路", 20), "他们说“很好。”")
        self.assertEqual(short("中文里有很多的词Kubernetes与别的", 22), "中文里有很多的词…")
        self.assertEqual(short("आज। कल का समाचार पत्र और", 5), "आज।")
        self.assertEqual(short("x" * 50, 11), "x" * 10 + "…")

    @settings(max_examples=300, deadline=None)
    @given(st.text("ab c。.中文é\u0301-"), st.integers(5, 40))
    def test_a_shortened_text_is_no_wider_and_ends_between_words(self, text, limit):
        whole = " ".join(text.split())
        short = analysis.shortened(text, limit)
        self.assertLessEqual(analysis.width(short), max(limit, 0))
        if short != whole:
            kept = short.removesuffix("…")
            self.assertTrue(whole.startswith(kept))
            self.assertTrue(short.endswith(("…", "。", ".")))

    def test_excerpts_and_words_are_read_from_tags_alone(self):
        text = html("`</p><p>` is code\n\n```\nnot this\n```\n\nsecond")
        self.assertEqual(analysis.excerpt(text), "</p><p> is code second")
        self.assertEqual(analysis.plain_text(html("a<br>b `<br>`")), "a\nb <br>")

    def test_a_story_knows_its_reading_time(self):
        body = "## News\n\n### A\n\n" + "word " * 660 + "\n\n### B\n\nshort\n"
        derived = derive(f"---\ntitle: t\ndigest: true\n---\n{body}", "_posts/2026-01-01-a.md")
        self.assertEqual([story.minutes for story in derived.stories], [3, 1])

    def test_words_of_mixed_text(self):
        self.assertEqual(sum(analysis.counts("Oracle 股价 fell 3.5%, isn't it")), 7)
        self.assertEqual(analysis.reading_minutes(*analysis.counts("字" * 1200)), 3)
        self.assertEqual(analysis.reading_minutes(*analysis.counts("")), 1)

    def test_excerpts_end_well(self):
        self.assertEqual(analysis.excerpt("<p>短。</p>"), "短。")
        self.assertLessEqual(analysis.width(analysis.shortened("很长的句子" * 100)), 302)
        self.assertEqual(
            derive("---\ntitle: t\n---\n前面 **粗**\n\n<!--more-->\n\n后面", "a.md").excerpt,
            "前面 粗",
        )
        self.assertEqual(derive("---\ntitle: t\nexcerpt: 摘要\n---\n正文", "a.md").excerpt, "摘要")

    def test_direction(self):
        self.assertTrue(analysis.is_rtl("سلام دنیا hello"))
        self.assertFalse(analysis.is_rtl("hello سلام world again"))
