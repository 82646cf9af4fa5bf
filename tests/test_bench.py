"""The benchmark's own sums, tables and charts, on results that are made up; nothing is measured."""

import xml.etree.ElementTree as ElementTree
from unittest import TestCase

from bench import RESULTS, charts, measures, processes, report, tables
from tests.cast import ROOT

WRK = """\
Running 1s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   185.67us  234.11us   6.12ms   94.43%
    Req/Sec    49.01k     2.46k   52.02k    70.00%
  Latency Distribution
     50%  140.00us
     75%  188.00us
     90%  266.00us
     99%    1.25ms
  53627 requests in 1.10s, 6.60MB read
Requests/sec:  48760.12
Transfer/sec:      6.00MB
"""
ABOUT = {
    "command": "make bench",
    "date": "2026-11-24 10:00 UTC",
    "seconds": 5,
    "commit": "abc",
    "cores": 2,
    "cpu": "A CPU",
    "memory_gb": 4,
    "load": 0.1,
    "versions": {"Python": "3.11.7"},
}


def asked(subject: str, page: str, state: str, *rates: float) -> dict:
    figures = {"p50": [1.0] * len(rates), "p99": [2.0] * len(rates), "busy": [1.0] * len(rates)}
    row = {"subject": subject, "page": page, "state": state, "status": 200, "body": 5}
    return row | figures | {"rate": list(rates)}


def task(name: str, wall: float) -> dict:
    return {"task": name, "posts": 100, "wall": [wall], "cpu": [wall * 2], "memory": [50.0]}


def grown(page: str, state: str, posts: int, p50: float) -> dict:
    figures = {"p50": p50, "p99": 2 * p50, "cpu": p50, "n": 10}
    return {"database": "SQLite", "posts": posts, "page": page, "state": state} | figures


def canned() -> dict[str, dict]:
    """One small result of each part."""
    serving = [
        asked("granian", "hello", "warm", 1000, 2000),
        asked("newsroom", "post", "warm", 800, 1400),
        asked("newsroom", "post", "cold", 100, 190),
        asked("wagtail", "post", "cold", 10, 20),
    ]
    tasks = [
        task("Newsroom, start alone", 1),
        task("Newsroom, import", 5),
        task("Newsroom, unchanged folder", 2),
        task("Hugo, build", 10),
    ]
    rows = [grown("home", "cold", 2000, 2.0), grown("home", "cold", 20_000, 2.2)]
    built = [{"database": "SQLite", "posts": 20_000, "seconds": 3.0}]
    index = {"database": "SQLite", "bytes": 1_870_000_000, "seconds": 3.0}
    searched = [
        {"database": "SQLite", "way": way, "kind": kind, "p50": 0.5, "p99": p99}
        for kind in ("one character", "all")
        for way, p99 in (("newest", 1.25), ("ranked", 9.5), ("facets", 8.75))
    ]
    common = {"about": ABOUT, "left_out": ["nginx, which is not installed"]}
    return {
        "serving": common | {"posts": 100, "rows": serving, "memory_mb": {"newsroom": 90}},
        "importing": common | {"posts": 100, "tasks": tasks},
        "search": common | {"posts": 200_000, "rows": searched, "built": [index]},
        "growth": common | {"rows": rows, "built": built},
        "million": common | {"rows": [grown("home", "cold", 1_000_000, 3.0)], "built": built},
    }


class Sums(TestCase):
    def test_the_middle_and_the_spread(self):
        self.assertEqual(measures.spread([3, 1, 2]), (2, 1, 3))
        self.assertEqual(measures.spread([4, 1, 2, 3]), (2.5, 1, 4))

    def test_percentiles_are_values_that_were_measured(self):
        values = list(range(1, 101))
        for share, wanted in [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)]:
            self.assertEqual(measures.percentile(values, share), wanted)
        self.assertEqual(measures.percentile([7], 0.99), 7)
        self.assertEqual(measures.percentile([2, 1], 0.99), 2)

    def test_ratios_are_taken_within_a_round(self):
        """A machine that became half as quick did so for both."""
        self.assertEqual(measures.ratio([100, 50], [200, 100]), (0.5, 0.5, 0.5))

    def test_what_wrk_prints_is_understood(self):
        load = measures.read_wrk(WRK)
        self.assertEqual((load.requests, load.p50, load.p99), (53627, 0.14, 1.25))
        self.assertAlmostEqual(load.seconds, 1.1)
        self.assertAlmostEqual(load.bytes, 6.6 * 1024**2 / 53627)
        self.assertEqual((load.failed, load.broken), (0, 0))

    def test_answers_that_failed_are_seen(self):
        text = WRK.replace("Requests/sec", "  Non-2xx or 3xx responses: 12\nRequests/sec")
        text += "  Socket errors: connect 0, read 3, write 0, timeout 1\n"
        load = measures.read_wrk(text)
        self.assertEqual((load.failed, load.broken), (12, 4))

    def test_what_is_no_result_is_an_error(self):
        with self.assertRaises(ValueError):
            measures.read_wrk("unable to connect to 127.0.0.1:1 Connection refused")

    def test_cpu_time_of_children_that_were_left_behind_counts(self):
        left = "import os; os.fork() or sum(range(30_000_000))"
        cost = processes.timed(["python3", "-c", left])
        alone = processes.timed(["python3", "-c", "pass"])
        self.assertGreater(cost.cpu, alone.cpu + 0.1)


class Document(TestCase):
    def test_figures_say_how_far_the_rounds_lay_apart(self):
        self.assertEqual(tables.figure([1234.5, 1000, 2000]), "1,230 (1,000 to 2,000)")
        self.assertEqual(tables.figure([5]), "5")
        self.assertEqual(tables.share([1, 2], [10, 40]), "0.075 (0.050 to 0.100)")

    def test_ratios_stand_first_beside_what_was_wanted(self):
        text = report.rendered(canned())
        for line in (
            "| post, warm / hello world | 0.75 (0.70 to 0.80) | 0.70 or more |",
            "| post, cold / hello world | 0.098 (0.095 to 0.100) | 0.10 or more |",
            "| post, warm / Wagtail's | 75.00 (70.00 to 80.00) |  |",
            "| import / Hugo, build: time | 0.50 | below 1 |",
            "SQLite, cold: home, the worst | 1.10 | 1.2 or less |",
            "| search among 200,000 posts, SQLite, newest first: p99 ms | 1.25 | 5 or less |",
            "| one character | 0.5 | 1.25 | 0.5 | 9.5 | 0.5 | 8.75 |",
            "| p50 at 1,000,000 / at 2,000 posts, SQLite, cold: home, the worst | 1.50 |",
        ):
            self.assertIn(line, text)
        self.assertLess(text.index("## Ratios"), text.index("## Serving"))

    def test_it_says_how_it_was_made_and_what_was_left_out(self):
        text = report.rendered(canned())
        for part in ("`make bench` on 2026-11-24", "A CPU", "Python 3.11.7", "Left out: nginx"):
            self.assertIn(part, text)
        self.assertIn("read at 100 files", text)  # 100 posts, 2 s less 1 s of starting

    def test_charts_can_be_read_on_dark_paper_and_by_a_screen_reader(self):
        drawn = report.drawings(canned())
        self.assertEqual(len(drawn), 4)
        for name, text in drawn.items():
            root = ElementTree.fromstring(text)
            self.assertEqual(root.get("role"), "img", name)
            self.assertTrue(root.find("{http://www.w3.org/2000/svg}title").text)
            self.assertIn("prefers-color-scheme: dark", text)
            self.assertIn(f"benchmarks/{name}", report.rendered(canned()))

    def test_bars_are_as_long_as_their_values(self):
        text = charts.bars("a", "b", [charts.Bar("x", 10, "ours"), charts.Bar("y", 5, "other")])
        widths = [
            float(node.get("width"))
            for node in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}rect")
        ]
        self.assertAlmostEqual(widths[0], 2 * widths[1])

    def test_the_document_and_its_charts_are_those_of_the_kept_results(self):
        found = report.read(RESULTS)
        self.assertEqual((ROOT / "docs/benchmarks.md").read_text(), report.rendered(found))
        kept = {path.name: path.read_text() for path in (ROOT / "docs/benchmarks").glob("*.svg")}
        self.assertEqual(kept, report.drawings(found))
