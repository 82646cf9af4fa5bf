"""The index itself: made by the migration, and again where it is missing or not as its rows say."""

from typing import Any

from django.db import DatabaseError, connection, transaction

from posts.search.index import INDEX, TABLE

# One column of tokens that are no words: all but spaces belong to them. Without positions the
# index is small and quick to write; what stands side by side is seen in the row.
FTS5 = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(
    tokens, content='{TABLE}', content_rowid='key', detail='none',
    tokenize="ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{{|}}~'''"
)
"""
GONE = f"INSERT INTO {INDEX}({INDEX}, rowid, tokens) VALUES ('delete', old.key, old.tokens)"  # noqa: S608
COME = f"INSERT INTO {INDEX}(rowid, tokens) VALUES (new.key, new.tokens)"  # noqa: S608
CHANGED = "old.key <> new.key OR old.tokens <> new.tokens"
TRIGGERS = (
    ("comes", "INSERT", "", f"{COME};"),
    ("goes", "DELETE", "", f"{GONE};"),
    ("changes", "UPDATE", f"WHEN {CHANGED}", f"{GONE}; {COME};"),
)
# SQLite's own check would keep everybody from writing for as long as it reads.
UNEQUAL = (
    f"SELECT 1 FROM {TABLE} WHERE key NOT IN (SELECT id FROM {INDEX}_docsize) LIMIT 1",  # noqa: S608
    f"SELECT 1 FROM {INDEX}_docsize WHERE id NOT IN (SELECT key FROM {TABLE}) LIMIT 1",  # noqa: S608
    f"SELECT 1 FROM {INDEX} WHERE {INDEX} MATCH 'a' AND rowid = 0",  # noqa: S608
)
GIN = (
    # What waits in the index's list of new rows is read by every search: it is kept short.
    f"CREATE INDEX IF NOT EXISTS search_tokens ON {TABLE} USING gin (tokens)"
    " WITH (gin_pending_list_limit = 512)",
    # To start workers takes longer than any of our questions.
    f"ALTER TABLE {TABLE} SET (parallel_workers = 0)",
)


def make(cursor: Any, vendor: str) -> None:
    """Make what is missing of the index of a kind of database."""
    if vendor == "postgresql":
        for statement in GIN:
            cursor.execute(statement)
        return
    cursor.execute(FTS5)
    for name, event, when, work in TRIGGERS:
        cursor.execute(
            f"CREATE TRIGGER IF NOT EXISTS {TABLE}_{name} AFTER {event} ON {TABLE} {when}"
            f" BEGIN {work} END"
        )


def mend() -> bool:
    """Make the index again if it is missing or lacks rows; True if it was so. Reads all keys.

    On PostgreSQL a missing one is made; whether one is broken its own tools say.
    """
    with connection.cursor() as cursor:
        if _is_whole(cursor):
            return False
        with transaction.atomic():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
            make(cursor, connection.vendor)
            if connection.vendor == "sqlite":
                cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")  # noqa: S608
    return True


def _is_whole(cursor: Any) -> bool:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT 1 FROM pg_class WHERE relname = 'search_tokens' AND relkind = 'i'")
        return cursor.fetchone() is not None
    names = [INDEX, *(f"{TABLE}_{name}" for name, *_rest in TRIGGERS)]
    slots = ", ".join(["%s"] * len(names))
    cursor.execute(f"SELECT count(*) FROM sqlite_master WHERE name IN ({slots})", names)  # noqa: S608
    if cursor.fetchone()[0] < len(names):
        return False
    try:
        with transaction.atomic():
            for statement in UNEQUAL:
                cursor.execute(statement)
                if cursor.fetchone():
                    return False
    except DatabaseError:
        return False
    return True
