"""The search is right after any history: its rows are fresh ones, and what they hold is found."""

from functools import cache
from itertools import product

from django.db import connection
from django.test import TestCase, tag
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from posts import publishing
from posts.content.searchable import Searchable
from posts.content.tokens import folded
from posts.models import Post, SearchRow
from posts.models.folded import folded_name
from posts.publishing.labels import digest_switches
from posts.search import index
from posts.search.finding import Term, Wanted, newest, ranked
from posts.search.labels import MODELS, label_token
from tests.test_cache_model import Readers

WORDS = ("text", "lamp", "text of ferry", "three", "ann", "one.example/b", "New", "tech")
LANGUAGES = ("", "fr")


@cache
def searchable(path: str, document: str, zone: str, switches: tuple) -> Searchable:
    """What a document alone says."""
    return publishing.submission(path, document, zone, None, dict(switches)).derived.searchable


def fresh(post: Post) -> index.Row:
    """A post's row, made anew."""
    switches = tuple(sorted(digest_switches().items()))
    return index.row_of(post, searchable(post.path, post.document, post.zone, switches))


class History(Readers):
    """Whatever happens: the index is what the documents say, and public posts alone are found."""

    def check(self):
        posts = {post.pk: post for post in Post.objects.all()}
        rows = {pk: fresh(post) for pk, post in posts.items()}
        stored = {row[1]: row for row in SearchRow.objects.values_list(*index.COLUMNS)}
        assert stored.keys() == rows.keys()
        for pk, row in rows.items():
            assert index._same(row, stored[pk]), (row, stored[pk])
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {index.INDEX}({index.INDEX}, rank) VALUES ('integrity-check', 1)"
                )
        now = timezone.now()
        public = {
            pk: post
            for pk, post in posts.items()
            if post.published_at is not None
            and post.published_at <= now
            and (post.expires_at is None or post.expires_at > now)
        }
        for word, language in product(WORDS, LANGUAGES):
            found = [
                post
                for pk, post in public.items()
                if folded(word) in rows[pk].words and language in ("", post.language)
            ]
            self.compare(Wanted((Term(word),), language=language), found)
            others = [
                post
                for pk, post in public.items()
                if folded(word) not in rows[pk].words and language in ("", post.language)
            ]
            self.compare(Wanted((Term(word, excluded=True),), language=language), others)
        self.check_labels(public)

    def check_labels(self, public):
        """A label and all that were merged into it are asked for by their tokens."""
        for kind, (model, slug) in MODELS.items():
            for label in model.objects.all():
                own = getattr(label, slug)
                assert label.folded == folded_name(label.name or (own if kind == "source" else ""))
                if label.merged_into_id:
                    continue
                marks = {getattr(one, slug) for one in (label, *label.merged.all())}
                tokens = frozenset(label_token(kind, one) for one in marks)
                found = [post for post in public.values() if self.names(kind, post) & marks]
                self.compare(Wanted(all_of=(tokens,)), found)

    def names(self, kind: str, post: Post) -> set[str]:
        card = post.card
        if kind == "source":
            links = [*card.sources, *(link for one in card.stories for link in one.citations)]
            return {link.host for link in links}
        return set({"tag": card.tags, "category": card.categories, "author": card.authors}[kind])

    def compare(self, wanted: Wanted, posts: list[Post]):
        right = sorted(posts, key=lambda post: (post.published_at, post.path), reverse=True)
        assert [hit.pk for hit in newest(wanted)] == [post.pk for post in right], wanted
        best = sorted(hit.pk for hit in ranked(wanted))
        assert best == sorted(post.pk for post in right), wanted


@tag("long")
class Histories(TestCase):
    def test_after_any_history_the_index_is_fresh_and_finds_what_is_public(self):
        run_state_machine_as_test(
            History,
            settings=settings(
                max_examples=8,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
