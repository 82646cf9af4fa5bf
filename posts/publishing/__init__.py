"""THE write path: every document reaches the database through here, whoever brings it.

``save`` takes one document, ``save_all`` many in one transaction; both write the post, its stories,
citations, labels, redirects and a revision, or nothing. ``publish``, ``withdraw``, ``restore`` and
``retag`` are edits of the document like any other.
"""

from posts.publishing.delivering import comparison, deliver, join, refuse, take, waiting
from posts.publishing.gate import NotAllowed, check, may_publish, require
from posts.publishing.jobs import UndoError, cancel, run_all, start, undo
from posts.publishing.labels import digest_switches
from posts.publishing.merging import MergeError, start_merge
from posts.publishing.rebuilding import rebuild
from posts.publishing.rows import check_redirect, delete_row, save_row
from posts.publishing.saving import save_all
from posts.publishing.selections import start_rebuild, start_selection
from posts.publishing.submissions import Conflict, Outcome, Refused, Submission, document_hash
from posts.publishing.tagging import retag
from posts.publishing.workflow import (
    publish,
    publishing_changes,
    restore,
    save,
    save_submission,
    submission,
    withdraw,
)

__all__ = [
    "Conflict",
    "MergeError",
    "NotAllowed",
    "Outcome",
    "Refused",
    "Submission",
    "UndoError",
    "cancel",
    "check",
    "check_redirect",
    "comparison",
    "delete_row",
    "deliver",
    "digest_switches",
    "document_hash",
    "join",
    "may_publish",
    "publish",
    "publishing_changes",
    "rebuild",
    "refuse",
    "require",
    "restore",
    "retag",
    "run_all",
    "save",
    "save_all",
    "save_row",
    "save_submission",
    "start",
    "start_merge",
    "start_rebuild",
    "start_selection",
    "submission",
    "take",
    "undo",
    "waiting",
    "withdraw",
]
