"""Our PostgreSQL backend knows a connection that has ended without asking each time."""

import time
from unittest import mock

from django.db import connection
from django.db.backends.postgresql import base
from django.test import TransactionTestCase


class Connections(TransactionTestCase):
    """Each test with a connection of its own, as another thread has it."""

    def setUp(self):
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has connections that end")
        self.other = connection.copy()
        self.other.ensure_connection()
        self.addCleanup(self.other.close)
        self.other.health_check_enabled = True

    def asked(self):
        return mock.patch.object(
            base.DatabaseWrapper,
            "is_usable",
            autospec=True,
            side_effect=base.DatabaseWrapper.is_usable,
        )

    def end(self):
        with connection.cursor() as cursor:
            pid = self.other.connection.info.backend_pid
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        for _attempt in range(500):
            if not self.other._is_quiet():
                return
            time.sleep(0.01)

    def test_a_connection_in_which_nothing_waits_is_not_asked(self):
        with self.asked() as asked:
            self.assertTrue(self.other.is_usable())
        asked.assert_not_called()

    def test_a_connection_that_the_server_ended_is_made_anew_for_the_next_request(self):
        self.end()
        self.assertFalse(self.other.is_usable())
        self.other.health_check_done = False
        with self.other.cursor() as cursor:
            cursor.execute("SELECT 7")
            self.assertEqual(cursor.fetchone(), (7,))

    def test_after_an_error_the_server_is_asked(self):
        self.other.errors_occurred = True
        with self.asked() as asked:
            self.assertTrue(self.other.is_usable())
        asked.assert_called_once()

    def test_a_connection_that_was_closed_is_not_usable(self):
        self.other.connection.close()
        self.assertFalse(self.other.is_usable())
