"""Writers that count the same labels at once, on PostgreSQL: nothing is lost, nobody deadlocks."""

import threading
from unittest import skipUnless

from django.db import connection, connections
from django.test import TransactionTestCase

from posts.models import Post
from posts.publishing.recounting import recount
from tests.cast import plain, save
from tests.test_tallies import right, stored

WRITERS, POSTS = 4, 6


@skipUnless(connection.vendor == "postgresql", "SQLite has one writer")
class Races(TransactionTestCase):
    def write(self, number: int, errors: list) -> None:
        """Each names the same tags in another order."""
        tags = [f"t{(number * 3 + n) % 9}" for n in range(9)]
        try:
            for n in range(POSTS):
                text = plain(f"n{number}", f"2026-01-{n + 1:02}", tags=f"[{', '.join(tags)}]")
                save(text, f"_posts/2026-01-{n + 1:02}-n{number}.md")
                if n % 3 == 2:
                    recount()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def test_writers_at_once_count_every_post_once(self):
        errors: list = []
        threads = [
            threading.Thread(target=self.write, args=(number, errors)) for number in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.assertEqual(Post.objects.count(), WRITERS * POSTS)
        self.assertEqual(stored(), right())
