"""Source lines: the lines of a story that name where it came from."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from posts.content import hyperlinks
from posts.content.digest.links import DEFINITION, Link, References, find, moved
from posts.content.digest.model import Citation
from posts.content.digest.scan import ITEM, Row

# Words that stand before links of any kind; the rest of the labels name where news came from.
ANY_LINK = "read more|references?|参考|参考链接|链接|引用|links?"
LABEL = (
    r"(?:(?:news\s+|original\s+)?sources?|via|来源|來源|新闻来源|信息来源|资料来源|消息来源|数据来源|出典|"
    r"ソース|参考来源|原文|原文链接|出处|出處|quelle|quellen|fuente|fuentes|fonte|출처|источник|"
    rf"منبع|{ANY_LINK})"
)
SOURCE_LINE = re.compile(
    r"(?:[-*+][ \t]{1,8})?"
    r"[^\w\s\[(<*_#]{0,4}[ \t]{0,2}(?P<open>\*\*|__|\*|_)?[ \t]{0,2}"
    rf"[^\w\s\[(<*_#]{{0,4}}[ \t]{{0,2}}(?P<label>{LABEL})"
    r"(?:[ \t]{0,2}[（(][^()（）]*[)）])?[ \t]{0,4}"
    r"(?:(?P<colon>[:：])\s*(?:\*\*|__|\*|_)?|(?:\*\*|__|\*|_)\s*(?P<late>[:：])?)?\s*(?P<rest>.*)\Z",
    re.IGNORECASE,
)
READ_ON = re.compile(
    r"(?:查看|阅读)?(?:原文|全文|详情)(?:链接)?|(?:消息|新闻|信息)?来源(?:链接)?|via|sources?|"
    r"read more|full story|link|原文を読む",
    re.IGNORECASE,
)
# Of these, the ones that digests alone put at the end of their text.
# Any line with a link that is called so has one of these.
MAY_BE_VIA = re.compile(r"v[\W_]*+i[\W_]*+a|原[\W_]*+文|来[\W_]*+源|[&\\<{]", re.IGNORECASE)
VIA = re.compile(r"via|.*(?:原文|来源).*", re.IGNORECASE)
NUMBERED = re.compile(r"\[(\d{1,3})\](?![\[(:])")
ENTRY = re.compile(r"\s*(?:\[?(?P<number>\d{1,3})(?:[.)、]|\]:?))\s*(?P<text>.*)\Z")
WORD, LINKED = re.compile(r"\w"), re.compile(r"[\[<]|https?://")
MAY_GO_ON = re.compile(r"[`<\\]")
WEB = re.compile(r"https?:|//", re.IGNORECASE)
MOST_TEXT = 500  # characters of a citation's text


def source_text(row: Row, labels: References) -> str | None:
    """What follows the label of a source line: links, or nothing where a list follows.

    None for any other line.
    """
    found = _read(row, labels)
    return found[1] if found else None


def names_a_source(row: Row, labels: References) -> bool:
    """True for a source line whose label speaks of news: ``Source:``, but not ``Links:``."""
    found = _read(row, labels)
    return found is not None and not re.fullmatch(ANY_LINK, found[0], re.IGNORECASE)


def _read(row: Row, labels: References) -> tuple[str, str] | None:
    """The label of a source line and what follows it; looked for once in each row."""
    if row.hidden or row.level or row.blank:
        return None
    if row.cites is None:
        row.cites = (_found(row, labels) if _may_name(row.text) else None,)
    return row.cites[0]


def _may_name(text: str) -> bool:
    """False for a line without any of the characters that one which names a source has."""
    return ":" in text or "：" in text or "[" in text or "<" in text


def _found(row: Row, labels: References) -> tuple[str, str] | None:
    if match := SOURCE_LINE.match(row.text.lstrip(" \t>")):
        rest = match["rest"]
        if match["colon"] or match["late"] or LINKED.match(rest):
            return match["label"], rest
    stripped = row.text.strip()
    opening = stripped.find("[")
    if opening < 0 or WORD.search(stripped, 0, opening):  # no link stands first
        return None
    links = labels.links(stripped)
    if len(links) == 1 and not WORD.search(stripped, 0, links[0].start):
        text = links[0].text.strip()
        if READ_ON.fullmatch(text):
            return text, stripped
    return None


def references(rows: Iterable[Row], labels: References) -> dict[int, Link]:
    """The numbered entries of a reference section: number -> its link."""
    found: dict[int, Link] = {}
    for row in rows:
        match = None if row.hidden else ENTRY.match(row.text)
        links = labels.links(row.text) if match else []
        if match and links:
            text = links[0].text
            if links[0].bare:
                text = match["text"].replace(links[0].url, "").strip(" :：-—*") or text
            start, end = row.start + links[0].start, row.start + links[0].end
            found.setdefault(
                int(match["number"]), links[0]._replace(text=text, start=start, end=end)
            )
    return found


def citations(
    body: str,
    rows: Sequence[Row],
    labels: References,
    numbered: dict[int, Link] | None = None,
) -> list[Citation]:
    """Every web page that is linked in rows that follow one another, in order.

    Definitions and what is hidden hold none; ``[3]`` is looked up among numbered references.
    """
    links = []
    for run in _shown(rows):
        start, end = run[0].start, run[-1].end
        found = _line_by_line(body, run, labels)
        if found is None:
            found = find(body, labels, start, end)
        found = [link for link in found if not link.image]
        links += _with_numbered(body, start, end, found, numbered) if numbered else found
    cited = []
    for link in links:
        url = hyperlinks.web_url(link.url) if WEB.match(link.url) else ""
        if url:
            text = "" if link.text == link.url else link.text  # a bare address goes by its host
            text = (text or hyperlinks.host(url))[:MOST_TEXT]
            cited.append(Citation(text, url, link.start, link.end))
    return cited


def _line_by_line(body: str, rows: list[Row], labels: References) -> list[Link] | None:
    """The links of lines that follow one another from those of each, which was read before.

    None where one may go on from line to line: a bracket stays open, or code, a comment, a tag or
    an escape may stand before a line's end.
    """
    several = len(rows) > 1
    if several and MAY_GO_ON.search(body, rows[0].start, rows[-1].end):
        return None
    found: list[Link] = []
    for row in rows:
        if "[" not in row.text and "://" not in row.text:
            continue
        links = labels.links(row.text)
        inside = sum(row.text.count("[", link.start, link.end) for link in links)
        if several and inside != row.text.count("["):
            return None
        before = row.start + (body[row.start] == "\ufeff")
        found += moved(links, before)
    return found


def _shown(rows: Sequence[Row]) -> Iterable[list[Row]]:
    """The rows that follow one another without what is hidden and without definitions."""
    run: list[Row] = []
    for row in rows:
        if not row.hidden and not ("]:" in row.text and DEFINITION.match(row.text)):
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _with_numbered(
    body: str, start: int, end: int, links: list[Link], numbered: dict[int, Link]
) -> list[Link]:
    starts = [link.start for link in links]
    found = list(links)
    for match in NUMBERED.finditer(body, start, end):
        before = bisect_right(starts, match.start()) - 1
        inside = before >= 0 and match.start() < links[before].end
        if not inside and (target := numbered.get(int(match[1]))):
            found.append(target._replace(start=match.start(), end=match.end()))
    return sorted(found, key=lambda link: link.start)


def is_link_item(row: Row, labels: References) -> bool:
    """True for a list item that is links and joints only: an entry under a ``Sources:`` line."""
    match = ITEM.match(row.text)
    if not match:
        return False
    text, rest, at = match["text"], [], 0
    for link in labels.links(text):
        rest.append(text[at : link.start])
        at = link.end
    return at > 0 and len("".join([*rest, text[at:]]).strip(" \t—–-|、，,·&/*_")) <= 20
