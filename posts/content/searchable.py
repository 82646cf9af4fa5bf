"""What a document is found by: the folded texts of its parts, and the tokens of all of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from posts.content import slugs
from posts.content.tokens import folded, label_token, tokens

KINDS = {"tags": "tag", "categories": "category", "authors": "author"}
END = "\n"  # no phrase goes on from one text to the next


class Searchable(NamedTuple):
    """The folded title, headings, and names of labels and sources; ``words`` are these and all of
    the text. ``tokens`` are of all of them, those of the title once more with ``~`` before them,
    and one for each label and source; sorted, with spaces between them.
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
    named = [name for kind in KINDS for name in labels[kind]]
    head, names = folded(title), folded(END.join([*named, *hosts]))
    words = f"{head}{END}{names}{END}{folded(text)}"
    found = tokens(words)
    found.update([f"~{one}" for one in tokens(head)])
    found.update(
        label_token(KINDS[kind], slugs.tag_slug(name)) for kind in KINDS for name in labels[kind]
    )
    found.update(label_token("source", host) for host in hosts)
    return Searchable(head, folded(END.join(headings)), names, words, " ".join(sorted(found)))
