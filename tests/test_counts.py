"""What pages say of numbers is what is published now, whatever the clock says."""

from collections import Counter
from datetime import timedelta

from django.db import connection
from django.test import TestCase, tag
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from posts.models import Post
from posts.public import counts
from posts.publishing.recounting import LABELS
from tests.test_cache_model import Readers


def by_month(days) -> Counter:
    return Counter(day.replace(day=1) for day in days)


class Clock(Readers):
    """Whatever happens, at any time: numbers are those of the posts that are public."""

    def check(self):
        self.checks += 1
        for delta in (0, 3, 31, 100):
            time = self.now
            self.now += timedelta(hours=delta)
            for language in ("", "fr"):
                self.compare_days(language)
                self.compare_labels(language)
            self.now = time

    def compare_days(self, language):
        days = list(Post.objects.published().in_language(language).values_list("day", flat=True))
        found = counts.archive(language)
        assert {day: one.posts for day, one in found.days.items()} == Counter(days)
        assert {day: one.posts for day, one in found.months.items()} == by_month(days)
        if days:
            year = max(days).year
            first, last = min(days).replace(year, 1, 1), min(days).replace(year, 12, 31)
            found = counts.calendar(first, last, language)
            wanted = Counter(day for day in days if day.year == year)
            assert {day: one.posts for day, one in found.days.items()} == wanted

    def compare_labels(self, language):
        for kind, (model, through) in LABELS.items():
            for label in model.objects.all():
                rows = through.objects.listed().in_language(language).filter(**{kind: label})
                rows = rows.select_related("post")
                found = counts.of_label(kind, label.pk, language)
                posts = {row.post_id: row.post.day for row in rows}
                assert {day: one.posts for day, one in found.months.items()} == by_month(
                    posts.values()
                )
                if kind == "source":
                    assert found.stories == sum(row.story_id is not None for row in rows)
                if posts:
                    oldest = rows.order_by("listed_at").first()
                    times = {row.post.day for row in rows if row.listed_at == oldest.listed_at}
                    assert found.first in times
                else:
                    assert (found.first, found.tags) == (None, [])


@tag("long")
class Numbers(TestCase):
    def test_numbers_are_those_of_what_is_published_at_any_time(self):
        run_state_machine_as_test(
            Clock,
            settings=settings(
                max_examples=12 if connection.vendor == "sqlite" else 6,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
