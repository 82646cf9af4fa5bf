"""The public pages. Each view finds what it shows; ``pages`` does what all pages need."""

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _

from posts.content import hyperlinks
from posts.models import Citation, Post, Redirect, Story
from posts.models.changes import site_changed_at
from posts.public import feeds, listings, months
from posts.public.responses import activate_language, menu, render_page

PAGE_SIZE = 20
INDEX_SIZE = 300
COVERAGE = 10


def listing(request, make, language: str = "", feed: str = "", **key):
    """Any list of posts, as a page or as a feed. At most five queries."""
    activate_language(language)
    try:
        found = make(**key, language=language)
    except Http404:
        return redirect_or_404(request)  # a label that was merged, or an old address of this shape
    if feed:
        return feeds.feed(request, found, feed)
    entries, more = found.page(request.GET.get("before", ""), PAGE_SIZE)
    if not entries and (found.kind != "home" or language):
        return redirect_or_404(
            request
        )  # “/old/” looks like a language, and “/2020/” may have led somewhere
    context = {
        "listing": found,
        "entries": entries,
        "more": more,
        "first_page": "before" not in request.GET,
    }
    return render_page(request, "posts/listing.html", context, language=language)


def post(request, year: int, month: int, day: int, slug: str, language: str = ""):
    """A post. Four queries; one more for an address that is none."""
    there = Post.objects.published().filter(address=request.path)
    found = there.annotate(changed=site_changed_at()).first()
    if found is None:
        return redirect_or_404(request)
    older, newer = _neighbours(found)
    (entry,) = listings.entries([found])
    context = {"post": found, "labels": entry.labels, "older": older, "newer": newer}
    return render_page(
        request, "posts/post.html", context, language=found.language, changed=found.changed
    )


def _neighbours(found: Post) -> tuple[Post | None, Post | None]:
    """The posts just before and after in time and in the same language. One query."""
    older = Post.objects.published(found.published_at).filter(
        Q(published_at=found.published_at, id__lt=found.id) | Q(published_at__lt=found.published_at)
    )
    newer = Post.objects.published().filter(
        Q(published_at=found.published_at, id__gt=found.id)
        | Q(published_at__gt=found.published_at),
        published_at__gte=found.published_at,
    )
    older, newer = older.filter(language=found.language), newer.filter(language=found.language)
    wanted = [
        older.order_by("-published_at", "-id").values("id")[:1],
        newer.order_by("published_at", "id").values("id")[:1],
    ]
    near = list(Post.objects.for_lists().filter(Q(id__in=wanted[0]) | Q(id__in=wanted[1])))
    position = (found.published_at, found.id)
    return (
        next((other for other in near if (other.published_at, other.id) < position), None),
        next((other for other in near if (other.published_at, other.id) > position), None),
    )


def story(request, year: int, month: int, day: int, slug: str, story: str, language: str = ""):
    """One story with what was reported of it earlier and later. Four queries."""
    address = request.path[: -len(story) - 1]
    there = Story.objects.published().filter(slug=story, post__address=address)
    found = (
        there.annotate(changed=site_changed_at())
        .select_related("post")
        .defer("post__document", "post__html")
        .first()
    )
    if found is None:
        return _moved_story(address, story) or redirect_or_404(request)
    (entry,) = listings.entries([found.post])
    stories = found.post.card.stories
    citations = stories[found.position].citations
    earlier, later = _coverage(found, citations)
    context = {
        "story": found,
        "post": found.post,
        "labels": entry.labels,
        "citations": citations,
        "earlier": earlier,
        "later": later,
        "previous": stories[found.position - 1] if found.position else None,
        "next": stories[found.position + 1] if found.position + 1 < len(stories) else None,
    }
    return render_page(
        request, "posts/story.html", context, language=found.post.language, changed=found.changed
    )


def _moved_story(address: str, slug: str):
    """The way to a story whose post has moved as a whole. One query."""
    moved = (
        Redirect.objects.filter(old_path=address, story=None, post__stories__slug=slug)
        .select_related("post")
        .defer("post__document", "post__html")
        .first()
    )
    if moved is None or not moved.post.is_public:
        return None
    return HttpResponsePermanentRedirect(hyperlinks.quoted(f"{moved.post.address}{slug}/"))


def _coverage(found: Story, citations) -> tuple[list[Citation], list[Citation]]:
    """Stories of other posts that cite one of the same pages. One query."""
    pages = [hyperlinks.page_key(link.url)[:500] for link in citations if link.url]
    others = Citation.objects.covered().filter(page__in=pages).exclude(post=found.post_id)
    others = (
        others.select_related("story", "post")
        .defer("post__document", "post__html", "story__html", "story__text")
        .order_by("-coverage_at", "-id")
    )
    once = {citation.story_id: citation for citation in others[: COVERAGE * 2]}.values()
    position = found.post.published_at
    return [c for c in once if c.coverage_at <= position][:COVERAGE], [
        c for c in once if c.coverage_at > position
    ][-COVERAGE:]


def redirect_or_404(request, *args, **kwargs):
    """An old address leads on for good; nothing else is told about what is not there. One query."""
    found = (
        Redirect.objects.filter(old_path=request.path)
        .select_related("post", "story", "story__post")
        .defer("post__document", "post__html")
        .first()
    )
    if found is None and not request.path.endswith("/"):
        found = (
            Redirect.objects.filter(old_path=request.path + "/")
            .select_related("post", "story", "story__post")
            .first()
        )
    target = _target(found) if found else ""
    if not target:
        raise Http404
    return HttpResponsePermanentRedirect(hyperlinks.quoted(target))


def _target(found: Redirect) -> str:
    if found.post_id is None:
        return found.target
    if not found.post.is_public:
        return ""
    return found.story.get_absolute_url() if found.story_id else found.post.address


def archive(request, language: str = ""):
    """All months that have posts. Three queries."""
    activate_language(language)
    years: dict[int, list] = {}
    for month in months.months(language):
        years.setdefault(month.year, []).append(month)
    if not years and not _is_known_language(language):
        raise Http404
    return render_page(request, "posts/archive.html", {"years": years}, language=language)


def _is_known_language(language: str) -> bool:
    """True for a language that the interface or any public post speaks; its empty lists are no
    mistake. At most one query.
    """
    return (
        language in ("", *dict(settings.LANGUAGES))
        or Post.objects.published().filter(language=language).exists()
    )


def index(request, kind: str, language: str = ""):
    """All tags, categories, authors or sources that lead to a public post, by name.

    Three queries.
    """
    activate_language(language)
    key = "host" if kind == "sources" else "slug"
    rows = listings.KINDS[kind][0].objects.listed(language).order_by(key)
    if before := request.GET.get("before", ""):
        rows = rows.filter(**{f"{key}__gt": before})
    found = list(rows[: INDEX_SIZE + 1])
    if not found and not _is_known_language(language):
        raise Http404
    more = getattr(found[INDEX_SIZE - 1], key) if len(found) > INDEX_SIZE else ""
    title = {
        "tags": _("Tags"),
        "categories": _("Categories"),
        "authors": _("Authors"),
        "sources": _("Sources"),
    }[kind]
    context = {"title": title, "kind": kind, "labels": found[:INDEX_SIZE], "more": more}
    return render_page(request, "posts/index.html", context, language=language)


def how_to_subscribe(request, language: str = ""):
    """Feeds for people."""
    return render_page(request, "posts/feeds.html", {}, language=language)


def moved(request, to: str):
    """What other systems call our feeds and lists."""
    return HttpResponsePermanentRedirect(to)


def robots(request):
    """Nothing is hidden from robots but the desk, which needs no visit."""
    lines = [
        "User-agent: *",
        f"Disallow: /{settings.ADMIN_PATH}/",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse(
        "\n".join(lines),
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )


def healthz(request):
    """200 if the front page could be made: its tables and style sheet are there. Two queries."""
    listings.home().page("", 1)
    menu()
    static("site/site.css")
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def not_found(request, exception=None):
    """The site's own 404. No query: it also answers what no database should be asked about."""
    activate_language("")
    return render(
        request,
        "404.html",
        {
            "site_name": settings.SITE_NAME,
            "prefix": "/",
            "interface_language": settings.SITE_LANGUAGE,
        },
        status=404,
    )


def bad_request(request, exception=None):
    """The site's own 400."""
    return HttpResponse("Bad request\n", status=400, content_type="text/plain")
