"""Documents -> rows, many at once, in one transaction.

The order of work for a batch:

1. the posts that are there are read with their children;
2. label rows are found or made; pictures are found; addresses are given out;
3. each post's columns are derived; new posts are added, changed ones written;
4. stories are matched to what they were; stories, citations and ties are brought to what is wanted;
5. redirects follow addresses and documents;
6. a revision is kept of every document that changed.

A batch whose documents and derived rows are as they were writes nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

import posts.publishing.stories as matching
from posts.content import hyperlinks
from posts.content.derive import Derived
from posts.content.rendering import image_tags
from posts.models import Citation, Image, Post, PostAuthor, PostCategory, PostTag, Revision, Story
from posts.publishing.addresses import (
    Addresses,
    Redirects,
    base_address,
    name_address,
    site_language,
)
from posts.publishing.labels import Labels

TIES = (
    (PostTag, "tag", "tags"),
    (PostCategory, "category", "categories"),
    (PostAuthor, "author", "authors"),
)
WRITTEN = (
    "title slug address day date_text published_at status language rtl words minutes story_count zone sha256 version saved_at modified_at excerpt card "
    "problems document html"
).split()


@dataclass
class Submission:
    """One document to be saved, with what was derived from it."""

    path: str
    document: str
    derived: Derived
    zone: str


@dataclass(frozen=True)
class Outcome:
    """What became of a submission: ``imported``, ``updated`` or ``unchanged``, and old addresses that others hold."""

    post: Post
    state: str
    conflicts: tuple[str, ...] = ()


def digest_of(document: str) -> str:
    """The hash by which an unchanged document is known."""
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def save_all(
    submissions: list[Submission], *, reason: str, user=None, now: datetime | None = None
) -> list[Outcome]:
    """Save documents, all or none. Each path may occur once. About 25 queries for a batch of any size."""
    with transaction.atomic():
        return _Batch(submissions, reason, user, now or timezone.now()).save()


class _Batch:
    def __init__(self, submissions: list[Submission], reason: str, user, now: datetime):
        self.submissions, self.reason, self.user, self.now = submissions, reason, user, now
        self.was = {
            post.path: post
            for post in Post.objects.select_for_update().filter(
                path__in=[s.path for s in submissions]
            )
        }
        ids = [post.id for post in self.was.values()]
        self.old_stories: dict[int, list[Story]] = (
            _grouped(Story.objects.filter(post_id__in=ids).order_by("position")) if ids else {}
        )
        self.old_citations: dict[int, list[Citation]] = (
            _grouped(Citation.objects.filter(post_id__in=ids).order_by("position")) if ids else {}
        )
        self.labels = Labels(s.derived for s in submissions)
        self.images = self._images()

    def save(self) -> list[Outcome]:
        bases = {
            s.path: base_address(s.derived, site_language(s.derived.language))
            for s in self.submissions
        }
        given = Addresses([base for base in bases.values() if base])
        self.pairs: list[tuple[Submission, Post]] = []
        self.moved: dict[str, str] = {}
        self.states: dict[str, str] = {}
        new, changed = [], []
        for submission in self.submissions:
            post = self.was.get(submission.path)
            before = post.address if post else None
            address = (
                given.take(bases[submission.path], submission.path, before)
                if bases[submission.path]
                else None
            )
            if post is None:
                post = Post(path=submission.path, guid=matching.guid(submission.path), version=0)
                new.append(post)
            if before and before != address:
                self.moved[submission.path] = before
            self.states[submission.path] = self._fill(post, submission, address)
            if self.states[submission.path] != "unchanged" and post.id:
                changed.append(post)
            self.pairs.append((submission, post))
        Post.objects.bulk_create(new)
        if changed:
            Post.objects.bulk_update(changed, WRITTEN, batch_size=50)
        self._children()
        conflicts = self._redirects()
        self._revisions()
        return [
            Outcome(post, self.states[s.path], tuple(conflicts.get(s.path, ())))
            for s, post in self.pairs
        ]

    # -- columns -------------------------------------------------------------------------------

    def _fill(self, post: Post, submission: Submission, address: str | None) -> str:
        """Set the post's columns; say whether it is new, changed or as it was."""
        derived, document_hash = submission.derived, digest_of(submission.document)
        language = site_language(derived.language)
        values = {
            "title": derived.title,
            "slug": derived.slug,
            "address": address,
            "day": derived.day,
            "date_text": derived.date_text,
            "published_at": derived.published_at if derived.status == "published" else None,
            "status": derived.status,
            "language": language,
            "rtl": derived.rtl,
            "words": derived.words,
            "minutes": min(derived.minutes, 32_000),
            "story_count": len(derived.stories),
            "zone": submission.zone,
            "sha256": document_hash,
            "excerpt": derived.excerpt,
            "card": self._card(submission),
            "problems": [problem.as_dict() for problem in derived.problems],
            "document": submission.document,
            "html": image_tags.resolved(
                derived.html, lambda source: self._place(source, submission.path)
            ),
        }
        state = (
            "imported"
            if post.id is None
            else "updated"
            if post.sha256 != document_hash
            else "unchanged"
        )
        if state == "unchanged" and any(
            getattr(post, name) != value for name, value in values.items()
        ):
            state = "rebuilt"
        for name, value in values.items():
            setattr(post, name, value)
        if state in ("imported", "updated"):
            post.version += 1
            post.modified_at = (
                self.now if state == "updated" else min(derived.published_at or self.now, self.now)
            )
        if state != "unchanged":
            post.saved_at = self.now
        return state

    def _card(self, submission: Submission) -> dict:
        derived = submission.derived
        cited = {link.page for story in derived.stories for link in story.citations}
        place = self._place(derived.image, submission.path) if derived.image else None
        if place is None:
            inner = (
                self._place(source, submission.path)
                for source in image_tags.references(derived.html)
            )
            place = next((found for found in inner if found), None)
        return {
            "authors": [[row.slug, row.name] for row in self.labels.of("authors", derived.authors)],
            "categories": [
                [row.slug, row.name] for row in self.labels.of("categories", derived.categories)
            ],
            "tags": [[row.slug, row.name] for row in self.labels.of("tags", derived.tags)],
            "stories": [
                [story.slug, story.heading, [self._shown(link) for link in story.citations]]
                for story in derived.stories
            ],
            "sources": [self._shown(link) for link in derived.citations],
            "further": [
                self._shown(link)
                for link in derived.citations
                if not link.page or link.page not in cited
            ],
            "image": list(place) if place else None,
        }

    def _shown(self, link) -> list[str]:
        source = self.labels.sources.get(link.host)
        return [link.text, link.url, source.host if source else ""]

    def _images(self) -> dict[str, Image]:
        wanted: set[str] = set()
        for submission in self.submissions:
            sources = image_tags.references(submission.derived.html)
            sources += [
                source
                for story in submission.derived.stories
                for source in image_tags.references(story.html)
            ]
            for source in [*sources, submission.derived.image]:
                wanted.update(
                    hyperlinks.image_candidates(source, submission.path) if source else ()
                )
        ordered = sorted(wanted)
        return {
            image.path: image
            for start in range(0, len(ordered), 500)
            for image in Image.objects.filter(path__in=ordered[start : start + 500])
        }

    def _place(self, source: str, path: str) -> image_tags.StoredImage | None:
        for candidate in hyperlinks.image_candidates(source, path):
            if image := self.images.get(candidate):
                return image_tags.StoredImage(image.file.url, image.width, image.height)
        return None

    # -- children ------------------------------------------------------------------------------

    def _children(self):
        added, changed, gone = [], [], []
        self.story_rows: dict[str, list[Story]] = {}
        self.renamed: list[tuple[Post, Story, str]] = []
        for submission, post in self.pairs:
            for story in submission.derived.stories:
                story.html = image_tags.resolved(
                    story.html, lambda source, path=submission.path: self._place(source, path)
                )
            cited = defaultdict(set)
            for citation in self.old_citations.get(post.id, ()):
                cited[citation.story_id].add(citation.page)
            rows, new, different, left = matching.rows(
                post, submission.derived, self.old_stories.get(post.id, []), cited
            )
            self.story_rows[submission.path] = rows
            self.renamed += [
                (post, row, row.was_slug) for row in different if row.was_slug != row.slug
            ]
            added, changed, gone = added + new, changed + different, gone + left
        if gone:
            Story.objects.filter(id__in=[story.id for story in gone]).delete()
        self._write_changed_stories(changed)
        Story.objects.bulk_create(added)
        self._citations()
        for model, name, kind in TIES:
            self._ties(model, name, kind)
        touched = {post.id for post, *_ in self.renamed} | {
            story.post_id for story in (*changed, *gone)
        }
        self._touch(touched)

    def _write_changed_stories(self, changed: list[Story]):
        """Two stories may have changed places or names: each first steps aside from the unique slug."""
        if not changed:
            return
        slugs = {story.id: story.slug for story in changed}
        for story in changed:
            story.slug = f"\x7f{story.id}"
        Story.objects.bulk_update(changed, ["slug"])
        for story in changed:
            story.slug = slugs[story.id]
        Story.objects.bulk_update(
            changed, ["position", "heading", "slug", "section", "html", "text"]
        )

    def _citations(self):
        stale, fresh = [], []
        for submission, post in self.pairs:
            wanted = self._wanted_citations(submission, post)
            have = self.old_citations.get(post.id, [])
            if [_values(row) for row in wanted] != [_values(row) for row in have]:
                stale += [row.id for row in have]
                fresh += wanted
                if post.id in self.old_citations:
                    self._touch({post.id})
        for start in range(0, len(stale), 500):
            Citation.objects.filter(id__in=stale[start : start + 500]).delete()
        Citation.objects.bulk_create(fresh)

    def _wanted_citations(self, submission: Submission, post: Post) -> list[Citation]:
        result: list[Citation] = []
        cited: set[int] = set()
        groups = [
            (row, story.citations)
            for row, story in zip(
                self.story_rows[submission.path], submission.derived.stories, strict=True
            )
        ]
        for row, links in [*groups, (None, submission.derived.citations)]:
            seen = set(cited) if row is None else set()
            for link in links:
                source = self.labels.sources.get(link.host)
                first = source is not None and source.id not in seen
                if source is not None:
                    seen.add(source.id)
                    cited.add(source.id)
                result.append(
                    Citation(
                        post=post,
                        story=row,
                        position=len(result),
                        text=link.text,
                        url=link.url,
                        page=link.page,
                        source=source,
                        language=post.language,
                        listed_at=post.published_at if first else None,
                        coverage_at=post.published_at,
                    )
                )
        return result

    def _ties(self, model, name: str, kind: str):
        old_ids = [post.id for post in self.was.values()]
        have = (
            _grouped(model.objects.filter(post_id__in=old_ids).order_by("position", "id"))
            if old_ids
            else {}
        )
        stale, fresh = [], []
        for submission, post in self.pairs:
            labels = self.labels.of(kind, getattr(submission.derived, kind))
            wanted = [
                model(
                    post=post,
                    position=place,
                    language=post.language,
                    listed_at=post.published_at,
                    **{name: label},
                )
                for place, label in enumerate(labels)
            ]
            rows = have.get(post.id, [])

            def values(row):
                return (getattr(row, f"{name}_id"), row.position, row.language, row.listed_at)

            if [values(row) for row in wanted] != [values(row) for row in rows]:
                stale += [row.id for row in rows]
                fresh += wanted
                if rows or post.path in self.was:
                    self._touch({post.id})
        if stale:
            model.objects.filter(id__in=stale).delete()
        model.objects.bulk_create(fresh)

    def _touch(self, ids: set[int]):
        """A post whose children alone had to be mended counts as changed too."""
        mended = [
            post
            for submission, post in self.pairs
            if post.id in ids and self.states[submission.path] == "unchanged"
        ]
        for post in mended:
            self.states[post.path] = "rebuilt"
            post.saved_at = self.now
        if mended:
            Post.objects.filter(id__in=[post.id for post in mended]).update(saved_at=self.now)

    # -- records -------------------------------------------------------------------------------

    def _redirects(self) -> dict[str, list[str]]:
        pairs = [
            (s, post)
            for s, post in self.pairs
            if self.states[s.path] != "unchanged" and post.address
        ]
        if not pairs:
            return {}
        old = {
            s.path: [*s.derived.written_addresses, *s.derived.usual_addresses] for s, _post in pairs
        }
        for submission, post in pairs:
            if (named := name_address(submission.path)) and named != post.address:
                old[submission.path].append(named)
        story_paths = {
            f"{post.address}{slug}/" for post, _row, slug in self.renamed if post.address
        }
        every = (
            {path for paths in old.values() for path in paths}
            | set(self.moved.values())
            | story_paths
        )
        book = Redirects(every, {post.address for _s, post in pairs})
        for submission, post in pairs:
            for path in old[submission.path]:
                book.lead(path, post, derived=True)
            if submission.path in self.moved:
                book.lead(self.moved[submission.path], post, derived=False)
        for post, row, slug in self.renamed:
            if post.address and not any(other.slug == slug for other in self.story_rows[post.path]):
                book.lead(f"{post.address}{slug}/", post, derived=False, story=row)
        book.write(
            [post for _s, post in pairs],
            {post.id: set(old[s.path]) for s, post in pairs if s.path in self.was},
        )
        found = defaultdict(list)
        written = {s.path: set(s.derived.written_addresses) for s, _post in pairs}
        for path, address in book.conflicts:
            if address in written[path]:
                found[path].append(address)
        return found

    def _revisions(self):
        Revision.objects.bulk_create(
            Revision(
                post=post,
                number=post.version,
                saved_at=self.now,
                user=self.user,
                reason=self.reason,
                document=s.document,
            )
            for s, post in self.pairs
            if self.states[s.path] in ("imported", "updated")
        )


def _values(row: Citation) -> tuple:
    return (
        row.story_id,
        row.position,
        row.text,
        row.url,
        row.page,
        row.source_id,
        row.language,
        row.listed_at,
        row.coverage_at,
    )


def _grouped(queryset) -> dict[int, list]:
    found: dict[int, list] = defaultdict(list)
    for row in queryset:
        found[row.post_id].append(row)
    return found
