"""A post and its stories, each at an address of its own."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from posts.caching import journal, keys
from posts.caching.keys import Shown
from posts.content import analysis, hyperlinks
from posts.models import Citation, Post, Story
from posts.models.cards import CardLink
from posts.models.labels import CardLabels
from posts.models.prepared import LANGUAGE, NOW, UNTIL, Prepared, Slot
from posts.public import listings, presence
from posts.public.heads import Article, Head, Link
from posts.public.responses import language_prefix, render_page, site_columns, site_facts
from posts.public.rows import COLUMNS, THROUGH, WIDTH, Line, PostRow

COVERAGE, PAGES = 10, 10  # stories before and after; pages of a story that are looked for


class Neighbour(NamedTuple):
    """What a post shows of the one before or after it."""

    pk: int
    address: str
    title: str
    published_at: datetime
    expires_at: datetime | None
    path: str


class StoryRow(NamedTuple):
    """A story as its own page shows it."""

    position: int
    heading: str
    slug: str
    section: str
    minutes: int
    html: str
    text: str


class Coverage(NamedTuple):
    """A story of another post that cites one of the same pages; ``pk`` is the post's."""

    pk: int
    address: str
    day: Any
    published_at: datetime
    expires_at: datetime | None
    path: str
    slug: str
    heading: str
    story_id: int


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post. Four queries; two for an address that is none."""
    row = _post(journal.shared.looks()).first(address=request.path)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_POST, address=request.path)
    found, facts = PostRow(*row[: WIDTH + 2]), site_facts(row[WIDTH + 2 :])
    shown = Shown()
    shown.posts([found], whole=True)
    older, newer = _neighbours(found, shown)
    (entry,) = listings.entries([Line(found)], shown, listings.NAMED, found.language)
    context = {"post": found, "labels": entry.labels, "older": older, "newer": newer}
    return render_page(
        request,
        "post.html",
        context,
        head=_post_head(found, entry.labels),
        shown=shown,
        language=found.language,
        facts=facts,
    )


@cache
def _post(change_known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        readable = Post.objects.published(now=NOW).filter(address=Slot("address", CharField()))
        return readable.values_list(*COLUMNS, "html", "words", *site_columns(change_known))

    return Prepared(make)


def _post_head(found: PostRow, labels: CardLabels) -> Head:
    card = found.card
    article = _article(found, labels, found.words)
    article.sources = [*(one for story in card.stories for one in story.citations), *card.sources]
    article.parts = [_story_link(found, one.slug, one.heading) for one in card.stories]
    article.picture = card.image
    crumbs = [*_sections(found, labels), Link(found.title, found.address)]
    return Head(
        found.title,
        found.address,
        found.excerpt,
        "article",
        crumbs=crumbs,
        article=article,
    )


def _story_head(
    found: PostRow, story: StoryRow, labels: CardLabels, citations: tuple[CardLink, ...]
) -> Head:
    own, digest = _story_link(found, story.slug, story.heading), Link(found.title, found.address)
    article = _article(found, labels, sum(analysis.counts(story.text)))
    article.sources, article.part_of = citations, digest
    return Head(
        story.heading,
        own.address,
        story.text,
        "article",
        feeds_query="?items=stories",
        crumbs=[*_sections(found, labels), digest, own],
        article=article,
    )


def _article(found: PostRow, labels: CardLabels, words: int) -> Article:
    modified = max(found.modified_at, found.published_at)
    return Article(found.published_at, modified, found.language, labels, words=words)


def _story_link(found: PostRow, slug: str, heading: str) -> Link:
    return Link(heading, f"{found.address}{slug}/")


def _sections(found: PostRow, labels: CardLabels) -> list[Link]:
    prefix = language_prefix(found.language)
    return [Link(one.name, f"{prefix}categories/{one.slug}/") for one in labels.categories[:1]]


def _neighbours(found: PostRow, shown: Shown) -> tuple[Neighbour | None, Neighbour | None]:
    """The posts just before and after in time and in the same language. One query.

    ``shown`` gets their keys, and that of the time between them.
    """
    at = found.published_at
    values = {"at": at, "until": at, "path": found.path, "language": found.language}
    near = [Neighbour(*row) for row in _near().rows(**values)]
    before = next((other for other in near if _time(other) < _time(found)), None)
    after = next((other for other in near if _time(other) > _time(found)), None)
    shown.posts(near)
    low, high = (other.published_at if other else None for other in (before, after))
    shown.add(*keys.span(keys.scoped(keys.ALL, found.language), low, high, timezone.now()))
    return before, after


@cache
def _near() -> Prepared:
    def make() -> QuerySet[Any]:
        at, path = Slot("at", DateTimeField()), Slot("path", CharField())
        older = Post.objects.published(UNTIL, now=NOW).filter(
            Q(published_at=at, path__lt=path) | Q(published_at__lt=at)
        )
        newer = Post.objects.published(now=NOW).filter(
            Q(published_at=at, path__gt=path) | Q(published_at__gt=at), published_at__gte=at
        )
        wanted = [
            older.in_language(LANGUAGE).order_by("-published_at", "-path").values("id")[:1],
            newer.in_language(LANGUAGE).order_by("published_at", "path").values("id")[:1],
        ]
        near = Post.objects.filter(id__in=[Subquery(one) for one in wanted])
        return near.values_list("id", *Neighbour._fields[1:])

    return Prepared(make)


def story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """One story with what was reported of it earlier and later. Four queries."""
    at = {"slug": story, "address": request.path[: -len(story) - 1]}
    row = _story(journal.shared.looks()).first(**at)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_STORY, **at)
    end = WIDTH + len(StoryRow._fields)
    found, inside, facts = PostRow(*row[:WIDTH]), StoryRow(*row[WIDTH:end]), site_facts(row[end:])
    shown = Shown()
    shown.posts([found], whole=True)
    (entry,) = listings.entries([Line(found)], shown, listings.BYLINE, found.language)
    stories, index = found.card.stories, inside.position
    citations = stories[index].citations
    earlier, later = _coverage(found, citations, shown)
    context = {
        "story": inside,
        "post": found,
        "labels": entry.labels,
        "citations": citations,
        "earlier": earlier,
        "later": later,
        "previous": stories[index - 1] if index else None,
        "next": stories[index + 1] if index + 1 < len(stories) else None,
    }
    return render_page(
        request,
        "story.html",
        context,
        head=_story_head(found, inside, entry.labels, citations),
        shown=shown,
        language=found.language,
        facts=facts,
    )


@cache
def _story(change_known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        at = {"slug": Slot("slug", CharField()), "post__address": Slot("address", CharField())}
        readable = Story.objects.published(now=NOW).filter(**at)
        return readable.values_list(*THROUGH, *StoryRow._fields, *site_columns(change_known))

    return Prepared(make)


def _coverage(
    found: PostRow, citations: tuple[CardLink, ...], shown: Shown
) -> tuple[list[Coverage], list[Coverage]]:
    """Stories of other posts that cite one of the same pages: the nearest (earlier, later), newest
    first. One query, some steps of an index for each page.

    A publication's front page is no news that two stories could share. ``shown`` gets the keys of
    the pages and of the posts.
    """
    cited = dict.fromkeys(hyperlinks.page_key(link.url)[:500] for link in citations if link.url)
    pages = [key for key in cited if "/" in key or "?" in key][:PAGES]
    if not pages:
        return [], []
    shown.add(*map(keys.cited, pages))
    at = found.published_at
    values = {f"page{n}": page for n, page in enumerate(pages)}
    rows = _covering(len(pages)).rows(at=at, until=at, post=found.pk, **values)
    once = {one.story_id: one for one in (Coverage(*row) for row in rows)}.values()
    ordered = sorted(once, key=_time, reverse=True)
    after = [one for one in ordered if _time(one) > _time(found)]
    earlier, later = ordered[len(after) :][:COVERAGE], after[-COVERAGE:]
    shown.posts((*earlier, *later))
    return earlier, later


@cache
def _covering(count: int) -> Prepared:
    """The citations of ``count`` pages just before and after a post, a few of each."""

    def make() -> QuerySet[Any]:
        parts: list[str] = []
        values: list[Any] = []
        earlier = Citation.objects.covered(UNTIL, now=NOW).order_by("-coverage_at")
        at = Slot("at", DateTimeField())
        later = Citation.objects.covered_after(at, now=NOW).order_by("coverage_at")
        for number in range(count):
            page = Slot(f"page{number}", CharField())
            for rows in (earlier, later):
                mine = rows.filter(page=page).exclude(post_id=Slot("post", BigIntegerField()))
                sql, params = mine.values("pk")[: COVERAGE * 2].query.sql_with_params()
                parts.append(f"SELECT * FROM ({sql}) AS part{len(parts)}")  # noqa: S608 - compiled
                values += params
        union = RawSQL(" UNION ALL ".join(parts), values)  # noqa: S611 - of compiled parts
        others = Citation.objects.filter(pk__in=union).order_by("position")
        return others.values_list(
            *(f"post__{name}" for name in ("id", *Coverage._fields[1:6])),
            *("story__slug", "story__heading", "story_id"),
        )

    return Prepared(make)


def _time(one: PostRow | Neighbour | Coverage) -> tuple[datetime, str]:
    """What orders posts, whatever list they stand in."""
    return one.published_at, one.path
