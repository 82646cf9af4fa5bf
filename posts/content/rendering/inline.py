"""What GFM and kramdown have within a line and Python-Markdown has not."""

import re
from xml.etree import ElementTree

from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from posts.content.digest.links import TRAILING

STRIKE = r"(?<!~)~~(?=[^\s~])(.+?)(?<=[^\s~])~~(?!~)"
ATTRIBUTES = r"\{:[^{}\n]*\}|(?<=[)\]])\{[.#][^{}\n]*\}"
MATH = r"\$\$(.+?)\$\$"
HARD_BREAK = r"\\\n"
BARE = r"(?:https?://|(?<![\w./@])www\.)[^\s<>\"'`，。、；：！？（）《》「」『』【】“”‘’|\\\u3000\x02\x03]+"


class Strike(InlineProcessor):
    """``~~text~~``"""

    def handleMatch(self, m, data):
        element = ElementTree.Element("del")
        element.text = m[1]
        return element, m.start(0), m.end(0)


class Dropped(InlineProcessor):
    """kramdown's attribute lists: classes and styles of another site mean nothing here."""

    def handleMatch(self, m, data):
        return "", m.start(0), m.end(0)


class HardBreak(InlineProcessor):
    """A backslash at the end of a line."""

    def handleMatch(self, m, data):
        return ElementTree.Element("br"), m.start(0), m.end(0)


class Math(InlineProcessor):
    """``$$formula$$`` is shown as written: no emphasis, no links in it."""

    def handleMatch(self, m, data):
        element = ElementTree.Element("code")
        element.text = AtomicString(m[1].strip())
        return element, m.start(0), m.end(0)


class BareLink(InlineProcessor):
    """A bare address becomes a link; closing punctuation and unbalanced brackets stay outside."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m, data):
        url = m[0].rstrip(TRAILING)
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(TRAILING)
        if len(url) < 9 or not re.search(r"[./]\w", url):
            return None, None, None
        element = ElementTree.Element(
            "a", {"href": url if url.lower().startswith("http") else f"https://{url}"}
        )
        element.text = AtomicString(url)
        return element, m.start(0), m.start(0) + len(url)


def register(md):
    """Add the patterns to a converter, each at its place in the order."""
    md.inlinePatterns.register(Math(MATH, md), "math", 185)
    md.inlinePatterns.register(HardBreak(HARD_BREAK, md), "hard_break", 184)
    md.inlinePatterns.register(Dropped(ATTRIBUTES, md), "attributes", 178)
    md.inlinePatterns.register(Strike(STRIKE, md), "strike", 70)
    md.inlinePatterns.register(BareLink(BARE, md), "bare_link", 85)
