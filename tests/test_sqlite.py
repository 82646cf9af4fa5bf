"""Our SQLite backend reads and asks as Django's does."""

import io
from datetime import UTC, datetime

from django.core.management import call_command
from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.backends.sqlite3.operations import DatabaseOperations
from django.test import SimpleTestCase, TestCase

TIMES = [
    None, "2026-03-05 00:00:00", "2026-03-05 01:02:03.000004", "2026-03-05 01:02:03.4",
    "2026-03-05T01:02:03", "2026-03-05 01:02", "2026-03-05", "2026-03-05 01:02:03+08:00",
    "2026-03-05 01:02:03.000004+08:00", "no time at all, really", "", "2026-13-05 00:00:00",
    "2026-03-05 01+08:00",
    datetime(2026, 3, 5, 1, 2, 3), datetime(2026, 3, 5, tzinfo=UTC),
]  # fmt: skip
STATEMENTS = ["SELECT %s", "SELECT '%%', %s", "SELECT 1 WHERE %s = '%%s'", "SELECT %%", "SELECT 1"]


class Sqlite(TestCase):
    def test_times_are_read_as_django_reads_them(self):
        if connection.vendor != "sqlite":
            return
        ours, djangos = connection.ops, DatabaseOperations(connection)
        for value in TIMES:
            with self.subTest(value=value):
                read = [self.read(ops, value) for ops in (ours, djangos)]
                self.assertEqual(read[0], read[1])

    @staticmethod
    def read(ops, value):
        try:
            found = ops.convert_datetimefield_value(value, None, connection)
        except (ValueError, AttributeError) as error:
            return type(error)
        return found, found and found.utcoffset()

    def test_marks_are_found_as_django_finds_them(self):
        if connection.vendor != "sqlite":
            return
        with connection.cursor() as cursor:
            raw = cursor.cursor
            for statement in [*STATEMENTS, *STATEMENTS, f"SELECT '{'x' * 20_000}', %s"]:
                self.assertEqual(
                    raw.convert_query(statement), SQLiteCursorWrapper.convert_query(raw, statement)
                )
            cursor.execute("SELECT %(a)s, %(b)s", {"a": 1, "b": "x%y"})
            self.assertEqual(cursor.fetchone(), (1, "x%y"))


class Upgrade(SimpleTestCase):
    databases = {"default"}

    def test_an_upgrade_does_not_write_all_documents_again(self):
        """Which costs memory and time with every post there is."""
        if connection.vendor != "sqlite":
            return
        for name in ("0011", "0012", "0013", "0016"):
            out = io.StringIO()
            call_command("sqlmigrate", "posts", name, stdout=out)
            self.assertNotIn('new__posts_post"', out.getvalue(), name)
            self.assertIn("posts_", out.getvalue())
