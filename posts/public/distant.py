"""Text and HTML for readers far from the site: absolute addresses, no marks of our own, nothing
that XML cannot carry.
"""

import re
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urljoin

from posts.content import hyperlinks, markup

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE)
ADDRESSES = ("href", "src", "cite")
# A tag that is right as it is: no id, and every address a URI already (&amp; being its &).
NEAR = re.compile(
    r'/?[a-z0-9]+(?: (?:(?!id=|href=|src=|cite=|srcset=)[a-z-]+="[^"]*"'
    rf'|(?:href|src|cite)="{hyperlinks.URI}"))*'
)
ID = ' id="'
KEPT, LONGEST_KEPT = 200, 10_000  # texts, characters of one


def clean(text: str) -> str:
    """A text without the characters that XML 1.0 cannot carry."""
    return text if text.isprintable() else NOT_XML.sub("", text)


def either_way(text: str) -> str:
    """Plain text for elements that some readers take for HTML: escaped only where that would show
    something else. ``AT&T`` and ``a < b`` are right for both kinds of readers as they are.
    """
    if ("<" in text and MARKUP.search(text)) or ("&" in text and unescape(text) != text):
        return escape(text, quote=False)
    return text


def absolute(html: str, base: str) -> str:
    """HTML for readers far from the site: every address absolute, no ids, no marks of our own.

    What lists show again and again is kept: some megabytes in a process.
    """
    return (_kept if len(html) <= LONGEST_KEPT else _absolute)(html, base)


def _absolute(html: str, base: str) -> str:
    """One pass; a tag without attributes costs next to nothing."""
    first, *rest = clean(html).split("<")
    parts = [first]
    inside = False  # of one of our own links from a story's heading to its page
    for part in rest:
        if inside:
            if part.startswith("/a>"):
                parts[-1] += part[3:]
                inside = False
        elif '="' not in part:
            parts.append(part)
        else:
            source, _, text = part.partition(">")
            if markup.OWN_CLASS in source and source.startswith("a "):
                parts[-1] = parts[-1].rstrip()
                inside = True
            else:
                parts.append(f"{_far_away(source, base)}>{text}")
    return "<".join(parts)


_kept = lru_cache(KEPT)(_absolute)


def _far_away(source: str, base: str) -> str:
    """A tag without its brackets."""
    if ID in source:
        start = source.index(ID)
        if source.count('"', 0, start) % 2 == 0:  # else an attribute's value ends in " id="
            end = source.index('"', start + len(ID))
            source = source[:start] + source[end + 1 :]
    if NEAR.fullmatch(source) or '="' not in source:
        return source
    tag = markup.Tag(source, "")
    attributes = tag.attributes
    attributes.pop("id", None)
    for name in ADDRESSES:
        if name in attributes:
            attributes[name] = _joined(base, attributes[name])
    if "srcset" in attributes:
        sources = (one.strip().split(" ", 1) for one in attributes["srcset"].split(", "))
        attributes["srcset"] = ", ".join(
            " ".join([_joined(base, address), *width]) for address, *width in sources
        )
    return markup.start_tag(tag.name, attributes)[1:-1]


def _joined(base: str, address: str) -> str:
    try:
        return hyperlinks.uri(urljoin(base, address))
    except ValueError:
        return base
