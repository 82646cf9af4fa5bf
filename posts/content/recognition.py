"""Is a Markdown file a post? A README, a page or a section's list is none."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from posts.content import frontmatter, metadata
from posts.content.frontmatter.values import Scalar

SUFFIXES = {
    ".md",
    ".markdown",
    ".mkdn",
    ".mkd",
    ".mdown",
    ".mdwn",
    ".mdtext",
    ".text",
    ".txt",
    ".rmd",
}
META_NAMES = {
    "readme",
    "license",
    "licence",
    "changelog",
    "contributing",
    "code_of_conduct",
    "authors",
    "_index",
    "sources",
}


@dataclass(frozen=True)
class NoPost:
    """A file that is no post; ``key`` names the reason."""

    key: str


def why_no_post(text: str, path: str) -> str:
    """The key of the reason why a file is no post; empty for a post.

    A post has a date (in its front matter, name or folder), or it is a draft, by word or folder.
    Raises :class:`Unreadable` as reading does.
    """
    if metadata.has_dated_name(path):
        return ""
    if PurePosixPath(path).stem.lower() in META_NAMES:
        return "not-a-post.about"
    document = frontmatter.read(text)
    if document.kind == "none" and not set(PurePosixPath(path).parts) & {"_posts", "_drafts"}:
        return "no-front-matter"
    meta = metadata.read(document, path)
    drafted = (
        "_drafts" in PurePosixPath(path).parts
        or meta.status != "published"
        and document.values.get("draft", Scalar("")) != ""
    )
    return "no-date" if meta.date is None and not drafted else ""
