"""Files -> posts: every file is accounted for, none is ever half imported."""

from posts.importing.files import Found, discover
from posts.importing.runs import FileResult, ImportRun

__all__ = ["FileResult", "Found", "ImportRun", "discover"]
