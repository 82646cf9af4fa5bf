"""What a process knows of the changes that others made."""

import threading
from datetime import timedelta
from unittest import mock

from django.db import connection, connections, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase, tag
from django.utils import timezone

from posts import publishing
from posts.caching import journal, keys
from posts.caching.journal import Journal, State, note
from posts.caching.reading import Position, Row, prune
from posts.models import Category, Change, Post, Tag
from posts.models.changes import site_changed_at
from tests.cast import later, plain, save


def reader() -> tuple[Journal, list]:
    """A process that knows the table as it is, and what it is told of."""
    heard: list = []
    mine = Journal(lambda names: heard.append(set(names)), threaded=False)
    mine.poll()
    heard.clear()
    return mine, heard


class Reading(TestCase):
    def setUp(self):
        note(["first"])

    def test_a_change_is_told_once_with_its_keys(self):
        mine, heard = reader()
        note(["p1", "c1"])
        note(["t5~20260131"])
        mine.poll()
        mine.poll()
        (names,) = heard
        self.assertEqual(names, {"p1", "c1", "t5@", "t5@d20260131", "t5@m202601", "t5@y2026"})

    def test_a_page_that_was_begun_before_a_change_is_known_to_be_old(self):
        mine, _heard = reader()
        before = mine.state()
        note(["p1"])
        self.assertFalse(mine.changed_since(before, {"p1"}))
        mine.poll()
        self.assertTrue(mine.changed_since(before, {"p1", "c2"}))
        self.assertFalse(mine.changed_since(before, {"p2"}))
        self.assertFalse(mine.changed_since(mine.state(), {"p1"}))

    def test_nothing_is_right_before_the_first_look(self):
        mine = Journal(threaded=False)
        before = mine.state()
        self.assertTrue(mine.changed_since(before, {"p1"}))
        mine.poll()
        self.assertTrue(mine.changed_since(before, {"p1"}))

    def test_a_change_of_very_many_keys_changes_everything(self):
        mine, heard = reader()
        note(f"p{n}" for n in range(journal.MOST_NOTED + 1))
        self.assertEqual(Change.objects.last().keys, keys.EVERYTHING)
        before = mine.state()
        mine.poll()
        self.assertEqual(heard, [{keys.EVERYTHING}])
        self.assertTrue(mine.changed_since(before, {"p0"}))

    def test_a_table_that_is_another_changes_everything(self):
        for change in (
            lambda: Change.objects.all().delete(),
            lambda: Change.objects.update(written_at=timezone.now() - timedelta(days=1)),
        ):
            mine, heard = reader()
            note(["p1"])
            change()
            note(["p2"])
            mine.poll()
            self.assertEqual(heard, [{keys.EVERYTHING}])

    def test_a_clock_that_was_set_back_changes_everything(self):
        with later(hours=1):
            mine, heard = reader()
            before = mine.state()
        mine.poll()
        self.assertEqual(heard, [{keys.EVERYTHING}])
        self.assertTrue(mine.changed_since(before, {"p1"}))
        self.assertTrue(mine.changed_since(before._replace(by="another"), {"p1"}))

    def test_a_small_correction_of_the_clock_changes_nothing(self):
        mine, heard = reader()
        with later(seconds=-0.5):
            mine.poll()
        self.assertEqual(heard, [])

    def test_a_process_that_slept_for_long_begins_anew(self):
        mine, heard = reader()
        mine._polled -= journal.ASLEEP + 1
        mine.poll()
        self.assertEqual(heard, [{keys.EVERYTHING}])

    def test_what_was_written_without_a_note_changes_everything(self):
        save()
        for write in (
            lambda: Post.objects.update(saved_at=timezone.now(), title="von Hand"),
            lambda: Category.objects.first().save(),
            lambda: Post.objects.update(published_at=timezone.now() - timedelta(days=900)),
            lambda: Post.objects.all().delete(),
        ):
            mine, heard = reader()
            write()
            mine.poll()
            self.assertEqual(heard, [{keys.EVERYTHING}])
            heard.clear()
            mine.poll()
            self.assertEqual(heard, [])

    def test_a_note_explains_what_was_written(self):
        mine, heard = reader()
        save()
        mine.poll()
        self.assertNotIn(keys.EVERYTHING, heard[0])

    def test_what_no_reader_sees_changes_nothing(self):
        draft = plain("Draft", "2026-03-01", draft="true", tags="[ai, sea]")
        mine, heard = reader()
        save(draft, "_posts/draft.md")
        mine.poll()
        self.assertEqual(heard, [{keys.NOTHING}])
        save(draft + "More.\n", "_posts/draft.md")
        mine.poll()
        soon = (timezone.now() + timedelta(days=1)).isoformat()
        save(plain("Soon", soon, tags="[ai]"), "_posts/soon.md")
        mine.poll()
        self.assertEqual(heard, [{keys.NOTHING}] * 3)
        save()
        mine.poll()
        heard.clear()
        job = publishing.start_merge(*Tag.objects.filter(slug__in=["sea", "ai"]))
        mine.poll()
        for _step in range(2):
            publishing.run_all()
            mine.poll()
        publishing.undo(job)
        mine.poll()
        publishing.run_all()
        mine.poll()
        self.assertNotIn(keys.EVERYTHING, set().union(*heard))

    def test_the_last_change_is_the_sites(self):
        mine = Journal(threaded=False)
        mine.poll()
        self.assertIsNone(mine.last_modified)
        save()
        save(plain("Later", (timezone.now() + timedelta(hours=1)).isoformat()), "_posts/later.md")
        for hours in (0, 2):
            with later(hours=hours):
                mine.poll()
                expected = Post.objects.values_list(site_changed_at(), flat=True).first()
                self.assertEqual(mine.last_modified, expected)

    def test_a_look_at_a_site_where_nothing_happens_is_one_statement(self):
        save()
        mine, _heard = reader()
        with self.assertNumQueries(1):
            mine.poll()

    def test_rows_are_dropped_but_the_newest_of_the_old_ones(self):
        mine, heard = reader()
        for n in range(5):
            note([f"p{n}"])
        mine.poll()
        if connection.vendor == "postgresql":  # of which this transaction is none of the past
            with connection.cursor() as cursor:
                cursor.execute("UPDATE posts_change SET transaction = '3'")
            mine.poll()
        position = mine._look.position
        note(["late"])
        prune(position)
        self.assertEqual([change.keys for change in Change.objects.all()], ["p4", "late"])
        heard.clear()
        mine.poll()
        self.assertEqual(heard, [{"late"}])


class Clock(TestCase):
    def setUp(self):
        note(["first"])

    def test_a_post_that_comes_by_the_clock_names_what_its_saving_would(self):
        at = timezone.now() + timedelta(hours=1)
        post = save(plain("Soon", at.isoformat(), tags="[ai]"), "_posts/soon.md")
        mine, heard = reader()
        before = mine.state()
        with later(minutes=59):
            mine.poll()
        self.assertEqual(heard, [])
        with later(minutes=61):
            mine.poll()
            (names,) = heard
            tag_key = keys.label("tag", post.tag_rows.get().tag_id)
            for name in (keys.post(post.pk), keys.card(post.pk), keys.MONTHS, keys.REDIRECTS,
                         f"{tag_key}@new", f"all@d{at:%Y%m%d}", "i-tags"):  # fmt: skip
                self.assertIn(name, names)
            self.assertTrue(mine.changed_since(before, {keys.post(post.pk)}))
            others = before._replace(by="another")
            self.assertTrue(mine.changed_since(others, {keys.post(post.pk)}))
            later_one = others._replace(checked_at=at.timestamp())
            if connection.vendor == "sqlite":  # else nothing is said within a transaction
                self.assertFalse(mine.changed_since(later_one, {keys.post(post.pk)}))

    def test_a_post_that_goes_by_the_clock_is_named_once(self):
        at = (timezone.now() + timedelta(hours=1)).isoformat()
        post = save(plain("Short", "2026-03-01", expiryDate=at), "_posts/short.md")
        mine, heard = reader()
        with later(hours=2):
            mine.poll()
            self.assertIn(keys.post(post.pk), heard[0])
            mine.poll()
        self.assertEqual(len(heard), 1)

    def test_very_many_posts_at_once_change_everything(self):
        at = timezone.now() + timedelta(hours=1)
        for n in range(3):
            save(plain(f"N{n}", at.isoformat()), f"_posts/n{n}.md")
        mine, heard = reader()
        with later(hours=2), mock.patch("posts.caching.standing.MOST", 2):
            mine.poll()
        self.assertEqual(heard, [{keys.EVERYTHING}])


class Menu(TestCase):
    def setUp(self):
        note(["first"])

    def test_the_menu_is_named_only_when_a_section_comes_or_goes(self):
        save(plain("One", "2026-03-01", categories="[tech]"), "_posts/one.md")
        mine, heard = reader()
        two = save(plain("Two", "2026-03-02", categories="[tech]"), "_posts/two.md")
        mine.poll()  # which does not know the menu yet
        mine.poll()
        heard.clear()
        for change, named in [
            (lambda: save(plain("Two", "2026-03-03", categories="[tech]"), two.path), False),
            (lambda: save(plain("Two", "2026-03-03", categories="[sea]"), two.path), True),
            (lambda: save(plain("Two", "2026-03-03", draft="true"), two.path), True),
            (lambda: save(plain("Two", "2026-03-03"), two.path), False),
        ]:
            change()
            mine.poll()
            self.assertEqual(keys.MENU in heard.pop(), named)
            mine.poll()

    def test_a_section_that_goes_by_the_clock_is_named(self):
        at = (timezone.now() + timedelta(hours=1)).isoformat()
        save(plain("One", "2026-03-01", categories="[tech]", expiryDate=at), "_posts/one.md")
        mine, heard = reader()
        before = mine.state()
        with later(hours=2):
            mine.poll()
            self.assertIn(keys.MENU, heard[0])
            self.assertTrue(mine.changed_since(before._replace(by="another"), {keys.MENU}))

    def test_the_menu_is_read_where_nobody_looks(self):
        mine, _heard = reader()
        self.assertEqual(mine.menu().sections, ())
        save(plain("One", "2026-03-01", categories="[tech]"), "_posts/one.md")
        self.assertEqual([one.name for one in mine.menu().sections], ["tech"])

    def test_the_menu_that_is_known_costs_no_query(self):
        save(plain("One", "2026-03-01", categories="[tech]", lang="fr"), "_posts/one.md")
        mine, _heard = reader()
        mine._thread = threading.current_thread()
        mine.menu("fr")
        mine.poll()
        with self.assertNumQueries(0):
            self.assertEqual([one.name for one in mine.menu("fr").sections], ["tech"])


class Positions(SimpleTestCase):
    def test_a_position_is_text_and_back(self):
        for position in (
            Position(Row(17, 17, None, ())),
            Position(None, 40, frozenset({31, 35})),
            Position(None, 40),
        ):
            again = Position.parsed(str(position))
            self.assertEqual(str(again), str(position))
            self.assertFalse(again.is_before(position))

    def test_a_transaction_that_ran_is_not_shown_and_one_that_was_over_is(self):
        position = Position(None, 40, frozenset({31}))
        self.assertTrue(position.shows(9, 30))
        self.assertFalse(position.shows(1, 31))
        self.assertFalse(position.shows(1, 40))

    def test_a_position_is_before_another_that_shows_more(self):
        position = Position(None, 40, frozenset({31}))
        for other, before in [
            (Position(None, 41), True),
            (Position(None, 40), True),
            (Position(None, 39, frozenset({31})), False),
            (Position(None, 40, frozenset({31, 32})), False),
        ]:
            self.assertEqual(position.is_before(other), before, other)

    def test_a_state_is_plain_values(self):
        state = Journal(threaded=False).state()
        self.assertEqual(State(*list(state)), state)


@tag("long")
class Together(TransactionTestCase):
    """Several connections."""

    def setUp(self):
        self.failed = []
        self.addCleanup(lambda: self.assertEqual(self.failed, [], "a thread failed"))

    def in_thread(self, work):
        def run():
            try:
                work()
            except Exception as error:
                self.failed.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def test_a_change_that_is_committed_after_later_ones_is_not_missed(self):
        if connection.vendor == "sqlite":
            self.skipTest("one writer at a time")
        note(["first"])
        begun, go_on = threading.Event(), threading.Event()

        def slow():
            with transaction.atomic():
                note(["slow"])
                begun.set()
                go_on.wait(10)

        thread = self.in_thread(slow)
        begun.wait(10)
        mine, heard = reader()
        first = mine.state()
        note(["quick"])
        mine.poll()
        mine.poll()
        self.assertEqual(heard, [{"quick"}])
        second = mine.state()
        go_on.set()
        thread.join()
        mine.poll()
        mine.poll()
        self.assertEqual(heard, [{"quick"}, {"slow"}])
        for by in (mine._by, "another"):
            self.assertTrue(mine.changed_since(first._replace(by=by), {"quick"}))
            self.assertTrue(mine.changed_since(second._replace(by=by), {"slow"}))
            self.assertFalse(mine.changed_since(second._replace(by=by), {"quick"}))
            self.assertFalse(mine.changed_since(mine.state()._replace(by=by), {"slow", "quick"}))

    def test_a_change_is_not_known_before_it_is_committed(self):
        if connection.vendor == "sqlite":
            self.skipTest("the tests' database in memory lets nobody read meanwhile")
        note(["first"])
        mine, heard = reader()
        with transaction.atomic():
            note(["p1"])
            thread = self.in_thread(mine.poll)
            thread.join()
            self.assertEqual(heard, [])
        mine.poll()
        self.assertEqual(heard, [{"p1"}])

    def test_a_menu_is_right_when_two_each_take_away_one_of_the_last_posts(self):
        note(["first"])
        paths = ["_posts/one.md", "_posts/two.md"]
        for path in paths:
            save(plain(path, "2026-03-01", categories="[tech]", slug=path[7:10]), path)
        mine, heard = reader()
        mine.menu()
        mine.poll()
        mine.poll()
        heard.clear()
        threads = []
        for path in paths:
            text = plain(path, "2026-03-01", draft="true", slug=path[7:10])
            threads.append(self.in_thread(lambda text=text, path=path: save(text, path)))
            if connection.vendor == "sqlite":  # the tests' database in memory has no waiting
                threads[-1].join()
        for thread in threads:
            while thread.is_alive():
                mine.poll()
        mine.poll()
        self.assertIn(keys.MENU, set().union(*heard))
        self.assertEqual(mine._menus.known[""].sections, ())

    def test_a_database_that_is_away_is_said_and_comes_back(self):
        mine, _heard = reader()
        mine._polled = float("-inf")
        with mock.patch("posts.caching.journal.look", side_effect=OSError):
            self.assertFalse(mine.ensure_fresh())
            self.assertFalse(mine.ensure_fresh())
        mine._failed = float("-inf")
        self.assertTrue(mine.ensure_fresh())
