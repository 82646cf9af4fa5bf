"""A derived document -> the columns of its post."""

from datetime import datetime
from typing import Any

import posts.publishing.stories as stories
from posts.content.derive import Derived, Link
from posts.models import Post
from posts.models.cards import Card, CardLink, CardStory
from posts.publishing.addresses import site_language
from posts.publishing.images import Pictures
from posts.publishing.labels import KINDS, Labels
from posts.publishing.submissions import MAX_MINUTES, Change, Submission, document_hash

WRITTEN = (
    "title slug address day date_text published_at expires_at public_since status language "
    "translation rtl "
    "words minutes story_count zone sha256 version saved_at modified_at excerpt card problems "
    "document html"
).split()


def change_of(
    submission: Submission,
    post: Post | None,
    address: str | None,
    labels: Labels,
    pictures: Pictures,
    now: datetime,
) -> Change:
    """Set the columns of a post, new or there; nothing is written yet."""
    if post is None:
        return _new(submission, address, labels, pictures, now)
    old_address = post.address
    before = {name: getattr(post, name) for name in WRITTEN}
    _note_readers(post)
    had_readers = post.public_since is not None
    values = _values(submission, address, labels, pictures)
    state = _state(post, values)
    for name, value in values.items():
        setattr(post, name, value)
    _stamp(post, state, submission.derived, now)
    _note_readers(post)
    columns = [name for name in WRITTEN if getattr(post, name) != before[name]]
    kept = _kept(before, post, submission.derived) if state == "updated" else frozenset()
    return Change(submission, post, state, old_address, had_readers, columns, kept)


def _new(
    submission: Submission,
    address: str | None,
    labels: Labels,
    pictures: Pictures,
    now: datetime,
) -> Change:
    values = _values(submission, address, labels, pictures)
    post = Post(path=submission.path, guid=stories.guid(submission.path), version=0, **values)
    _stamp(post, "imported", submission.derived, now)
    _note_readers(post)
    return Change(submission, post, "imported")


def _note_readers(post: Post) -> None:
    """Asked of what a post was, which may have come by the clock, and of what it becomes."""
    if post.public_since is None and post.is_public:
        post.public_since = post.published_at


def _values(
    submission: Submission, address: str | None, labels: Labels, pictures: Pictures
) -> dict[str, Any]:
    derived = submission.derived
    is_published = derived.status == Post.Status.PUBLISHED
    return {
        "title": derived.title,
        "slug": derived.slug,
        "address": address,
        "day": derived.day,
        "date_text": derived.date_text,
        "published_at": derived.published_at if is_published else None,
        "expires_at": derived.expires_at,
        "status": derived.status,
        "language": site_language(derived.language),
        "translation": derived.translation,
        "rtl": derived.rtl,
        "words": derived.words,
        "minutes": min(derived.minutes, MAX_MINUTES),
        "story_count": len(derived.stories),
        "zone": submission.zone,
        "sha256": document_hash(submission.document),
        "excerpt": derived.excerpt,
        "card": _card(submission, labels, pictures),
        "problems": [
            problem.as_json() for problem in (*derived.problems, *pictures.missing(submission))
        ],
        "document": submission.document,
        "html": pictures.resolved(derived.html, submission.path),
    }


def _state(post: Post, values: dict[str, Any]) -> str:
    if post.sha256 != values["sha256"]:
        return "updated"
    differs = any(getattr(post, name) != value for name, value in values.items())
    return "rebuilt" if differs else "unchanged"


def _kept(before: dict[str, Any], post: Post, derived: Derived) -> frozenset[str]:
    """The kinds of rows that an edit leaves alone, since all that they are made of is the same.

    Only a save may ask this, whose post was right before it. A rebuild looks at every row.
    """

    def same(*names: str) -> bool:
        return all(before[name] == getattr(post, name) for name in names)

    found: set[str] = set()
    old, new = before["card"], post.card
    if same("language", "day", "published_at", "expires_at"):
        found = {kind for kind in KINDS if getattr(old, kind) == getattr(new, kind)}
        cited = [[(story.slug, story.citations) for story in card.stories] for card in (old, new)]
        if cited[0] == cited[1] and old.sources == new.sources:
            found.add("citations")
    is_same_front = _same_front(before["document"], post.document, derived)
    if is_same_front and same("status", "address", "slug"):
        found.add("redirects")
    return frozenset(found)


def _same_front(old: str, new: str, derived: Derived) -> bool:
    """True if two documents have one front matter. It ends with a line, and nothing below that
    says where.
    """
    front = new[: derived.body_at]
    return front.endswith(("\n", "\r")) and old.startswith(front)


def _stamp(post: Post, state: str, derived: Derived, now: datetime) -> None:
    """Versions and times: the only columns that the document does not say."""
    if state in ("imported", "updated"):
        post.version += 1
        first = min(derived.published_at or now, now)
        post.modified_at = now if state == "updated" else first
    if state != "unchanged":
        post.saved_at = now


def _card(submission: Submission, labels: Labels, pictures: Pictures) -> Card:
    derived = submission.derived
    cited = {link.page for story in derived.stories for link in story.citations}
    return Card(
        authors=labels.slugs(derived.authors),
        categories=labels.slugs(derived.categories),
        tags=labels.slugs(derived.tags),
        stories=tuple(
            CardStory(story.slug, story.heading, _shown(story.citations))
            for story in derived.stories
        ),
        sources=_shown(derived.citations),
        further=_shown(
            [link for link in derived.citations if not link.page or link.page not in cited]
        ),
        image=pictures.for_card(submission),
    )


def _shown(links: list[Link]) -> tuple[CardLink, ...]:
    return tuple(CardLink(link.text, link.url, link.host) for link in links)
