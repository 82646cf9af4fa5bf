"""The block structure of HTML, for comparing two renderings of one document."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

BLOCKS = {
    "p",
    "ul",
    "ol",
    "li",
    "pre",
    "table",
    "tr",
    "blockquote",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
VOID_OF_MEANING = {"section", "div"}


class _Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS:
            self.open.append(tag)
            self.found.append("/".join(self.open))

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def outline(html: str) -> list[str]:
    """The path of every block element, in order: ``["h2", "ul", "ul/li", "ul/li/p"]``."""
    parser = _Outline()
    parser.feed(html)
    return parser.found


def reference(markdown: str) -> str:
    """What CommonMark with GFM's tables and strikethrough makes of a text."""
    return (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)
    )
