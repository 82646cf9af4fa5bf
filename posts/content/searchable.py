"""What a document is found by: the folded texts of its parts, and the tokens of all of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from posts.content import slugs
from posts.content.tokens import folded, joined, label_token, pieces, tokens

KINDS = {"tags": "tag", "categories": "category", "authors": "author"}
END = "\n"  # no phrase goes on from one text to the next
MOST_BYTES = 1_000_000  # of all tokens of a post; PostgreSQL takes little more


class Searchable(NamedTuple):
    """The folded title, headings, and names of labels and sources; ``words`` are these and all of
    the text. ``tokens`` are of all of them, those of the title once more with ``~`` before them,
    and one for each label and source, with spaces between them.
    """

    title: str
    headings: str
    names: str
    words: str
    tokens: str


NOTHING = Searchable("", "", "", "", "")


def searchable(
    title: str,
    headings: Iterable[str],
    labels: Mapping[str, list[str]],
    hosts: Iterable[str],
    text: str,
) -> Searchable:
    """``labels`` are the names of ``tags``, ``categories`` and ``authors``, as they are written.

    Of a text with more than :data:`MOST_BYTES` of tokens the first half is taken, or its half.
    """
    headings = list(headings)
    hosts = sorted({host for host in hosts if host})
    said = pieces(text)
    while (found := _searchable(title, headings, labels, hosts, said)) is None:
        if said:
            said = said[: len(said) // 2]
        else:
            hosts = hosts[: len(hosts) // 2]
    return found


def _searchable(
    title: str,
    headings: Iterable[str],
    labels: Mapping[str, list[str]],
    hosts: list[str],
    said: list[str],
) -> Searchable | None:
    """None if there are too many tokens, of texts and hosts that can be left out."""
    marks = {label_token("source", host) for host in hosts}
    named = []
    for kind, one in KINDS.items():
        named += labels[kind]
        marks.update(label_token(one, slugs.tag_slug(name)) for name in labels[kind])
    head, names = pieces(title.replace(END, " ")), pieces(END.join([*named, *hosts]))
    words = [*head, END, *names, END, *said]
    marks.update(f"~{one}" for one in tokens(head))
    found = " ".join([*sorted(tokens(words)), *sorted(marks)])
    if (said or hosts) and len(found) > MOST_BYTES // 4 and len(found.encode()) > MOST_BYTES:
        return None
    return Searchable(joined(head), folded(END.join(headings)), joined(names), joined(words), found)
