"""The words of a query are marked in titles and excerpts as a reader would mark them."""

from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content.analysis import width
from posts.content.passages import LEAD_IN, PASSAGE, Marker, plain


def marked(text: str, *words: str) -> str:
    pieces = Marker(words).marked(text)
    return "".join(f"[{one}]" if is_marked else one for one, is_marked in pieces)


def passage(text: str, *words: str) -> str:
    pieces = Marker(words).passage(text)
    return "".join(f"[{one}]" if is_marked else one for one, is_marked in pieces)


class Marks(TestCase):
    def test_a_run_of_chinese_is_marked_whole_and_its_pairs_are_not(self):
        self.assertEqual(marked("云计算与计算机", "云计算"), "[云计算]与计算机")
        self.assertEqual(marked("算云计算云", "云计算"), "算[云计算]云")
        self.assertEqual(marked("云上的云", "云"), "[云]上的[云]")

    def test_a_latin_word_is_marked_whole_in_any_case_and_width(self):
        self.assertEqual(marked("ＯｐｅｎＡＩ与openai", "OPENAI"), "[ＯｐｅｎＡＩ]与[openai]")
        self.assertEqual(marked("Cloudy clouds, cloud.", "cloud"), "Cloudy clouds, [cloud].")
        self.assertEqual(marked("AI数据中心和AIDS", "ai"), "[AI]数据中心和AIDS")

    def test_signs_and_spaces_between_the_words_of_a_phrase_may_be_others(self):
        self.assertEqual(marked("云计算 AI 投资", "云计算AI"), "[云计算 AI] 投资")
        self.assertEqual(marked("state, of the art", "state of the art"), "[state, of the art]")

    def test_of_two_that_overlap_the_longer_is_marked(self):
        self.assertEqual(marked("云计算平台", "计算", "云计算"), "[云计算]平台")

    def test_what_is_nothing_but_signs_marks_nothing(self):
        self.assertEqual(marked("a (b) *", "((", "*", ".+"), "a (b) *")
        self.assertEqual(marked("a.b axb", "a.b"), "[a.b] axb")


class Passages(TestCase):
    FILLER = "这里说的是另外一件事情。" * 30

    def test_the_passage_is_where_most_of_the_words_stand(self):
        text = f"{self.FILLER}灯塔旧了。{self.FILLER}灯塔的灯由渡船运来。{self.FILLER}"
        found = passage(text, "灯塔", "渡船")
        self.assertIn("[灯塔]的灯由[渡船]运来。", found)
        self.assertLessEqual(width(plain([(found, False)])), PASSAGE + 8)

    def test_it_begins_with_a_sentence_if_one_begins_near(self):
        found = passage(f"{self.FILLER}港口的灯塔旧了。{self.FILLER}", "灯塔")
        self.assertTrue(found.startswith("这里说的是"), found[:20])
        self.assertTrue(found.endswith("…"))

    def test_a_text_without_them_shows_its_beginning(self):
        self.assertEqual(passage("港口。", "灯塔"), "港口。")
        self.assertTrue(passage(self.FILLER, "灯塔").startswith("这里说的是"))

    def test_no_latin_word_is_cut(self):
        text = "unremarkable sentence fragments without any stop " * 30 + "lighthouse keeper " * 20
        found = passage(text, "keeper").replace("[", "").replace("]", "").strip("…").split()
        self.assertLessEqual(set(found), set(text.split()))

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=600), st.lists(st.text(min_size=1, max_size=5), max_size=4))
    def test_nothing_is_added_to_a_text_and_nothing_lost_where_it_is_short(self, text, words):
        marker = Marker(words)
        self.assertEqual(plain(marker.marked(text)), text)
        found = plain(marker.passage(text)).strip("…")
        self.assertIn(found, " ".join(text.split()))
        self.assertLessEqual(width(found), PASSAGE)
        self.assertLess(LEAD_IN, PASSAGE)
