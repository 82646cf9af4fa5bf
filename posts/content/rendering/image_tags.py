"""Pictures in rendered HTML: which are referred to, and where they really are."""

from collections.abc import Callable
from html import escape
from typing import NamedTuple

from posts.content import markup
from posts.content.hyperlinks import WEB


class StoredImage(NamedTuple):
    """The address of a picture on this site, and its size in pixels."""

    url: str
    width: int
    height: int


def references(html: str) -> list[str]:
    """The addresses of all pictures in sanitised HTML, each once."""
    if "<img" not in html:
        return []
    found = (tag.attributes.get("src", "") for tag in markup.tags(html) if tag.name == "img")
    return list(dict.fromkeys(source for source in found if source))


def resolved(html: str, find: Callable[[str], StoredImage | None]) -> str:
    """The HTML with its own pictures under their addresses, sized and loaded lazily.

    A picture of another site is asked for over https and without a referrer; one that was not found
    gives way to its alternative text.
    """
    if "<img" not in html:
        return html
    return markup.rewritten(html, {"img"}, lambda tag: _image(tag.attributes, find))


def _image(attributes: dict[str, str], find: Callable[[str], StoredImage | None]) -> str:
    source, alt = attributes.get("src", ""), attributes.get("alt", "")
    lazy = {"loading": "lazy", "decoding": "async"}
    if found := find(source):
        size = {"width": str(found.width), "height": str(found.height)}
        return markup.start_tag("img", {"src": found.url, "alt": alt} | size | lazy)
    if not WEB.match(source):
        return f"<em>{escape(alt, quote=False)}</em>" if alt else ""
    size = {name: attributes[name] for name in ("width", "height") if name in attributes}
    source = "https:" + source.split(":", 1)[1]
    private = {"referrerpolicy": "no-referrer"}
    return markup.start_tag("img", {"src": source, "alt": alt} | size | lazy | private)
