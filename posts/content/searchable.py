"""What a document is found by: the folded texts of its parts, and the tokens of all of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from posts.content import slugs
from posts.content.tokens import folded, joined, label_token, pieces, tokens

KINDS = {"tags": "tag", "categories": "category", "authors": "author"}
END = "\n"  # no phrase goes on from one text to the next


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
    """``labels`` are the names of ``tags``, ``categories`` and ``authors``, as they are written."""
    hosts = sorted({host for host in hosts if host})
    marks = {label_token("source", host) for host in hosts}
    named = []
    for kind, one in KINDS.items():
        named += labels[kind]
        marks.update(label_token(one, slugs.tag_slug(name)) for name in labels[kind])
    head, names = pieces(title.replace(END, " ")), pieces(END.join([*named, *hosts]))
    words = [*head, END, *names, END, *pieces(text)]
    marks.update(f"~{one}" for one in tokens(head))
    found = " ".join([*sorted(tokens(words)), *sorted(marks)])
    return Searchable(joined(head), folded(END.join(headings)), joined(names), joined(words), found)
