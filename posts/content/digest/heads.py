"""Where stories may begin: at headings, bold lines, list items or linked lines."""

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from posts.content import slugs
from posts.content.digest.links import References, count, plain
from posts.content.digest.scan import Row
from posts.content.digest.sources import source_text
from posts.content.digest.words import Trust

DECORATION = re.compile(
    r"[^\w\[\]<(（*`#-]*(?:\[[ xX]\]\s+)?[^\w\[\]<(（*`#-]*(?:\*\*|__)?\s*"
    r"(?:\[[^\[\]()]{1,20}\](?=\s))?\s*"
)
BOLD_START = re.compile(r"[^\w*\[]*\*\*(?P<text>[^*]+)\*\*")
BOLD_LINE = re.compile(
    r"\s{0,3}(?:\d{1,3}\s*+[.、)]\s*+)?[^\w\s*]{0,4}[ \t]{0,4}"
    r"\*\*(?P<text>[^*]+(?:\*[^*]+\*[^*]*)?)\*\*[ \t]*\Z"
)
COMMENT = re.compile(r"<!--[^>]{0,300}-->")
EMPTY_BOLD = re.compile(r"\*\*[ \t]{0,4}<!--[^>]{0,300}-->[ \t]{0,4}\*\*")
LATIN_WORD = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# The part of a list's items that must look like stories.
SHARES = {Trust.UNKNOWN: 0.75, Trust.WEAK: 0.75, Trust.HINTED: 0.5, Trust.CERTAIN: 0}
MOST_LINES = 3  # below the first, that the bold words of an item go on in
MOST_BELOW = 200  # lines of an item that are searched for a link
LISTED = 0.6  # of the lines under headings that only sort a list
HEADLINE = 3.0  # words of a usual headline at least; names of tools and books have fewer


class Head(NamedTuple):
    """The beginning of a story: the index of its row, its heading, and what it is made of.

    ``form`` is ``heading``, ``bold`` (a bold line), ``linked`` (a line that is a link), or that of
    a list item: ``link`` (a link first), ``label`` (bold words first), ``bare`` (an address last).
    """

    row: int
    heading: str
    form: str

    @property
    def is_item(self) -> bool:
        """True for a list item."""
        return self.form in ("link", "label", "bare")


def candidates(rows: Sequence[Row], labels: References, trust: Trust) -> list[Head]:
    """What may be the heads of one section. The more its name says, the fainter ones are taken.

    A candidate is a story only if the section's name or the links under it say so.
    """
    for level in (3, 4) if trust >= Trust.HINTED else (3,):
        heads = [
            Head(index, heading_text(row, labels), "heading")
            for index, row in enumerate(rows)
            if row.level == level
        ]
        if heads:
            return _grouped(rows, heads, labels) or heads
    bold, items = _bold_heads(rows, labels), _item_heads(rows, labels, trust)
    if len(items) > len(bold) and all(rows[head.row].item for head in bold):
        return items  # ``4、**title**`` among ``3、[title](url)``
    return bold or items or _line_heads(rows, labels)


def heading_text(row: Row, labels: References) -> str:
    """A heading for people: its markup and a trailing ``{#anchor}`` are dropped."""
    return plain(row.heading or row.text, labels)


def words_in(title: str) -> float:
    """How long a title is, in words; two Chinese, Japanese or Korean characters count as one."""
    return len(LATIN_WORD.findall(title)) + len(EASTERN.findall(title)) / 2


def are_headlines(titles: list[str], least: float = HEADLINE) -> bool:
    """True for titles as long as those of news, which say what happened."""
    return bool(titles) and median(map(words_in, titles)) >= least


def _grouped(rows: Sequence[Row], heads: list[Head], labels: References) -> list[Head]:
    """The items under headings that only sort a list of links, such as ``### Official``."""
    items = [
        head for head in _item_heads(rows, labels, Trust.CERTAIN) if head.form in ("link", "bare")
    ]
    if len(items) < max(3, 1.5 * len(heads)):
        return []
    if not are_headlines([item.heading for item in items]):
        return []
    if any(not link.image for head in heads for link in labels.links(rows[head.row].text)):
        return []
    listed = {item.row for item in items}
    flush = [
        index
        for index, row in enumerate(rows)
        if not (row.level or row.blank or row.hidden or row.text[:1].isspace())
    ]
    return items if sum(index in listed for index in flush) >= LISTED * len(flush) else []


def _bold_heads(rows: Sequence[Row], labels: References) -> list[Head]:
    heads = []
    for index, row in enumerate(rows):
        if row.hidden or row.level or not (match := BOLD_LINE.match(row.text)):
            continue
        alone = index == 0 or rows[index - 1].blank or rows[index - 1].level
        bullet = row.item and not row.item["mark"][0].isdigit()
        if alone and not bullet and source_text(row, labels) is None:
            heads.append(Head(index, plain(match["text"], labels), "bold"))
    return heads


def _item_heads(rows: Sequence[Row], labels: References, trust: Trust) -> list[Head]:
    """List items: numbered ones first; bullets only where no numbered story stands.

    Under a name that says nothing, three of four must begin with a link or end with an address.
    """
    eager, share = trust >= Trust.HINTED, SHARES[trust]
    items = [
        (index, item)
        for index, row in enumerate(rows)
        if (item := row.item) and len(item["indent"].expandtabs(4)) < 2
    ]
    for numbered in (True, False):
        some = [(index, item) for index, item in items if item["mark"][0].isdigit() == numbered]
        heads = [
            Head(index, *found)
            for index, item in some
            if source_text(rows[index], labels) is None
            and (found := _item_head(item["text"], rows, index, labels))
        ]
        if not eager:
            heads = [head for head in heads if head.form != "label"]
        if heads and len(heads) >= share * len(some):
            return heads
    return []


def _item_head(
    text: str, rows: Sequence[Row], index: int, labels: References
) -> tuple[str, str] | None:
    """(heading, form) of a list item that may be a story."""
    text = COMMENT.sub("", EMPTY_BOLD.sub("", text))
    if text.startswith("**"):
        text = _with_bold_end(text, rows, index)
    links = [link for link in labels.links(text) if not link.image]
    bold = BOLD_START.match(text)
    label = plain(bold["text"], labels).rstrip(":：").strip() if bold else ""
    lead = DECORATION.match(text)
    if links and lead and not links[0].bare and links[0].start <= lead.end():
        if words_in(label) >= words_in(links[0].text) + 1:
            return label, "label"
        return None if links[0].url.startswith("#") else (links[0].text, "link")
    if label and (links or _links_below(rows, index, labels)):
        return label, "label"
    if links and links[-1].bare and not text[links[-1].end :].strip(" \t.。)）"):
        heading = plain(text[: links[-1].start], labels).rstrip(" :：-—(（").strip()
        return (heading, "bare") if heading else None
    return None


def _with_bold_end(text: str, rows: Sequence[Row], index: int) -> str:
    """The text of an item with the lines below it that its bold words go on in."""
    for row in rows[index + 1 : index + 1 + MOST_LINES]:
        if "**" in text[2:] or row.blank or row.hidden or row.level or row.item:
            break
        text = f"{text} {row.text.strip()}"
    return text


def _links_below(rows: Sequence[Row], index: int, labels: References) -> bool:
    """True where the further lines of an item hold a link, or the first part of one is in it."""
    shown: list[str] = []
    for row in rows[index : index + MOST_BELOW]:
        if shown and (row.level or row.item and not row.text[:1].isspace()):
            break
        shown.append("" if row.hidden else row.text)
    return count("\n".join(shown), labels) > 0


def _line_heads(rows: Sequence[Row], labels: References) -> list[Head]:
    """``[title](url)`` alone on a line that ends in two spaces, text under it."""
    heads = []
    for index, row in enumerate(rows):
        text = row.text.strip()
        if row.hidden or row.level or not row.text.endswith("  ") or not text.startswith("["):
            continue
        links = labels.links(text)
        alone = len(links) == 1 and not links[0].bare and links[0].end == len(text)
        if alone and source_text(row, labels) is None:
            heads.append(Head(index, links[0].text, "linked"))
    return heads


def shape_of(head: Head, row: Row) -> str:
    """The shape of a story: ``1、`` begins an item to a Chinese reader, a paragraph to Markdown."""
    if head.is_item and row.item and not row.item["mark"].endswith("、"):
        return "item"
    return "heading" if head.form == "heading" else "line"


def unnumbered(headings: list[str], last: int = 0) -> tuple[list[str], int]:
    """Headings without their numbers, and the last number, from which the next section goes on.

    A number counts if it is that of the heading, or goes on from the one before: the 24 of
    ``24. December`` stays.
    """
    result = []
    for index, heading in enumerate(headings, start=1):
        number = slugs.number_of(heading)
        if number is None or number == index or last and 0 < number - last <= 3:
            heading, last = slugs.without_numbering(heading), number or last
        result.append(heading.strip())
    return result, last
