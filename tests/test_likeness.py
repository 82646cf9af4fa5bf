"""Which story continues which, within a bound."""

import random
from unittest import TestCase, mock

from posts.content import likeness
from posts.content.likeness import KnownStory, matched

WORDS = "港口 灯塔 渡船 潮水 航线 harbour lamp ferry north wind tide rope sail mast".split()


def story(slug: str, text: str, *pages: str) -> KnownStory:
    return KnownStory(slug, frozenset(pages), text)


def texts(count: int, seed: int = 1) -> list[str]:
    chosen = random.Random(seed)
    return [
        " ".join(chosen.choice(WORDS) + str(chosen.randrange(900)) for _ in range(60))
        for _ in range(count)
    ]


def edited(text: str, seed: int) -> str:
    words, chosen = text.split(" "), random.Random(seed)
    for _ in range(len(words) // 8):
        words[chosen.randrange(len(words))] = "changed"
    return " ".join(words)


class Matching(TestCase):
    def test_slugs_come_first_then_pages_then_texts(self):
        old = [story("a", "one"), story("b", "two", "x.example/1"), story("c", texts(1)[0])]
        new = [
            story("d", edited(texts(1)[0], 2)),
            story("e", "anything", "x.example/1", "x.example/2"),
            story("a", "something else"),
            story("f", "a wholly new thing of its own"),
        ]
        self.assertEqual(matched(old, new), [2, 1, 0, None])

    def test_each_old_story_is_continued_once(self):
        old = [story("a", "same words here", "p"), story("b", "same words here", "p")]
        new = [story(f"n{n}", "same words here", "p") for n in range(3)]
        self.assertEqual(matched(old, new), [0, 1, None])

    def test_a_short_headline_with_one_word_changed_is_still_the_same(self):
        old = [story("a", "渡船改走北线。"), story("b", "灯塔换灯了。")]
        self.assertEqual(matched(old, [story("n", "渡船改走南线。")]), [0])
        self.assertEqual(matched(old, [story("n", "市场今天休息。")]), [None])

    def test_shuffled_and_edited_stories_are_found(self):
        many = texts(200)
        order = list(range(200))
        random.Random(3).shuffle(order)
        old = [story(f"o{n}", text) for n, text in enumerate(many)]
        new = [story(f"n{n}", edited(many[n], n)) for n in order]
        self.assertEqual(matched(old, new), order)

    def test_stories_that_share_all_their_words_keep_their_order(self):
        old = [story(f"o{n}", "the same notice again " * 20) for n in range(100)]
        new = [story(f"n{n}", "the same notice again " * 20) for n in range(100)]
        self.assertEqual(matched(old, new), list(range(100)))


class Bound(TestCase):
    def compared(self, old: list[str], new: list[str]) -> int:
        with mock.patch.object(likeness, "likeness", wraps=likeness.likeness) as compared:
            matched(
                [story(f"o{n}", text) for n, text in enumerate(old)],
                [story(f"n{n}", text) for n, text in enumerate(new)],
            )
        return compared.call_count

    def test_five_hundred_changed_stories_take_a_few_comparisons_each(self):
        old = texts(500)
        for new in (texts(500, seed=2), [edited(text, n) for n, text in enumerate(old)], old[::-1]):
            self.assertLessEqual(self.compared(old, new), 500 * likeness.CANDIDATES)

    def test_hostile_stories_take_no_more(self):
        for text in ("a" * 600, "", "ab" * 300, "　" * 600):
            many = [text + str(n % 7) for n in range(500)]
            self.assertLessEqual(self.compared(many, many[::-1]), 500 * likeness.CANDIDATES)

    def test_a_list_without_end_is_compared_up_to_a_point(self):
        many = [f"{n} x" for n in range(likeness.MOST + 500)]
        self.assertLessEqual(self.compared(many, many), likeness.MOST * likeness.CANDIDATES)
        sums = mock.patch.object(likeness, "_sketch", wraps=likeness._sketch)
        with sums as sketched:
            self.compared(many, many)
        self.assertLessEqual(sketched.call_count, 2 * likeness.MOST)
