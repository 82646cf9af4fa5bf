"""The rows: an index of the documents, and what is not a post's own."""

from posts.models.images import Image
from posts.models.jobs import Job
from posts.models.journal import Change
from posts.models.labels import Author, Category, PostAuthor, PostCategory, PostTag, Tag
from posts.models.pings import Ping
from posts.models.posts import Post
from posts.models.records import Delivery, QuarantinedFile, Redirect, Revision
from posts.models.search import SearchRow
from posts.models.sites import Site
from posts.models.stories import Citation, Source, Story
from posts.models.tallies import Tally

__all__ = [
    "Author",
    "Category",
    "Change",
    "Citation",
    "Delivery",
    "Image",
    "Job",
    "Ping",
    "Post",
    "PostAuthor",
    "PostCategory",
    "PostTag",
    "QuarantinedFile",
    "Redirect",
    "Revision",
    "SearchRow",
    "Site",
    "Source",
    "Story",
    "Tag",
    "Tally",
]
