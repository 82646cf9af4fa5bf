"""What an editor is told carries a key and values, and is put into words at the edge."""

import ast
import json
import pickle
import re
from unittest import TestCase, mock

from posts.admin.wording import worded
from posts.content import dates, frontmatter
from posts.content.frontmatter import PatchError, patch
from posts.content.problems import Problem, Unreadable
from posts.content.wording import MESSAGES
from tests.cast import ROOT

RAISED = {"Unreadable", "Problem", "BadDate", "PatchError", "SkipFile", "refuse"}
OPEN = re.compile(r"%\((\w+)\)s")


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def joined(quoted: str) -> str:
    """The text of the quoted lines of a catalogue."""
    return "".join(re.findall(r'"(.*)"', quoted)).replace('\\"', '"')


class Wording(TestCase):
    def calls(self):
        """(where, key, names of the values or None) of everything that is raised or remarked."""
        for path in sorted((ROOT / "posts").rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or called(node) not in RAISED:
                    continue
                keys = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                for key in keys:
                    if isinstance(key, str):
                        names = {keyword.arg for keyword in node.keywords} - {"fatal"}
                        yield (
                            f"{path}:{node.lineno}",
                            key,
                            names if called(node) != "Problem" else None,
                        )

    def test_every_sentence_that_is_raised_is_in_the_catalogue_with_its_values(self):
        count = 0
        for where, key, names in self.calls():
            self.assertIn(key, MESSAGES, where)
            if names is not None:
                self.assertEqual(names, set(OPEN.findall(MESSAGES[key])), where)
            count += 1
        self.assertGreater(count, 40)

    def test_no_sentence_of_the_catalogue_is_unused(self):
        used = {
            node.value
            for path in (ROOT / "posts").rglob("*.py")
            if path.name != "wording.py"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant)
        }
        self.assertEqual(set(MESSAGES) - used, set())

    def test_every_sentence_takes_its_values_and_nothing_else_in_it_is_a_template(self):
        for key, template in MESSAGES.items():
            values = {name: f"<{name}>" for name in OPEN.findall(template)}
            sentence = template % values
            self.assertTrue(all(value in sentence for value in values.values()), key)
            self.assertNotIn("%(", sentence, key)

    def chinese(self) -> dict[str, str]:
        """Each sentence of the interface in Simplified Chinese."""
        text = (ROOT / "posts/locale/zh_Hans/LC_MESSAGES/django.po").read_text()
        entries = re.findall(r'msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', text)
        return {joined(source): joined(translated) for source, translated in entries}

    def test_no_sentence_was_given_the_translation_of_another(self):
        """``makemessages`` takes the translation of what looks alike."""
        sentences = [source for source in self.chinese() if source.count(" ") > 3]
        translated = [self.chinese()[source] for source in sentences]
        twice = [s for s, t in zip(sentences, translated, strict=True) if translated.count(t) > 1]
        self.assertEqual(twice, [])

    def test_every_sentence_is_in_simplified_chinese_with_the_same_values(self):
        known = self.chinese()
        for key, template in MESSAGES.items():
            self.assertIn(template, known, key)
            self.assertEqual(sorted(OPEN.findall(template)), sorted(OPEN.findall(known[template])))

    def test_an_editor_reads_it_in_the_language_of_the_interface(self):
        with self.assertRaises(dates.BadDate) as raised:
            dates.parse("tomorrow")
        with self.assertRaises(Unreadable) as unread:
            frontmatter.read("---\na: [1\n---\n")
        with mock.patch("posts.admin.wording.gettext", lambda text: f"译 {text}"):
            self.assertRegex(worded(raised.exception), "^译 “tomorrow” is not a date")
            self.assertEqual(worded(unread.exception), f"译 {unread.exception.problem.message}")

    def test_a_problem_comes_back_from_the_database_and_from_a_pipe_as_it_was(self):
        problem = Problem(3, "date-differs", {"here": "2026-02-01", "name": "2026-01-31"})
        self.assertEqual(Problem.from_json(json.loads(json.dumps(problem.as_json()))), problem)
        self.assertEqual(pickle.loads(pickle.dumps(problem)), problem)
        self.assertEqual(
            problem.as_dict(),
            {
                "line": 3,
                "code": "date-differs",
                "message": "the date is 2026-02-01 here and 2026-01-31 in the file name; "
                "the one here counts",
            },
        )

    def test_a_problem_that_an_older_version_stored_keeps_its_sentence(self):
        old = Problem.from_json({"line": 2, "code": "odd-date", "message": "100 % odd"})
        self.assertEqual((old.line, old.code, old.message), (2, "odd-date", "100 % odd"))
        gone = Problem.from_json({"line": 2, "key": "gone.entirely", "values": {"x": 1}})
        self.assertEqual((gone.code, gone.message), ("gone", "gone"))

    def test_exceptions_carry_what_the_edge_needs_to_put_them_into_another_language(self):
        with self.assertRaises(dates.BadDate) as raised:
            dates.parse("tomorrow")
        self.assertEqual(
            (raised.exception.code, raised.exception.values), ("bad-date", {"text": "tomorrow"})
        )
        with self.assertRaises(PatchError) as refused:
            patch(frontmatter.read("Title: a\nDate: 2020-01-01\n\nx"), {"title": "b\nc"})
        self.assertEqual(refused.exception.code, "cannot-patch")
        self.assertIn("line break", refused.exception.template)
        with self.assertRaises(Unreadable) as unread:
            frontmatter.read("---\na: [1\nb: 2\n---\n")
        again = Unreadable.of(pickle.loads(pickle.dumps(unread.exception.problem)))
        self.assertEqual(again.problem, unread.exception.problem)
        self.assertEqual(str(again), str(unread.exception))
