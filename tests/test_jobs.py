"""What a child does is what its functions do: each job here beside the same job in a child.

It is here, too, that the lines of the children are measured: a child that is ended keeps no record.
"""

import json
import tempfile
import warnings
from pathlib import Path
from unittest import TestCase

from posts.deriving import limits, worker
from posts.deriving.pool import Pool
from tests.cast import DIGEST
from tests.test_pictures import drawn

KINDS = [
    *((name, 1, orientation) for name in ("JPEG", "PNG", "WEBP") for orientation in (1, 6)),
    *((name, 3, 1) for name in ("PNG", "GIF", "WEBP", "AVIF")),
    ("GIF", 1, 1),
    ("AVIF", 1, 1),
]
DELIVERY = {
    "posts": [
        {"filename": "2026-03-05-a.md", "front_matter": {"title": "一", "n": [1, {"b": None}]}},
        {"filename": "2026-03-06-b.md", "front_matter": {"title": 7}, "content": "正文\n"},
        {"filename": 3, "front_matter": [], "content": None},
        "no post",
    ]
}


class Jobs(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = Pool(size=1)
        cls.addClassCleanup(cls.pool.close)
        cls.pictures = {kind: drawn(*kind) for kind in KINDS}

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def in_a_child(self, name: str, *arguments):
        """As the worker says it, so that both can be compared."""
        child = self.pool._free_child()
        try:
            [(state, value, _tired)] = child.ask(name, limits.PICTURE, [arguments], 60)
            return state, value
        finally:
            self.pool.free.append(child)

    def assert_same(self, name: str, *arguments):
        here, there = worker._answer(name, arguments), self.in_a_child(name, *arguments)
        self.assertEqual(repr(here), repr(there))
        return here

    def clean(self, data: bytes):
        """(state, what was written) here and in a child."""
        source = self.folder / "source"
        source.write_bytes(data)
        found = []
        for ask in (
            lambda *a: worker._answer("cleaned", a),
            lambda *a: self.in_a_child("cleaned", *a),
        ):
            target = self.folder / "target"
            target.unlink(missing_ok=True)
            state, value = ask(str(source), str(target))
            found.append((state, repr(value), target.read_bytes() if state == "ok" else b""))
        return found

    def test_every_picture(self):
        for name, data in self.pictures.items():
            with self.subTest(str(name)):
                here, there = self.clean(data)
                self.assertEqual(here[0], "ok", here[1])
                self.assertEqual(here, there)

    def test_pictures_that_were_cut_or_spoilt(self):
        """Wherever a picture ends or is wrong, it is cleaned or refused; nothing else happens."""
        self.enterContext(warnings.catch_warnings(action="ignore"))
        source, target = self.folder / "source", self.folder / "target"
        for kind, data in self.pictures.items():
            if kind[0] == "AVIF":  # whose decoder may crash: only a child should find out
                continue
            for part in range(1, 20):
                at = len(data) * part // 20
                for broken in (data[:at], data[:at] + b"\xff\x00\x7f\xff" + data[at + 4 :]):
                    source.write_bytes(broken)
                    state, value = worker._answer("cleaned", (str(source), str(target)))
                    self.assertIn(state, ("ok", "worded"), (kind, part, value))

    def test_documents(self):
        for text in (
            DIGEST,
            "",
            "---\na: [\n---\n",
            "+++\ntitle = 'x'\n+++\n",
            '{"title": "x"}\n\nb',
        ):
            self.assert_same("read", text)
            self.assert_same("why_no_post", text, "a.md")
            self.assert_same("derive", text, "2026-03-05-a.md", "UTC")
            self.assert_same("patched", text, {"title": "新"}, None)

    def test_comparisons(self):
        state, lines = self.assert_same("compared", "a\nb\n", "a\nc\n", "old", "new")
        self.assertEqual(state, "ok")
        self.assertIn(("removed", "-b"), lines)
        self.assertIn(("added", "+c"), lines)

    def test_deliveries(self):
        for name, text in {
            "good": json.dumps(DELIVERY),
            "empty": "{}",
            "broken": "{",
            "list": "[1]",
        }.items():
            with self.subTest(name):
                source = self.folder / f"{name}.json"
                source.write_text(text)
                self.assert_same("unpacked", str(source), str(self.folder / "documents"))

    def test_what_a_job_raises_is_said_in_plain_values(self):
        self.assertEqual(worker._answer("derive", ())[0], "overrun")
        self.assertEqual(worker._answer("read", ("---\na: [\n---\n",))[0], "unreadable")
        self.assertEqual(worker._answer("unpacked", ("/nonexistent", "/nonexistent"))[0], "system")
