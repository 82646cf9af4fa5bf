"""The thread that looks at the journal: it begins, sleeps, wakes, and outlives faults."""

import threading
from unittest import mock

from django.db import InterfaceError, OperationalError
from django.test import SimpleTestCase

from posts.caching import freshness, journal
from posts.caching.journal import PAUSE, Journal
from posts.caching.menus import Menu
from posts.caching.reading import Look, Position, Row


class Looks:
    """What a thread asked of the database, in its stead; ``fails`` is raised meanwhile."""

    def __init__(self):
        self.count, self.threads, self.fails = 0, [], None
        self.next = threading.Condition()

    def __call__(self, since, now):
        with self.next:
            self.count += 1
            self.threads.append(threading.current_thread())
            self.next.notify_all()
        if self.fails:
            raise self.fails
        return Look(Position(Row(1, 1, None, ())), [], (None,) * 7)

    def wait(self, count: int) -> bool:
        """Until so many looks more; False after ten seconds without them."""
        with self.next:
            wanted = self.count + count
            return self.next.wait_for(lambda: self.count >= wanted, 10)

    def rest(self) -> bool:
        """True once nobody has looked for a while, within ten seconds."""
        for _time in range(100):
            with self.next:
                if not self.next.wait_for(lambda known=self.count: self.count > known, 0.1):
                    return True
        return False


class Thread(SimpleTestCase):
    """The thread that looks by itself, without a database."""

    def setUp(self):
        self.looks = Looks()
        for name, value in {
            "look": self.looks,
            "PAUSE": 0.01,
            "read_menu": lambda _one: Menu(),
        }.items():
            patched = mock.patch.object(journal, name, value)
            patched.start()
            self.addCleanup(patched.stop)
        connected = mock.patch.object(journal, "connection")
        self.connection = connected.start()
        self.connection.in_atomic_block = False
        self.addCleanup(connected.stop)
        self.mine = Journal()
        self.addCleanup(self.sleep)  # a thread of a test does not look for others

    def sleep(self):
        self.mine._asked = float("-inf")
        with mock.patch.object(journal, "IDLE", -1):
            self.assertTrue(self.looks.rest())

    def test_it_begins_with_the_first_reader_and_looks_by_itself(self):
        self.assertIsNone(self.mine._thread)
        self.assertTrue(self.mine.ensure_fresh())
        self.assertTrue(self.looks.wait(5))
        self.assertIs(self.looks.threads[-1], self.mine._thread)
        self.assertTrue(self.mine.looks())

    def test_two_looks_and_what_is_taken_as_it_is_are_within_the_second(self):
        self.assertLess(journal.FRESH + freshness.STEP, 1)
        self.assertLess(2 * PAUSE, journal.FRESH)

    def test_it_ends_with_the_process(self):
        self.mine.ensure_fresh()
        self.assertTrue(self.mine._thread.daemon)

    def test_a_connection_that_is_lost_is_closed_and_another_look_is_right(self):
        self.mine.ensure_fresh()
        thread = self.mine._thread
        self.looks.fails = OperationalError("server closed the connection unexpectedly")
        self.assertTrue(self.looks.wait(3))
        self.connection.close.assert_called()
        self.looks.fails = None
        self.assertTrue(self.looks.wait(3))
        self.assertIs(self.mine._thread, thread)
        self.assertTrue(thread.is_alive())
        self.assertTrue(self.mine.ensure_fresh())

    def test_a_connection_that_cannot_even_be_closed_ends_no_thread(self):
        self.mine.ensure_fresh()
        thread = self.mine._thread
        self.connection.close.side_effect = InterfaceError("connection already closed")
        self.looks.fails = OperationalError("server closed the connection unexpectedly")
        self.assertTrue(self.looks.wait(3))
        self.looks.fails = None
        self.assertTrue(self.looks.wait(3))
        self.assertTrue(thread.is_alive())

    def test_it_sleeps_without_readers_and_wakes_with_the_next(self):
        self.mine.ensure_fresh()
        self.assertTrue(self.looks.wait(1))
        self.sleep()
        asleep = self.looks.count
        self.mine._polled = float("-inf")  # as long ago as it is after a sleep
        self.assertTrue(self.mine.ensure_fresh())
        self.assertIs(self.looks.threads[asleep], threading.current_thread())
        self.assertTrue(self.looks.wait(2))
        self.assertIs(self.looks.threads[-1], self.mine._thread)

    def test_a_thread_that_is_gone_is_started_again(self):
        self.mine.ensure_fresh()
        self.mine._thread = gone = threading.Thread(target=lambda: None)
        self.mine._polled = float("-inf")
        self.mine.ensure_fresh()
        self.assertIsNot(self.mine._thread, gone)
        self.assertTrue(self.looks.wait(1))

    def test_a_child_of_a_process_looks_with_a_thread_of_its_own(self):
        self.mine.ensure_fresh()
        first, by = self.mine._thread, self.mine._by
        self.sleep()
        self.mine.after_fork()
        self.assertFalse(self.mine.looks())
        self.assertNotEqual(self.mine.state().by, by)
        self.mine.ensure_fresh()
        self.assertIsNot(self.mine._thread, first)
