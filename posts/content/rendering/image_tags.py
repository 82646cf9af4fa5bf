"""Pictures in rendered HTML: which are referred to, and where they really lie."""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple

from posts.content.hyperlinks import WEB

IMG = re.compile(r"<img\b([^>]*)>")
ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"]*)\"")


class Place(NamedTuple):
    """Where a picture lies on this site, and its size in pixels."""

    url: str
    width: int
    height: int


def references(html: str) -> list[str]:
    """The addresses of all pictures in sanitised HTML, each once."""
    found = (dict(ATTRIBUTE.findall(match[1])).get("src", "") for match in IMG.finditer(html))
    return list(dict.fromkeys(unescape(source) for source in found if source))


def placed(html: str, place: Callable[[str], Place | None]) -> str:
    """The HTML with its own pictures at their places, sized and loaded lazily.

    A picture of another site is asked for over https and without a referrer; one that was not found
    gives way to its alternative text.
    """
    return IMG.sub(lambda match: _image(dict(ATTRIBUTE.findall(match[1])), place), html)


def _image(attributes: dict[str, str], place: Callable[[str], Place | None]) -> str:
    source = unescape(attributes.get("src", ""))
    alt = attributes.get("alt", "")
    found = place(source)
    if found:
        return f'<img src="{escape(found.url)}" alt="{alt}" width="{found.width}" height="{found.height}" loading="lazy" decoding="async">'
    if not WEB.match(source):
        return f"<em>{alt}</em>" if alt else ""
    size = "".join(
        f' {name}="{attributes[name]}"' for name in ("width", "height") if name in attributes
    )
    source = "https:" + source.split(":", 1)[1]
    return f'<img src="{escape(source)}" alt="{alt}"{size} loading="lazy" decoding="async" referrerpolicy="no-referrer">'
