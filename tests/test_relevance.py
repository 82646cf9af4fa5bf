"""Labelled queries over real posts: what is about them stands first.

The posts are those of :data:`tests.cast.CORPORA`, the labels in ``support/relevance.txt``. The
measure is nDCG@10: 1 is the best order that there is.
"""

import io
import math
import os
from pathlib import Path
from unittest import skipUnless

from django.core.management import call_command
from django.db import transaction
from django.test import TestCase, tag

from posts.content import querying
from posts.models import Post
from posts.search import finding
from posts.search.filters import understand
from tests.cast import CORPORA

LABELS = Path(__file__).parent / "support/relevance.txt"
FLOOR, DEPTH = 0.9, 10


def labelled() -> dict[tuple[str, str], dict[str, int]]:
    """(corpus and perhaps its language, query) -> the beginning of a file's name -> its grade."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for line in LABELS.read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            corpus, _sep, query = line.partition(": ")
            mine = found[corpus, query] = {}
        else:
            grade, _sep, name = line.strip().partition(" ")
            mine[name] = int(grade)
    return found


def ndcg(grades: list[int], wanted: list[int]) -> float:
    """How good an order of grades is beside the best one."""
    best = sorted(wanted, reverse=True)[:DEPTH]
    return gain(grades[:DEPTH]) / gain(best)


def gain(grades: list[int]) -> float:
    return sum((2**grade - 1) / math.log2(index + 2) for index, grade in enumerate(grades))


def measured(queries: dict[str, dict[str, int]], language: str) -> dict[str, float]:
    """The measure of each query over the posts that are there, in a language or in all."""
    posts = Post.objects.published().in_language(language).only("path")
    names = {post.pk: Path(post.path).name for post in posts}
    found = {}
    for query, labels in queries.items():
        unknown = [one for one in labels if not any(n.startswith(one) for n in names.values())]
        assert not unknown, f"{query}: no post is called {unknown}"
        graded = {pk: graded_as(name, labels) for pk, name in names.items()}
        hits = finding.ranked(understand(querying.parse(query), language).wanted, DEPTH)
        found[query] = ndcg([graded[hit.pk] for hit in hits], list(graded.values()))
    return found


def graded_as(name: str, labels: dict[str, int]) -> int:
    return next((grade for one, grade in labels.items() if name.startswith(one)), 0)


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the shared documents are not on this machine")
class Relevance(TestCase):
    def test_what_is_about_a_query_stands_first(self):
        labels, scores = labelled(), {}
        self.assertGreaterEqual(len(labels), 60)
        for site in dict.fromkeys(site for site, _query in labels):
            queries = {query: mine for (own, query), mine in labels.items() if own == site}
            corpus, _sep, language = site.partition(" ")
            empty = transaction.savepoint()
            call_command("import_posts", str(CORPORA / corpus), stdout=io.StringIO())
            scores |= {(site, q): score for q, score in measured(queries, language).items()}
            transaction.savepoint_rollback(empty)
        mean = sum(scores.values()) / len(scores)
        worst = sorted((round(score, 2), *key) for key, score in scores.items())[:15]
        self.assertGreaterEqual(mean, FLOOR, worst)
        if os.environ.get("SHOW_RELEVANCE"):
            print(f"nDCG@{DEPTH} of {len(scores)} queries: {mean:.3f}; worst: {worst}")
