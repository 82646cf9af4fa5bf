"""Counts are right after any history, and cost a save of a text nothing."""

import random
from collections import Counter
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from posts import publishing
from posts.models import Post, Tally
from posts.publishing.recounting import LABELS, counted, recount
from posts.publishing.tallying import TABLE
from tests.cast import DIGEST, digest, save
from tests.test_cache_model import Readers


def stored() -> dict:
    """The counts that are not zero."""
    columns = ("kind", "label", "language", "month", "posts", "stories")
    rows = Tally.objects.exclude(posts=0, stories=0).values_list(*columns)
    return {tuple(key): [posts, stories] for *key, posts, stories in rows}


def right() -> dict:
    """The counts as the rows say them."""
    found = {}
    for kind in ("day", *LABELS):
        found |= counted(kind)
    return found


class History(Readers):
    """Whatever happens: the counts are those of a recount."""

    def check(self):
        assert stored() == right()


@tag("long")
class Histories(TestCase):
    def test_after_any_history_the_counts_are_those_of_the_rows(self):
        run_state_machine_as_test(
            History,
            settings=settings(
                max_examples=25,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


class Counts(TestCase):
    def tallied(self, kind: str, language: str = "") -> Counter:
        """Posts by month."""
        rows = Tally.objects.filter(kind=kind, language=language, posts__gt=0)
        found = Counter()
        for month, posts in rows.values_list("month", "posts"):
            found[month.isoformat()] += posts
        return found

    def test_a_post_counts_for_its_labels_its_day_and_its_language(self):
        save()
        save(digest(lang="en", date="2026-04-01"), "_posts/2026-04-01-en.md")
        self.assertEqual(self.tallied("day"), {"2026-03-05": 1, "2026-04-01": 1})
        self.assertEqual(self.tallied("month", "en"), {"2026-04-01": 1})
        total = "0001-01-02"
        self.assertEqual(self.tallied("category"), {"2026-03-01": 1, "2026-04-01": 1, total: 2})
        self.assertEqual(self.tallied("author", "en"), {"2026-04-01": 1, total: 1})
        harbour = Tally.objects.filter(kind="source", language="", month=total)
        self.assertEqual(sorted(harbour.values_list("posts", "stories")), [(2, 2), (2, 2), (2, 2)])

    def test_a_withdrawn_post_counts_for_nothing(self):
        post = save()
        publishing.withdraw(post)
        self.assertEqual(stored(), {})
        publishing.publish(Post.objects.get())
        self.assertEqual(stored(), right())

    def test_a_typo_costs_no_statement_and_a_new_post_one(self):
        save()
        for text, path, number in (
            (DIGEST.replace("省电的型号", "更省电的型号"), "_posts/2026-03-05-port.md", 0),
            (DIGEST.replace("风起之前", "风起之后"), "_posts/2026-03-05-port.md", 0),
            (DIGEST, "_posts/2026-03-05-another.md", 1),
        ):
            with CaptureQueriesContext(connection) as queries:
                save(text, path)
            self.assertEqual(sum(TABLE in query["sql"] for query in queries), number, text[:60])

    def test_a_rebuild_mends_wrong_counts_and_writes_nothing_where_all_are_right(self):
        save()
        self.assertEqual(recount(), 0)
        with CaptureQueriesContext(connection) as queries:
            call_command("rebuild_posts", jobs=1, verbosity=0)
        writes = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        self.assertEqual([sql for sql in writes if TABLE in sql], [])
        rows = list(Tally.objects.order_by("pk"))
        random.Random(7).shuffle(rows)
        Tally.objects.filter(pk__in=[row.pk for row in rows[:5]]).delete()
        Tally.objects.filter(pk__in=[row.pk for row in rows[5:9]]).update(posts=9, stories=3)
        Tally.objects.create(kind="day", language="fr", month=timezone.now() + timedelta(9))
        Tally.objects.filter(language="fr").update(posts=4)
        call_command("rebuild_posts", jobs=1, verbosity=0)
        self.assertEqual(stored(), right())
