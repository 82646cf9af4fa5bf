"""Source lines: the lines of a story that name where it came from."""

import re
from collections.abc import Iterable

from posts.content import hyperlinks
from posts.content.digest.links import Link, find
from posts.content.digest.model import Citation
from posts.content.digest.scan import ITEM, Row

LABEL = (
    r"(?:(?:news\s+|original\s+)?sources?|via|来源|來源|新闻来源|信息来源|资料来源|消息来源|数据来源|出典|ソース|参考|参考来源|参考链接|原文|原文链接|链接|出处|"
    r"出處|引用|quelle|quellen|fuente|fuentes|fonte|출처|источник|منبع|read more|reference|references|link|links)"
)
SOURCE_LINE = re.compile(
    rf"(?:[-*+][ \t]{{1,8}})?"
    rf"[^\w\s\[(<*_#]{{0,4}}[ \t]{{0,2}}(?P<open>\*\*|__|\*|_)?[ \t]{{0,2}}[^\w\s\[(<*_#]{{0,4}}[ \t]{{0,2}}{LABEL}"
    rf"(?:[ \t]{{0,2}}[（(][^()（）]*[)）])?[ \t]{{0,4}}"
    r"(?:(?P<colon>[:：])\s*(?:\*\*|__|\*|_)?|(?:\*\*|__|\*|_)\s*(?P<late>[:：])?)?\s*(?P<rest>.*)\Z",
    re.IGNORECASE,
)
READ_ON = re.compile(
    r"(?:查看|阅读)?(?:原文|全文|详情)(?:链接)?|来源|来源链接|via|sources?|read more|full story|link|原文を読む",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"\[(\d{1,3})\](?![\[(:])")
ENTRY = re.compile(r"\s*(?:\[?(?P<number>\d{1,3})(?:[.)、]|\]:?))\s*(?P<text>.*)\Z")


def source_text(row: Row) -> str | None:
    """What follows the label if this is a source line: links, or nothing when a list follows. None if it is not one."""
    if row.hidden or row.level or row.blank:
        return None
    if match := SOURCE_LINE.match(row.text.lstrip(" \t>")):
        rest = match["rest"]
        if match["colon"] or match["late"] or re.match(r"[\[<]|https?://", rest):
            return rest
    stripped = row.text.strip()
    links = find(stripped, {})
    if (
        len(links) == 1
        and READ_ON.fullmatch(links[0].text.strip())
        and not re.search(r"\w", stripped[: links[0].start])
    ):
        return stripped
    return None


def references(rows: Iterable[Row], labels: dict[str, str]) -> dict[int, Link]:
    """The numbered entries of a reference section: number -> its link."""
    found = {}
    for row in rows:
        if (
            not row.hidden
            and (match := ENTRY.match(row.text))
            and (links := find(row.text, labels))
        ):
            text = links[0].text
            if links[0].bare:
                text = match["text"].replace(links[0].url, "").strip(" :：-—*") or text
            found.setdefault(
                int(match["number"]),
                links[0]._replace(
                    text=text, start=row.start + links[0].start, end=row.start + links[0].end
                ),
            )
    return found


def citations(
    body: str, start: int, end: int, labels: dict[str, str], numbered: dict[int, Link] | None = None
) -> list[Citation]:
    """Every web page that is linked between two offsets, in order; ``[3]`` is looked up among numbered references."""
    links = [
        link
        for link in find(body, labels, start, end)
        if not link.image and not _in_definition(body, link.start)
    ]
    if numbered:
        taken = [(link.start, link.end) for link in links]
        for match in NUMBERED.finditer(body, start, end):
            target = numbered.get(int(match[1]))
            if target and not any(low <= match.start() < high for low, high in taken):
                links.append(target._replace(start=match.start(), end=match.end()))
        links.sort(key=lambda link: link.start)
    found = []
    for link in links:
        if (
            url := hyperlinks.web_url(link.url)
            if re.match(r"https?:|//", link.url, re.IGNORECASE)
            else ""
        ):
            text = (
                link.text if link.text != link.url else ""
            )  # a bare address is called by its host
            found.append(Citation((text or hyperlinks.host(url))[:500], url, link.start, link.end))
    return found


def _in_definition(body: str, at: int) -> bool:
    start = max(body.rfind("\n", 0, at), body.rfind("\r", 0, at)) + 1
    return bool(re.match(r" {0,3}\[[^\[\]]+\]:\s", body[start:at]))


def is_link_item(row: Row) -> bool:
    """True for a list item that is nothing but links and joints: an entry under a ``Sources:`` line."""
    match = ITEM.match(row.text)
    if not match:
        return False
    text = match["text"]
    links = find(text, {})
    rest = text
    for link in reversed(links):
        rest = rest[: link.start] + rest[link.end :]
    return bool(links) and len(rest.strip(" \t—–-|、，,·&/*_")) <= 20
