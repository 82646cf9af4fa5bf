"""Two texts line by line: as difflib where that is quick, always right, and always an answer."""

import difflib
import random
from unittest import TestCase, mock

from posts.content import comparing


def changed(lines: list[str], chosen: random.Random, kinds: int) -> list[str]:
    lines = list(lines)
    for _ in range(chosen.randrange(6)):
        if lines and chosen.random() < 0.5:
            del lines[chosen.randrange(len(lines))]
        else:
            lines.insert(chosen.randrange(len(lines) + 1), str(chosen.randrange(kinds)))
    return lines


class Comparing(TestCase):
    def test_texts_of_few_equal_lines_are_compared_as_by_difflib(self):
        chosen = random.Random(1)
        for _ in range(100):
            old = [str(chosen.randrange(10_000)) for _ in range(chosen.randrange(40))]
            new = changed(old, chosen, 10_000)
            wanted = list(difflib.unified_diff(old, new, "#1", "#2", lineterm=""))
            found = [
                line for _kind, line in comparing.rows("\n".join(old), "\n".join(new), "#1", "#2")
            ]
            self.assertEqual(found, wanted)

    def test_runs_are_equal_in_order_and_apart_whatever_the_bound(self):
        chosen = random.Random(2)
        for pairs in (0, 5, 300_000):
            with mock.patch.object(comparing, "PAIRS", pairs):
                for _ in range(200):
                    kinds = chosen.choice((2, 5, 30))
                    old = [str(chosen.randrange(kinds)) for _ in range(chosen.randrange(40))]
                    new = changed(old, chosen, kinds)
                    at = (0, 0)
                    for i, j, length in comparing.matching(old, new):
                        self.assertEqual(old[i : i + length], new[j : j + length])
                        self.assertTrue(i >= at[0] and j >= at[1] and length > 0)
                        at = (i + length, j + length)

    def test_lines_that_are_alike_by_the_thousand_are_never_given_to_difflib(self):
        texts = ["\n".join(str(n * step % 150) for n in range(90_000)) for step in (7, 11)]
        made = mock.patch.object(difflib, "SequenceMatcher", side_effect=AssertionError)
        with made:
            runs = comparing.matching(*(text.split("\n") for text in texts))
        self.assertEqual(runs, [(0, 0, 1)])

    def test_lines_that_stand_once_part_a_text_of_equal_lines(self):
        old = [line for n in range(300) for line in (f"title {n}", *["same"] * 40)]
        new = [line for line in old if line != "title 150"]
        rows = comparing.rows("\n".join(old), "\n".join(new), "#1", "#2")
        self.assertEqual([line for kind, line in rows[2:] if kind == "removed"], ["-title 150"])
        self.assertEqual([line for kind, line in rows[2:] if kind == "added"], [])

    def test_equal_texts_have_no_rows(self):
        self.assertEqual(comparing.rows("a\nb", "a\nb", "#1", "#2"), [])
