"""What stands within a line: CommonMark's rules where Python-Markdown has others, and what GFM and
kramdown have besides.
"""

import re
import string
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import (
    HTML_RE,
    EscapeInlineProcessor,
    HtmlInlineProcessor,
    ImageInlineProcessor,
    ImageReferenceInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
)
from markdown.util import ETX, INLINE_PLACEHOLDER_RE, STX, AtomicString, code_escape

import posts.content.rendering.rawhtml as rawhtml
from posts.content.digest.links import TRAILING
from posts.content.rendering.patterns import ATTRIBUTE_LIST
from posts.content.rendering.sanitising import DROPPED_WITH_CONTENT

STRIKE = r"(?<!~)~~(?=[^\s~])"
STRUCK = re.compile(r"(?<=[^\s~])~~(?!~)")
ATTRIBUTES = rf"(?:(?<=[)\]])|(?=\{{:)){ATTRIBUTE_LIST}"
MATH = r"(?<!\\)\$\$(.+?)\$\$"
HARD_BREAK = r"\\\n"
BARE = (
    r"(?:https?://|(?<![\w./@])www\.)"
    r"[^\s<>\"'`，。、；：！？（）《》「」『』【】“”‘’|\\\u3000\x02\x03]+"
)
LINK, IMAGE = r"(?<!\!)\[", r"\!\["
ESCAPED = re.compile(rf"{STX}(\d+){ETX}")
BRACKET = re.compile(r"[\[\]]")
TICKS = re.compile("`+")
# An address without blanks, quotes or anything else that must be looked at one by one.
ADDRESS = re.compile(r"\(\s*+([^\s()<>\"']++(?:\([^\s()<>\"']*+\)[^\s()<>\"']*+)*+)\s*+\)")
LONGEST = 2500  # characters of any other address with its title
LABEL_LIMIT = 999  # CommonMark's, in characters
Match = tuple[Element | str | None, int | None, int | None]
NO_MATCH: Match = (None, None, None)


def label_key(label: str) -> str:
    """What tells labels of references apart; case, blanks and runs of backticks do not."""
    return " ".join(TICKS.sub("`", label).casefold().split())


class Strike(InlineProcessor):
    """``~~text~~``"""

    unclosed = ""  # a text in which nothing closes what is open now

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        close = STRUCK.search(data, m.end() + 1) if data is not self.unclosed else None
        if close is None:
            self.unclosed = data
            return NO_MATCH
        element = Element("del")
        element.text = data[m.end() : close.start()]
        return element, m.start(), close.end()


class Dropped(InlineProcessor):
    """kramdown's attribute lists: classes and styles of another site mean nothing here."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        return "", m.start(0), m.end(0)


class Escape(EscapeInlineProcessor):
    """A backslash before any punctuation of ASCII. Before ``&`` it makes an entity text."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        if m[1] == "&":
            return "&amp;", m.start(0), m.end(0)
        return super().handleMatch(m, data)


class HardBreak(InlineProcessor):
    """A backslash at the end of a line."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        return Element("br"), m.start(0), m.end(0)


class Math(InlineProcessor):
    """``$$formula$$`` is shown as written: no emphasis, no links in it."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        element = Element("code")
        element.text = AtomicString(code_escape(m[1].strip()))
        return element, m.start(0), m.end(0)


class BareLink(InlineProcessor):
    """A bare address becomes a link; closing punctuation and unbalanced brackets stay outside."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        url, surplus = m[0], m[0].count(")") - m[0].count("(")
        end = len(url)
        while url[end - 1] in TRAILING or (url[end - 1] == ")" and surplus > 0):
            surplus -= url[end - 1] == ")"
            end -= 1
        url = url[:end]
        if len(url) < 9 or not re.search(r"[./]\w", url):
            return NO_MATCH
        href = url if url.lower().startswith("http") else f"https://{url}"
        element = Element("a", {"href": href})
        element.text = AtomicString(url)
        return element, m.start(0), m.start(0) + len(url)


class Brackets:
    """Which bracket closes which in one text: looked for as far as asked, and only once."""

    def __init__(self) -> None:
        self.text, self.closing = "", {}  # type: str, dict[int, int]
        self.open_from: int | None = None

    def close(self, text: str, inside: int) -> int | None:
        """Where the bracket closes whose inside begins at that offset; None if it never does."""
        if text is not self.text:
            self.text, self.closing, self.open_from = text, {}, None
        if inside in self.closing:
            return self.closing[inside]
        if self.open_from is not None and inside >= self.open_from:
            return None
        opened = [inside]
        for match in BRACKET.finditer(text, inside):
            if match[0] == "[":
                opened.append(match.end())
                continue
            self.closing[opened.pop()] = match.start()
            if not opened:
                return match.start()
        self.open_from = inside
        return None


class _Bracketed(LinkInlineProcessor):
    """Links and pictures, their brackets matched in linear time."""

    brackets = Brackets()

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:
        close = self.brackets.close(data, index)
        return (data[index:close], close + 1, True) if close is not None else ("", index, False)

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:
        if not data.startswith("(", index):
            return "", None, index, False
        if match := ADDRESS.match(data, index):
            return self.unescape(match[1]), None, match.end(), True
        window = data[index : index + LONGEST]
        href, title, end, handled = super().getLink(window, 0)
        return href, title, index + end, handled


class Link(_Bracketed):
    """``[text](address)``"""


class Image(_Bracketed, ImageInlineProcessor):
    """``![text](address)``"""


class Reference(_Bracketed, ReferenceInlineProcessor):
    """``[text][label]`` and ``[label][]``; with a blank between they are two.

    Brackets without a definition are text, and those inside of them are still looked at.
    """

    RE_LINK = re.compile(r"\[([^\[\]]*)\]")

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        text, index, handled = self.getText(data, m.end(0))
        if not handled:
            return NO_MATCH
        label, end = self._label(data, index, text)
        if not label or len(label) > LABEL_LIMIT:
            return NO_MATCH
        target = self.md.references.get(label_key(self._source(label)))
        if target is None:
            return NO_MATCH
        return self.makeTag(*target, text), m.start(0), end

    def _label(self, data: str, index: int, text: str) -> tuple[str, int]:
        match = self.RE_LINK.match(data, index)
        return (match[1] or text, match.end()) if match else ("", index)

    def _source(self, label: str) -> str:
        """The label as it was written: code and escapes in it are placeholders by now."""
        if STX not in label:
            return label
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]

        def written(match: re.Match[str]) -> str:
            node = stash.get(match[1])
            if isinstance(node, str):
                return ESCAPED.sub(
                    lambda char: f"\\{chr(int(char[1]))}", node.replace("&amp;", "\\&")
                )
            if node is None:
                return ""
            text = unescape("".join(node.itertext()))
            return f"`{text}`" if node.tag == "code" else text

        return INLINE_PLACEHOLDER_RE.sub(written, label)


class ShortReference(Reference):
    """``[label]``"""

    def _label(self, data: str, index: int, text: str) -> tuple[str, int]:
        return text, index


class ImageReference(Reference, ImageReferenceInlineProcessor):
    """``![text][label]``"""


class ShortImageReference(ShortReference, ImageReferenceInlineProcessor):
    """``![label]``"""


class RawTag(HtmlInlineProcessor):
    """A tag of HTML. No element is text (``Vec<T>``); so is what would hide all that follows."""

    unclosed: tuple[str, set[str]] = ("", set())

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        tag = rawhtml.TAG.match(m[1])
        if tag is None:
            return super().handleMatch(m, data)
        name = tag[2].lower()
        if name == "iframe":
            return self.md.htmlStash.store(rawhtml.link(m[1])), m.start(0), m.end(0)
        is_text = rawhtml.is_text(tag[2], data[m.start() - 1 : m.start()])
        if is_text or (not tag[1] and self._hides_the_rest(name, m, data)):
            return None, m.start(0), m.start(0) + 1
        return super().handleMatch(m, data)

    def _hides_the_rest(self, name: str, m: re.Match[str], data: str) -> bool:
        if name not in DROPPED_WITH_CONTENT or name == "embed":
            return False
        if self.unclosed[0] is not data:
            self.unclosed = data, set()
        if name not in self.unclosed[1]:
            if re.compile(f"</{name}", re.IGNORECASE).search(data, m.end()):
                return False
            self.unclosed[1].add(name)
        return True


def register(md: Markdown) -> None:
    """Add the patterns to a converter, each in its order."""
    md.ESCAPED_CHARS = list(string.punctuation)
    patterns = md.inlinePatterns
    patterns.register(Math(MATH, md), "math", 185)
    patterns.register(Escape(r"\\(.)", md), "escape", 180)
    patterns.register(HardBreak(HARD_BREAK, md), "hard_break", 179)
    patterns.register(Dropped(ATTRIBUTES, md), "attributes", 178)
    patterns.register(Reference(LINK, md), "reference", 170)
    patterns.register(Link(LINK, md), "link", 160)
    patterns.register(Image(IMAGE, md), "image_link", 150)
    patterns.register(ImageReference(IMAGE, md), "image_reference", 140)
    patterns.register(ShortReference(LINK, md), "short_reference", 130)
    patterns.register(ShortImageReference(IMAGE, md), "short_image_ref", 125)
    patterns.register(RawTag(HTML_RE, md), "html", 90)
    patterns.register(BareLink(BARE, md), "bare_link", 85)
    patterns.register(Strike(STRIKE, md), "strike", 70)
