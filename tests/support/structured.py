"""What a page says of itself, read as machines read it, and what they require of it.

The properties are those that schema.org knows and Google requires of each type.
"""

import json
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

Node = dict[str, Any]
REQUIRED = {  # by type; those behind it may be there too, and no others
    "NewsArticle": "headline url",
    "Person": "name",
    "Organization": "name url logo",
    "ImageObject": "url width height",
    "CreativeWork": "name url",
    "CollectionPage": "url name",
    "WebPage": "url name",
    "ProfilePage": "url name mainEntity",
    "ItemList": "itemListElement",
    "ListItem": "position name",
    "BreadcrumbList": "itemListElement",
    "WebSite": "url name potentialAction",
    "SearchAction": "target query-input",
    "EntryPoint": "urlTemplate",
}
OPTIONAL = {
    "NewsArticle": "mainEntityOfPage description inLanguage datePublished dateModified author"
    " publisher articleSection keywords wordCount isPartOf hasPart isBasedOn citation image"
    " isAccessibleForFree",
    "Person": "url description",
    "CollectionPage": "description inLanguage",
    "WebPage": "description inLanguage",
    "ProfilePage": "description inLanguage",
    "ItemList": "url",
    "ListItem": "url item",
    "WebSite": "description inLanguage publisher",
}
OF_AN_ARTICLE = "headline datePublished dateModified author publisher image mainEntityOfPage"
ADDRESSES = {"url", "item", "mainEntityOfPage", "isBasedOn", "image"}


class Page(HTMLParser):
    """The head of a page, its links and the words of its body."""

    def __init__(self, html: str):
        super().__init__()
        self.metas: dict[str, list[str]] = {}
        self.links: dict[str, list[dict[str, str]]] = {}
        self.anchors: list[str] = []
        self.blocks: list[str] = []
        self.ids: list[str] = []
        self.title, self.words = "", ""
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        if tag == "meta":
            name = values.get("property") or values.get("name", "")
            self.metas.setdefault(name, []).append(values.get("content", ""))
        elif tag == "link":
            self.links.setdefault(values["rel"], []).append(values)
        elif tag == "a" and "href" in values:
            self.anchors.append(values["href"])
        elif tag == "script":
            self.blocks += [""] if values.get("type") == "application/ld+json" else []
            self._inside.append(values.get("type", "script"))
        elif tag in ("title", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "title", "style"):
            self._inside.pop()

    def handle_data(self, data):
        inside = self._inside[-1] if self._inside else ""
        if inside == "application/ld+json":
            self.blocks[-1] += data
        elif inside == "title":
            self.title += data
        elif not inside:
            self.words += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment in a page: {data}")

    @property
    def canonical(self) -> str:
        (link,) = self.links["canonical"]
        return link["href"]

    def meta(self, name: str) -> str:
        (value,) = self.metas[name]
        return value

    @property
    def graph(self) -> list[Node]:
        (block,) = self.blocks
        return json.loads(block)["@graph"]

    def node(self, kind: str) -> Node:
        (found,) = [node for node in self.graph if node["@type"] == kind]
        return found


def path(address: str) -> str:
    """The path and query of an address, as people read it."""
    parts = urlsplit(address)
    return unquote(parts.path) + (f"?{parts.query}" if parts.query else "")


def problems(page: Page) -> list[str]:
    """What is wrong with a page's structured data; each text in it must be on the page."""
    found: list[str] = []
    for node in page.graph:
        found += _of_node(node, page)
        if node["@type"] == "NewsArticle":
            found += [f"no {name}" for name in OF_AN_ARTICLE.split() if not node.get(name)]
            for name in ("datePublished", "dateModified"):
                if datetime.fromisoformat(node[name]).tzinfo is None:
                    found.append(f"{name} has no zone")
    return found


def _of_node(node: Node, page: Page) -> list[str]:
    kind = node["@type"]
    required = REQUIRED[kind].split()
    known = {"@type", *required, *OPTIONAL.get(kind, "").split()}
    found = [f"{kind}: no {name}" for name in required if not node.get(name)]
    found += [f"{kind}: {name} is not known" for name in node if name not in known]
    found += [f"{kind}: {name} is empty" for name, value in node.items() if not value]
    if len(node.get("headline", "")) > 110:
        found.append("the headline is too long")
    words = page.words + page.title
    for name in ("headline", "name"):
        if node.get(name) and node[name].rstrip("…") not in words and kind != "CreativeWork":
            found.append(f"{kind}: {name} “{node[name]}” is not on the page")
    for name, value in node.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found += _of_node(one, page)
            elif name in ADDRESSES and not urlsplit(one).netloc:
                found.append(f"{kind}: {name} is no address: {one}")
    if kind in ("ItemList", "BreadcrumbList"):
        positions = [one["position"] for one in node["itemListElement"]]
        if positions != list(range(1, len(positions) + 1)):
            found.append(f"{kind}: positions {positions}")
    return found
