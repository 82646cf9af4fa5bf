"""THE write path: every document reaches the database through here, whoever brings it.

``save`` takes one document, ``save_all`` many in one transaction; both write the post, its stories,
citations, labels, redirects and a revision, or nothing. ``publish``, ``withdraw`` and ``restore`` are
edits of the document like any other.
"""

from posts.publishing.gate import NotAllowed, check, may_publish
from posts.publishing.merging import merge, rebuild
from posts.publishing.saving import save_all
from posts.publishing.submissions import Conflict, Outcome, Refused, Submission, document_hash
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
    "NotAllowed",
    "Outcome",
    "Refused",
    "Submission",
    "check",
    "document_hash",
    "may_publish",
    "merge",
    "publish",
    "publishing_changes",
    "rebuild",
    "restore",
    "save",
    "save_all",
    "save_submission",
    "submission",
    "withdraw",
]
