"""A post and its stories, each at an address of its own."""

from functools import cache
from typing import Any, NamedTuple

from django.db.models import CharField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from markupsafe import Markup

from posts.caching import journal
from posts.caching.keys import Shown, label
from posts.content import hyperlinks
from posts.models import Post, Story
from posts.models.labels import LabelNames, label_names
from posts.models.prepared import NOW, Prepared, Slot
from posts.public import articles, listings, localized, near, presence, storied
from posts.public.responses import (
    activate_language,
    frame_of,
    language_prefix,
    render_page,
    site_columns,
    site_facts,
)
from posts.public.rows import COLUMNS, THROUGH, WIDTH, PostRow
from posts.public.translations import translation_columns, translations

COVERAGE = 10  # stories before and after
SHOWN_BEFORE, MOST_BEFORE = 5, 10  # earlier reports of a story: dates that are shown, counted
LONG, HEADINGS = 1200, 3  # words and headings of a post without stories that has contents


class StoryRow(NamedTuple):
    """A story as its own page shows it."""

    position: int
    heading: str
    slug: str
    section: str
    minutes: int
    html: str
    text: str


def post(request: HttpRequest, **address: Any) -> HttpResponse:
    """A post. Four queries; two for an address that is none."""
    row = _post(journal.shared.looks()).first(address=request.path)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_POST, address=request.path)
    found, facts = PostRow(*row[: WIDTH + 2]), site_facts(row[WIDTH + 4 :])
    shown = Shown()
    shown.posts([found], whole=True)
    links, others = translations(row[WIDTH + 2 : WIDTH + 4], found, shown)
    names = _names(found, shown)
    around = near.of_post(found, row[WIDTH + 2], names, shown)
    frame = _frame(found, around)
    found.html = storied.with_links(found.html, found.card.stories, frame)
    labels = names.of(found.card)
    context = {
        "post": found,
        "labels": labels,
        "contents": _contents(found),
        "near": around,
        "translations": others,
    }
    head = articles.post_head(found, labels)
    head.translations, head.elsewhere = links, [(one.language, one.address) for one in others]
    return render_page(
        request,
        "post.html",
        context,
        head=head,
        shown=shown,
        language=found.language,
        facts=facts,
    )


@cache
def _post(change_known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        readable = Post.objects.published(now=NOW).filter(address=Slot("address", CharField()))
        more = (*translation_columns(), *site_columns(change_known))
        return readable.values_list(*COLUMNS, "html", "words", *more)

    return Prepared(make)


def _names(found: PostRow, shown: Shown) -> LabelNames:
    """The names of a post's labels. One query; ``shown`` gets their keys."""
    names = label_names([found.card], listings.NAMED, found.language)
    shown.add(*(label(listings.KINDS[folder][2], pk) for folder, pk in names.ids))
    return names


def _contents(found: PostRow) -> list[storied.Heading]:
    """The stories of a digest, the headings of another long post."""
    stories = found.card.stories
    if stories:
        several = stories if len(stories) > 1 else ()
        return [storied.Heading(f"story-{one.slug}", one.heading) for one in several]
    headings = storied.headings(found.html) if found.words >= LONG else []
    return headings if len(headings) >= HEADINGS else []


def _frame(found: PostRow, around: near.Near) -> storied.Frame:
    """What the page adds to the post's stories, in the interface's language."""
    language = activate_language(found.language)
    prefix = language_prefix(frame_of(found.language))
    source = gettext("Source") if language == found.language != "en" else ""
    before = _reported(found, around, language) if around.covered else {}
    return storied.Frame(prefix, source, before)


def _reported(found: PostRow, around: near.Near, language: str) -> dict[str, Markup]:
    """By a story's slug how often other posts reported of it before, and when."""
    reported = {}
    for story in found.card.stories:
        earlier = [
            one
            for page in near.pages(story.citations)
            for one in around.covered.get(page, ())
            if one.time < (found.published_at, found.path)
        ]
        if earlier:
            posts = near.once(earlier, found.language)
            posts.sort(key=lambda one: one.time, reverse=True)
            reported[story.slug] = _said(found, posts, language)
    return reported


def _said(found: PostRow, earlier: list[near.Nearby], language: str) -> Markup:
    """Reported before so often: dates, each of which leads to the story of that day."""
    count = len(earlier)
    text = ngettext("Reported before (%(count)s):", "Reported before (%(count)s):", count)
    if count > MOST_BEFORE:
        count, text = MOST_BEFORE, gettext("Reported before (more than %(count)s):")
    links = (
        Markup('<a href="{}">{}</a>').format(
            f"{hyperlinks.quoted(one.address)}{hyperlinks.quoted(one.slug or '')}/",
            localized.day_short(one.day, language, found.day),
        )
        for one in earlier[:SHOWN_BEFORE]
    )
    return Markup("{} {}").format(
        text % {"count": localized.number(count, language)}, Markup(" ").join(links)
    )


def story(request: HttpRequest, story: str, **address: Any) -> HttpResponse:
    """One story with what was reported of it earlier and later. Four queries."""
    at = {"slug": story, "address": request.path[: -len(story) - 1]}
    row = _story(journal.shared.looks()).first(**at)
    if row is None:
        return presence.gone_or_404(request, presence.GONE_STORY, **at)
    end = WIDTH + len(StoryRow._fields)
    found, inside = PostRow(*row[:WIDTH]), StoryRow(*row[WIDTH:end])
    shown = Shown()
    shown.posts([found], whole=True)
    _links, others = translations(row[end : end + 2], found, shown)
    names = _names(found, shown)
    stories, index = found.card.stories, inside.position
    citations = stories[index].citations
    around = near.of_story(found, row[end], citations, names, shown)
    labels = names.of(found.card)
    context = _around_story(found, around, index) | {
        "story": inside,
        "post": found,
        "labels": labels,
        "citations": citations,
    }
    head = articles.story_head(found, inside.slug, inside.text, labels)
    head.elsewhere = [(one.language, one.address) for one in others]
    return render_page(
        request,
        "story.html",
        context,
        head=head,
        shown=shown,
        language=found.language,
        facts=site_facts(row[end + 2 :]),
    )


@cache
def _story(change_known: bool) -> Prepared:
    def make() -> QuerySet[Any]:
        at = {"slug": Slot("slug", CharField()), "post__address": Slot("address", CharField())}
        readable = Story.objects.published(now=NOW).filter(**at)
        more = (*translation_columns("post__"), *site_columns(change_known))
        return readable.values_list(*THROUGH, *StoryRow._fields, *more)

    return Prepared(make)


def _around_story(found: PostRow, around: near.Near, index: int) -> dict[str, Any]:
    """What the page says of its digest and of other coverage, in the interface's language."""
    stories, spoken = found.card.stories, activate_language(found.language)
    numbers = {"position": index + 1, "count": len(stories)}
    values = {name: localized.number(value, spoken) for name, value in numbers.items()}
    earlier, later = _coverage(found, around)
    return {
        "earlier": earlier,
        "later": later,
        "near": around,
        "position": gettext("Story %(position)s of %(count)s") % values,
        "previous": stories[index - 1] if index else None,
        "next": stories[index + 1] if index + 1 < len(stories) else None,
    }


def _coverage(found: PostRow, around: near.Near) -> tuple[list[near.Nearby], list[near.Nearby]]:
    """Stories of other posts that cite one of the same pages: the nearest (earlier, later), oldest
    first.
    """
    covered = (one for page in around.covered.values() for one in page)
    ordered = sorted(near.once(covered, found.language), key=lambda one: one.time)
    own = found.published_at, found.path
    earlier = [one for one in ordered if one.time < own]
    return earlier[-COVERAGE:], ordered[len(earlier) :][:COVERAGE]
