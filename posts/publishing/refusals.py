"""What a database means when it refuses a row: understood by the constraint's name."""

import re

from django.db import DatabaseError, IntegrityError

from posts.publishing.submissions import Conflict, Refused

SQLITE_CONSTRAINT = re.compile(r"^(?:UNIQUE|CHECK) constraint failed: (.+)$")
TAKEN = {
    "path": {"posts_post.path", "posts_post_path_key"},
    "address": {"posts_post.address", "posts_post_address_key"},
}
MEANWHILE = {  # two writers made the same row at once: trying again finds it
    "posts_post.guid",
    "posts_post_guid_key",
    "posts_revision.post_id, posts_revision.number",
    "revision_number_in_post",
    "posts_story.guid",
    "posts_story_guid_key",
}


def constraint_of(error: DatabaseError) -> str:
    """The name of the constraint that was broken; of its columns for a unique one of SQLite."""
    cause = error.__cause__
    diagnostics = getattr(cause, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    match = SQLITE_CONSTRAINT.match(str(error))
    return match[1] if match else ""


def understood(error: IntegrityError, paths: list[str]) -> Exception:
    """The exception that says what happened: :class:`Conflict` or :class:`Refused`."""
    name = constraint_of(error)
    shown = ", ".join(paths[:3])
    for column, names in TAKEN.items():
        if name in names:
            return Conflict(f"the {column} of {shown} was taken meanwhile; try again")
    if name in MEANWHILE:
        return Conflict(f"{shown} was saved by somebody else meanwhile; try again")
    detail = f"the rule “{name}”" if name else str(error).splitlines()[0][:200]
    return Refused(f"the database refused {shown}: {detail}")
