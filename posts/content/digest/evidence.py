"""Is it news? What a section must show before its headings or list items are read as stories.

Ordinary posts have headings with links, lists of links and a ``Source:`` here and there. So a
section whose name says little (``words.Trust``) is one of stories only

- where at least half of its headings have a line that names a source, two in all of the post;
- where its headings are links or have a line of links below (``Link:``), three or more, to several
  hosts, and are as long as headlines;
- where it is a list of headlines that link to several hosts, and such lists are most of the post's
  text, or it is long and sorted by headings. Numbered entries with an address at the end or a
  count of comments need not be long.

A story with a block of code proves nothing: that is a lesson.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from posts.content import hyperlinks
from posts.content.digest.heads import Head, are_headlines, words_in
from posts.content.digest.links import Link, References, count
from posts.content.digest.scan import Row
from posts.content.digest.sources import (
    MAY_BE_VIA,
    NUMBERED,
    VIA,
    WEB,
    is_link_item,
    names_a_source,
    source_text,
)
from posts.content.digest.words import Trust

ADDRESS = re.compile(r"\]\([^()\s]*|https?://\S+")
AGGREGATED = re.compile(r"\b(?:comments?|points?)\b|评论|条评|コメント|<code>", re.IGNORECASE)
MOST = 0.8  # of some heads
HALF = 0.5


@dataclass(eq=False)
class Part:
    """What one candidate shows: the ``url`` of a heading that is a link, its sources."""

    head: Head
    mark: str = ""  # of a list item: ``-``, ``1.``, ``1、``
    url: str = ""
    sources: list[str] = field(default_factory=list)
    linked: bool = False  # holds a link; looked for where the section's name hints at news only
    text: bool = False  # text of its own below its first line
    picture: bool = False
    code: bool = False
    aggregated: bool = False
    length: int = 0  # letters that a reader sees


@dataclass(eq=False)
class Group:
    """The candidates of one section; ``around`` is the length of its text outside of them."""

    trust: Trust
    parts: list[Part] = field(default_factory=list)
    around: int = 0
    sorted: bool = False  # a list of links under headings that sort it

    @property
    def length(self) -> int:
        """Letters in the parts."""
        return sum(part.length for part in self.parts)

    def of_form(self, *forms: str) -> bool:
        """True if the candidates are of one of these forms."""
        return bool(self.parts) and self.parts[0].head.form in forms


def gather(rows: Sequence[Row], heads: list[Head], labels: References, trust: Trust) -> Group:
    """Read what the candidates of a section show. Linear in the length of the section."""
    by_kind = bool(heads) and heads[0].is_item and sum(row.level == 3 for row in rows) > 1
    group = Group(trust, sorted=by_kind)
    bounds = [head.row for head in heads] + [len(rows)]
    group.around = length_of(rows[: bounds[0]])
    for head, high in zip(heads, bounds[1:], strict=True):
        stop = _end(rows, head, high, is_last=high == len(rows))
        part = _part(rows[head.row : stop], head, labels)
        if trust is Trust.HINTED and head.form != "heading":
            part.linked = _holds_link(rows[head.row : stop], labels)
        group.parts.append(part)
        group.around += length_of(rows[stop:high])
    return group


def _end(rows: Sequence[Row], head: Head, high: int, is_last: bool) -> int:
    """The row after a part. A bullet ends with its margin; between numbers all is their text."""
    item = rows[head.row].item if head.is_item else None
    if not item or item["mark"].endswith("、") or item["mark"][0].isdigit() and not is_last:
        return high
    for index in range(head.row + 1, high):
        row = rows[index]
        if row.level or not row.blank and rows[index - 1].blank and not row.text[:1].isspace():
            return index
    return high


def _part(rows: Sequence[Row], head: Head, labels: References) -> Part:
    first = rows[0]
    part = Part(head, length=_length(first), aggregated=bool(AGGREGATED.search(first.text)))
    part.mark = first.item["mark"] if head.is_item and first.item else ""
    own = _outside(first, labels)
    if own and 2 * words_in(own[0].text) >= words_in(head.heading):
        part.url = own[0].url
    under_label = False
    for row in rows[1:]:
        part.code = part.code or row.code
        if row.blank or row.hidden:
            continue
        rest = source_text(row, labels)
        cited = under_label and is_link_item(row, labels)
        said = rest is not None or cited or MAY_BE_VIA.search(row.text)
        links = _outside(row, labels) if said else []
        if rest is not None and names_a_source(row, labels) or cited:
            part.sources += [link.url for link in links] or NUMBERED.findall(rest or "")
            under_label = cited or not links
        else:
            under_label = False
            if rest is not None and links:
                part.url = part.url or links[0].url
            part.sources += [link.url for link in links if VIA.fullmatch(link.text)]
            picture = row.text.lstrip().startswith("![")
            part.picture, part.text = part.picture or picture, part.text or not picture
            part.length += _length(row)
    return part


def _holds_link(rows: Sequence[Row], labels: References) -> bool:
    return count("\n".join("" if row.hidden else row.text for row in rows), labels) > 0


def _outside(row: Row, labels: References) -> list[Link]:
    if row.hidden or "[" not in row.text and "://" not in row.text:
        return []
    found = labels.links(row.text)
    return [link for link in found if not link.image and WEB.match(link.url)]


def _length(row: Row) -> int:
    if row.blank or row.hidden and not row.code:
        return 0
    text = row.text
    return len((ADDRESS.sub("", text) if "](" in text or "://" in text else text).strip())


def length_of(rows: Sequence[Row]) -> int:
    """Letters that a reader sees in some rows."""
    return sum(map(_length, rows))


def accepted(groups: Sequence[Group], elsewhere: int) -> list[bool]:
    """Which groups of candidates are stories. ``elsewhere`` is the length of the other sections."""
    doubtful = [group for group in groups if group.trust < Trust.HINTED]
    sourced = {group for group in doubtful if _is_sourced(group)}
    named = [part for group in sourced for part in group.parts if part.sources]
    pages = {page for part in named for page in part.sources}
    linked = {group for group in doubtful if group not in sourced and _is_linked(group)}
    several = _are_several([part for group in linked for part in group.parts])
    weekly = _is_weekly([group for group in groups if _is_plainly_news(group)])
    listed = _listed(groups, elsewhere)
    verdicts = []
    for group in groups:
        if group.trust is Trust.CERTAIN:
            good = bool(group.parts)
        elif group.trust is Trust.HINTED:
            good = _suits_its_name(group)
        else:
            weak = group.trust is Trust.WEAK
            good = (
                group in sourced
                and (weak or min(len(named), len(pages)) >= 2)
                or group in linked
                and (several or weak and len({part.url for part in group.parts}) >= 3)
                or group in listed
                or weekly
                and _is_plainly_news(group)
            )
        verdicts.append(good)
    return verdicts


def _suits_its_name(group: Group) -> bool:
    """Half of what is under ``News`` has a link, or a heading and no block of code."""
    heading = group.of_form("heading")
    good = sum(not part.code if heading else part.linked for part in group.parts)
    return bool(group.parts) and good >= HALF * len(group.parts)


def _is_sourced(group: Group) -> bool:
    named = [
        part
        for part in group.parts
        if part.sources and not part.code and (part.text or not part.picture)
    ]
    share = 1.0 if group.of_form("bold") else HALF
    return group.of_form("heading", "bold") and len(named) >= share * len(group.parts)


def _is_linked(group: Group) -> bool:
    if not group.of_form("heading", "bold"):
        return False
    linked = [part for part in group.parts if part.url and not part.code]
    return len(linked) >= MOST * len(group.parts) and are_headlines(
        [part.head.heading for part in group.parts]
    )


def _are_several(parts: list[Part]) -> bool:
    pages = {part.url for part in parts if part.url}
    return len(pages) >= 3 and len(_hosts(parts)) >= 2


def _hosts(parts: list[Part]) -> set[str]:
    return {hyperlinks.host(part.url) for part in parts if part.url} - {""}


def _listed(groups: Sequence[Group], elsewhere: int) -> set[Group]:
    """The lists that are stories because the post is little else."""
    lists = {group for group in groups if group.trust < Trust.HINTED and _is_list(group)}
    rest = sum(group.length + group.around for group in groups if group not in lists)
    inside = sum(group.length for group in lists)
    around = sum(group.around for group in lists)
    plenty = {group for group in lists if group.sorted and _is_plenty(group.parts)}
    if not lists or inside < HALF * (inside + around + rest + elsewhere):
        return plenty
    parts = [part for group in lists for part in group.parts]
    if all(_is_plainly_news(group) for group in lists):
        return lists if len(parts) >= 2 else plenty
    titles = [part.head.heading for part in parts]
    hosts = _hosts(parts)
    enough = len(parts) >= 3 and len(hosts) >= (2 if len(parts) < 6 else 3)
    return lists if enough and are_headlines(titles) else plenty


def _is_weekly(groups: Sequence[Group]) -> bool:
    """Several lists of a digest's own shape, to many sites, whatever else is in the post."""
    parts = [part for group in groups for part in group.parts]
    return len(groups) >= 2 and len(parts) >= 6 and len(_hosts(parts)) >= 4


def _is_plenty(parts: list[Part]) -> bool:
    """Ten headlines at least, to many sites: a newsletter's list, whatever else is in the post."""
    titles = [part.head.heading for part in parts]
    return len(parts) >= 10 and len(_hosts(parts)) >= 5 and are_headlines(titles)


def _is_list(group: Group) -> bool:
    return group.of_form("link", "bare", "linked") and group.length >= HALF * group.around


def _is_plainly_news(group: Group) -> bool:
    """Shapes that digests have and lists of tools or of steps have not."""
    if not group.parts or group.of_form("heading", "bold", "label"):
        return False
    if group.of_form("linked"):
        plain = [part.text for part in group.parts]
    elif group.of_form("bare"):
        plain = [part.mark[:1].isdigit() for part in group.parts]
    else:
        plain = [part.aggregated or part.mark.endswith("、") and part.text for part in group.parts]
    return sum(plain) >= MOST * len(plain)
