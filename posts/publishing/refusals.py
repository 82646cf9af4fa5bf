"""What a database means when it refuses a row: understood by the constraint's name.

PostgreSQL gives the name. SQLite gives it for checks; for a unique rule it gives the columns, which
are as good as a name.
"""

import re

from django.db import DatabaseError, IntegrityError, InternalError, OperationalError

from posts.content.problems import Worded
from posts.publishing.submissions import Conflict, Refused

SQLITE_CONSTRAINT = re.compile(r"(?:UNIQUE|CHECK|NOT NULL) constraint failed: (?:index ')?([^']+)")
TAKEN = {
    "posts_post.path": "conflict.path",
    "posts_post_path_key": "conflict.path",
    "posts_post.address": "conflict.address",
    "posts_post_address_key": "conflict.address",
}
MEANWHILE = {  # two writers made the same row at once: trying again finds it
    "posts_post.guid",
    "posts_post_guid_key",
    "posts_revision.post_id, posts_revision.number",
    "revision_number_in_post",
    "posts_story.guid",
    "posts_story_guid_key",
    "posts_redirect.old_path",
    "posts_redirect_old_path_key",
}
# deadlock, serialization failure, lock not available, a row that is pointed to is gone
TRY_AGAIN = {"40P01", "40001", "55P03", "23503"}
WAITED_IN_VAIN = "database is locked"
ROW_IS_GONE = "FOREIGN KEY constraint failed"


def constraint_of(error: DatabaseError) -> str:
    """The name of the constraint that was broken; of its columns for a unique one of SQLite."""
    cause = error.__cause__
    diagnostics = getattr(cause, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    match = SQLITE_CONSTRAINT.match(str(error))
    return match[1] if match else ""


def columns_of(error: DatabaseError, table: str) -> list[str]:
    """The columns of a unique rule that was broken in a table; empty where it was another rule."""
    name = constraint_of(error)
    if match := re.fullmatch(rf"{table}_(\w+)_key", name):
        return [match[1]]
    return re.findall(rf"{table}\.(\w+)", name)


def understood(error: DatabaseError, paths: list[str]) -> Worded | None:
    """The exception that says what happened: :class:`Conflict` or :class:`Refused`.

    None for an error that says nothing of the rows: a lost connection, a database that can only be
    read.
    """
    name, shown = constraint_of(error), ", ".join(paths[:3])
    if name in TAKEN:
        return Conflict(TAKEN[name], path=shown)
    if name in MEANWHILE or _will_pass(error):
        return Conflict("conflict.busy", path=shown)
    if isinstance(error, OperationalError | InternalError):  # the latter: it can only be read
        return None
    if name:
        return Refused("refused.rule", path=shown, rule=name)
    lines = str(error).splitlines() or [type(error).__name__]
    return Refused("refused.database", path=shown, problem=lines[0][:200])


def is_over_at_once(error: DatabaseError) -> bool:
    """True if the same save can be tried again now; a lock of SQLite was waited for long enough."""
    return isinstance(error, IntegrityError) or _code(error) in TRY_AGAIN


def _will_pass(error: DatabaseError) -> bool:
    waited = any(text in str(error) for text in (WAITED_IN_VAIN, ROW_IS_GONE))
    return waited or _code(error) in TRY_AGAIN


def _code(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
