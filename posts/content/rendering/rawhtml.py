"""HTML that an author wrote into Markdown, before it is sanitised: which of it is HTML at all.

``Vec<T>`` and ``<your-name>`` are no HTML but words, and an embedded page becomes a link. All of
this reads the document's source, never what was rendered.
"""

import re
from html import escape, unescape

from posts.content import hyperlinks
from posts.content.rendering.sanitising import DROPPED_WITH_CONTENT, TAGS

KNOWN = (
    TAGS
    | DROPPED_WITH_CONTENT
    | set(
        "acronym address applet area article aside audio base basefont bdo big blink body button "
        "canvas center col colgroup data datalist dialog dir fieldset font footer form frame "
        "frameset head header hgroup html input isindex keygen label legend link listing main map "
        "marquee menu menuitem meta meter nav nobr optgroup option output param picture plaintext "
        "portal progress rb rtc samp search section select slot source strike track tt "
        "video".split()
    )
)
OFFICE = re.compile(r"(?:o|v|w|m|x|g|st1|fb):[a-z]+\Z")  # what word processors leave behind
SWALLOWING = ("title", "textarea", "xmp", "noembed", "noframes")  # open ones hide all that follows
TAG = re.compile(r"<(/?)([A-Za-z][^\s/<>]*)")
IFRAME = re.compile(r"<iframe\b[^<>]*>|</iframe\s*>", re.IGNORECASE)
SOURCE = re.compile(r"\bsrc\s*=\s*[\"']?((?:https?:)?//[^\"'<>\s]+)", re.IGNORECASE)
EMBEDDED = re.compile(r"youtube(?:-nocookie)?\.com/embed/([\w-]+).*")


def is_text(name: str, before: str = "") -> bool:
    """True if what looks like a tag is none: no element of HTML, or a type's parameter.

    ``before`` is the character before it: ``Vec<S>`` strikes nothing through.
    """
    if len(name) == 1 and name.isupper() and before.isalnum():
        return True
    return name.lower() not in KNOWN and not OFFICE.match(name.lower())


def block(source: str) -> str:
    """A block of raw HTML with tags that are none shown as text, and embedded pages as links."""
    source = IFRAME.sub(lambda match: link(match[0]), source)
    lowered = source.lower()
    hidden = {name for name in SWALLOWING if f"</{name}" not in lowered}

    def shown(match: re.Match[str]) -> str:
        before = source[match.start() - 1 : match.start()]
        text = is_text(match[2], before) or match[2].lower() in hidden
        return f"&lt;{match[1]}{match[2]}" if text else match[0]

    return TAG.sub(shown, source)


def link(tag: str) -> str:
    """What stands for ``<iframe>`` or its end: the policy of the site shows nothing of others."""
    match = None if tag.startswith("</") else SOURCE.search(tag)
    if not match:
        return ""
    url = match[1] if match[1].lower().startswith("http") else f"https:{match[1]}"
    url = EMBEDDED.sub(r"youtube.com/watch?v=\1", url)
    return f'<a href="{escape(unescape(url))}">{escape(hyperlinks.host(url) or "link")}</a>'
