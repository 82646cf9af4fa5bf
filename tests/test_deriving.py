"""Hostile documents hold a child process, and that not for long."""

import time
from unittest import TestCase

from django.test import tag

from posts.content.problems import Unreadable
from posts.deriving.pool import Pool

LIMIT = 3.0
SHAPES = {
    "brackets": "[" * 1_000_000,
    "images": "![" * 10_000,
    "half links": "[a](b" * 5_000,
    "quotes": ">" * 20_000,
    "quoted lines": ("> " * 500 + "a\n") * 20,
    "bold": "**a" * 10_000,
    "tags": "<a " * 10_000,
    "comments": "<!--" * 5_000,
    "divs": "<div>" * 50_000,
    "wide table": "|"
    + "a|" * 5_000
    + "\n|"
    + "-|" * 5_000
    + "\n"
    + ("|" + "a|" * 5_000 + "\n") * 5,
    "nested lists": "\n".join("  " * n + "- a" for n in range(500)),
    "steps": "\n".join(" " * (n % 40) + "- x" for n in range(10_000)),
    "abbreviations": "\n".join(f"*[A{n}]: x" for n in range(2_000)) + "\n\n" + "A1 " * 2_000,
    "backticks": " ".join("`" * n for n in range(1, 300)),
    "emphasis": "*_" * 10_000,
    "liquid": "{%a {{" * 10_000,
    "footnotes": "[^1]: a\n" * 5_000,
    "headings": "### x\n" * 5_000,
    "sources": "   " * 3_000 + "**Source",
    "front matter": "",
}


@tag("slow")
class HostileDocuments(TestCase):
    def test_nothing_is_slower_than_the_limit_and_the_process_lives(self):
        pool = Pool(size=1, time_limit=LIMIT)
        self.addCleanup(pool.close)
        refused = []
        for name, body in SHAPES.items():
            text = (
                f"---\ntitle: t\n---\n{body}"
                if name != "front matter"
                else "---\na: " + "[" * 100_000
            )
            began = time.monotonic()
            try:
                pool.derive(text, "a.md", "UTC")
            except Unreadable as error:
                refused.append(error.problem.code)
            # Not a benchmark: the watchdog fires at LIMIT; without it these shapes take minutes.
            self.assertLess(time.monotonic() - began, LIMIT + 20, name)
        self.assertIn("too-slow", refused)
        self.assertEqual(pool.derive("---\ntitle: t\n---\nfine", "a.md", "UTC").html, "<p>fine</p>")

    def test_a_child_that_was_killed_is_replaced(self):
        pool = Pool(size=1)
        self.addCleanup(pool.close)
        pool.derive("a", "2026-01-01-a.md", "UTC")
        child = pool.free.get()
        child.process.kill()
        child.process.wait()
        pool.free.put(child)
        self.assertEqual(pool.derive("b", "2026-01-01-a.md", "UTC").html, "<p>b</p>")

    def test_a_document_too_long_is_refused_unread(self):
        with self.assertRaises(Unreadable) as raised:
            Pool().derive("a" * 2_000_001, "a.md", "UTC")
        self.assertEqual(raised.exception.problem.code, "too-large")
