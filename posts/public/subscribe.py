"""Feeds for people: a builder of any mix, and lists of feeds for readers' programs (OPML).

A mix is a search, so that its feed is one: the builder writes the query that stands in the address.
"""

from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from posts.caching import keys
from posts.caching.keys import Shown
from posts.content.querying import LONGEST, Filter, parse
from posts.public.distant import clean
from posts.public.formats import WRITERS
from posts.public.heads import EVERY, Head, Link
from posts.public.history import chosen
from posts.public.languages import own_name
from posts.public.responses import (
    FEED_AGE,
    activate_language,
    conditional,
    language_prefix,
    menu,
    render_page,
    site_facts,
    site_uri,
)
from posts.public.views import check_language_known

FIELDS = {"category": "category", "tag": "tags", "source": "sources", "author": "authors"}
SEPARATORS = str.maketrans("，、;；|\n", ",,,,,,")
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Mix:
    """What somebody chose: lists of names as they were typed, and how the feed shall be cut."""

    words: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    without: tuple[str, ...] = ()
    stories: bool = False
    summary: bool = False

    @classmethod
    def of(cls, given: QueryDict) -> "Mix":
        """What a form holds."""
        cut = chosen(given)
        return cls(
            " ".join(given.get("words", "").split()),
            tuple((kind, _names(given.getlist(name))) for kind, name in FIELDS.items()),
            _names(given.getlist("without")),
            "items" in cut,
            "content" in cut,
        )

    @property
    def query(self) -> str:
        """The search that finds what was chosen: any of the names of a kind, all kinds."""
        parts = [self.words] if self.words else []
        parts += [str(Filter(kind, ",".join(names))) for kind, names in self.chosen if names]
        parts += [str(Filter("tag", name, excluded=True)) for name in self.without]
        return " ".join(parts)

    @property
    def parameters(self) -> str:
        """The query of its feed's address."""
        values = {"content": "summary" if self.summary else "", "q": self.query}
        values["items"] = "stories" if self.stories else ""
        return urlencode({name: values[name] for name in sorted(values) if values[name]})

    def names(self, kind: str) -> tuple[str, ...]:
        """Those of a kind."""
        return dict(self.chosen).get(kind, ())


def _names(values: list[str]) -> tuple[str, ...]:
    """Names, several in one value with commas; quotes, which would end a filter, are left out."""
    found = (name.replace('"', "").strip() for one in values for name in _split(one))
    return tuple(dict.fromkeys(name for name in found if name))


def _split(text: str) -> list[str]:
    return text.translate(SEPARATORS).split(",")


def page(request: HttpRequest, language: str = "") -> HttpResponse:
    """How to subscribe; with a form's values the feed that was built. One query for the menu.

    What is built is made for each reader: nobody asks for it twice.
    """
    shown = Shown()
    check_language_known(language, shown)
    activate_language(language)
    mix = Mix.of(request.GET)
    asked = bool(mix.query) or "words" in request.GET
    prefix = language_prefix(language)
    built = _built(mix, prefix) if mix.query else []
    context = {
        "mix": mix,
        "built": built,
        "opml": f"/feeds.opml?{mix.parameters}",
        "too_long": len(mix.query) > LONGEST,
        "hints": [hint.value for hint in parse(mix.query).hints],
        "asked": asked,
        "longest": LONGEST,
    }
    title = _("Subscribe")
    address = f"{prefix}feeds/"
    head = Head(title, address, noindex=asked, crumbs=[Link(title, address)], languages=EVERY)
    return render_page(request, "feeds.html", context, head=head, shown=shown, language=language)


def _built(mix: Mix, prefix: str) -> list[tuple[str, str]]:
    """(format, address) of the feeds of a mix."""
    names = {"rss.xml": "RSS", "atom.xml": "Atom", "feed.json": "JSON Feed"}
    start = site_uri(f"{prefix}search/")
    return [(names[kind], f"{start}{kind}?{mix.parameters}") for kind in WRITERS]


def opml(request: HttpRequest) -> HttpResponse:
    """The feeds of the site and of all its sections, or of one search (``q``), for readers'
    programs. Two queries.
    """
    activate_language("")
    facts = site_facts()
    name = facts.site.name
    query = str(request.GET.get("q", ""))[:LONGEST]
    if query:
        parameters = urlencode(sorted({**chosen(request.GET), "q": query}.items()))
        feeds = [(f"{query} · {name}", "/search/", parameters)]
    else:
        known = menu()
        feeds = [(name, "/", "")]
        if len(known.languages) > 1:
            feeds += [(f"{name} · {own_name(one)}", f"/{one}/", "") for one in known.languages]
        feeds += [(one.name, f"/categories/{one.slug}/", "") for one in known.sections]
    lines = "".join(_outline(clean(title), *where) for title, *where in feeds)
    body = f"<head><title>{escape(clean(name))}</title></head>\n<body>\n{lines}</body>"
    response = HttpResponse(
        f'{XML}<opml version="2.0">\n{body}\n</opml>\n',
        content_type="text/x-opml; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="feeds.opml"'},
    )
    shown = Shown({keys.MENU})
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=shown)


def _outline(name: str, path: str, parameters: str) -> str:
    query = f"?{parameters}" if parameters else ""
    feed, where = quoteattr(site_uri(f"{path}rss.xml") + query), quoteattr(site_uri(path) + query)
    shown = quoteattr(name)
    return f'<outline type="rss" text={shown} title={shown} xmlUrl={feed} htmlUrl={where}/>\n'
