"""What changed of what readers see, for the page caches of all processes."""

from typing import Any

from django.db import models


class TransactionId(models.BigIntegerField):
    """The number of the transaction that wrote a row; null where transactions have none (SQLite).

    On PostgreSQL the 64-bit number that never comes again, read as text.
    """

    def db_type(self, connection: Any) -> str | None:
        return "xid8" if connection.vendor == "postgresql" else super().db_type(connection)


class Change(models.Model):
    """One change: the keys that it names (:mod:`posts.caching.keys`), with spaces between them.

    Rows are written by :func:`posts.caching.journal.note` and dropped after about an hour. On
    PostgreSQL ids become visible out of order; ``transaction`` says which rows a process has not
    seen.
    """

    keys = models.TextField()
    written_at = models.DateTimeField()
    transaction = TransactionId(null=True, editable=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["transaction"], name="change_transaction")]

    def __str__(self):
        return self.keys[:80]
