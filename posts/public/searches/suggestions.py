"""What search boxes suggest while somebody types, and how browsers learn of the search."""

import json
from html import escape
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from posts.caching import keys
from posts.caching.keys import Shown
from posts.public import listings, views
from posts.public.distant import clean
from posts.public.jinja import static_address
from posts.public.responses import FEED_AGE, activate_language, conditional, site_facts, site_uri
from posts.search import suggesting

LONGEST = 60  # characters of what was typed
OPENSEARCH = """<?xml version="1.0" encoding="utf-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>{name}</ShortName>
<Description>{about}</Description>
<InputEncoding>UTF-8</InputEncoding>
<Image width="16" height="16" type="image/svg+xml">{icon}</Image>
<Url type="text/html" template="{folder}?q={{searchTerms}}"/>
<Url type="application/rss+xml" template="{folder}rss.xml?q={{searchTerms}}"/>
<Url type="application/x-suggestions+json" template="{folder}suggest.json?q={{searchTerms}}"/>
</OpenSearchDescription>
"""


def suggest(request: HttpRequest, language: str = "") -> HttpResponse:
    """Labels that begin with what was typed, in the form that browsers take (OpenSearch): what was
    typed, names, what they are, addresses. At most four queries.
    """
    activate_language(language)
    text = " ".join(request.GET.get("q", "")[:LONGEST].replace("\0", " ").split())
    shown = Shown({keys.SEARCH})
    if language:
        views.check_language_known(language, shown)
    kinds = {
        "tag": _("Tag"),
        "category": _("Section"),
        "source": _("Source"),
        "author": _("Author"),
    }
    found = suggesting.completions(text) if text else []
    prefix = f"/{language}/" if language else "/"
    content = [
        clean(text),
        [clean(str(one)) for one in found],
        [kinds[one.kind] for one in found],
        [_address(prefix, one.kind, one.slug) for one in found],
    ]
    response = HttpResponse(
        json.dumps(content, ensure_ascii=False), content_type="application/x-suggestions+json"
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return conditional(request, response, site_facts().changed_at, FEED_AGE, shown=shown)


def _address(prefix: str, kind: str, slug: str) -> str:
    return site_uri(f"{prefix}{listings.FOLDERS[kind]}/{slug}/")


def opensearch(request: HttpRequest, language: str = "") -> HttpResponse:
    """The search as a browser's search engine. One query."""
    activate_language(language)
    shown = Shown()
    if language:
        views.check_language_known(language, shown)
    facts = site_facts()
    folder = site_uri(f"/{language}/search/" if language else "/search/")
    content = OPENSEARCH.format(
        name=escape(clean(facts.site.name)[:16]),
        about=escape(clean(_("Search %(site)s") % {"site": facts.site.name})[:1024]),
        icon=escape(urljoin(site_uri("/"), static_address("site/icon.svg"))),
        folder=escape(folder),
    )
    response = HttpResponse(content, content_type="application/opensearchdescription+xml")
    return conditional(request, response, facts.changed_at, FEED_AGE, shown=shown)
