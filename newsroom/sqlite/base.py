"""Django's SQLite backend, which still reads where SQLite cannot set up its shared memory.

In WAL mode even a reader writes a small ``-shm`` file. Where there is no room for it, nobody else
can be writing either, and the database file is read as it stands.
"""

import os
import sqlite3
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3 import base, operations

LONGEST = 10_000  # characters of a statement that is kept
NO_ROOM = {8, 10, 13, 14}  # primary result codes: readonly, ioerr, full, cantopen


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, with times read in a third of the time: a list of posts has some dozens."""

    def convert_datetimefield_value(
        self, value: Any, expression: Any, connection: Any
    ) -> datetime | None:
        """A time in UTC, as Django writes all of them; what is none is Django's to read.

        Of a column of times the driver has made a time already, of an expression a text.
        """
        try:
            time = value if type(value) is datetime else datetime.fromisoformat(value)
            if time.tzinfo is None:
                return time.replace(tzinfo=UTC)
        except (TypeError, ValueError):
            pass
        found: datetime | None = super().convert_datetimefield_value(value, expression, connection)
        return found


@lru_cache(500)
def _with_marks(query: str) -> str:
    """A statement with SQLite's marks for parameters instead of Django's."""
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    """Django's, which looks for the marks in a statement once and not each time."""

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """The statement as SQLite takes it."""
        if param_names is None and len(query) < LONGEST:
            return _with_marks(query)
        converted: str = super().convert_query(query, param_names=param_names)
        return converted


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection; one that only reads ends with its request, so that writing comes back."""

    ops_class = DatabaseOperations

    def create_cursor(self, name: str | None = None) -> Cursor:
        """A cursor of our own kind."""
        return self.connection.cursor(factory=Cursor)

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Connect, and look at the file: SQLite itself would not before the first query."""
        try:
            connection = super().get_new_connection(conn_params)
            connection.execute("PRAGMA schema_version")
            return connection
        except sqlite3.OperationalError as error:
            path = str(conn_params["database"])
            if error.sqlite_errorcode & 0xFF not in NO_ROOM or not _is_settled(path):
                raise
        self.close_at = 0.0
        self.init_commands: list[str] = []
        address = f"file://{quote(os.path.abspath(path))}?mode=ro&immutable=1"
        return super().get_new_connection(conn_params | {"database": address})


def _is_settled(path: str) -> bool:
    """True if the file is the whole database: nothing waits in its log."""
    try:
        return os.path.isfile(path) and os.path.getsize(f"{path}-wal") == 0
    except FileNotFoundError:
        return True
