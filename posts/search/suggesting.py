"""What a reader may have meant: names that begin alike, words of the site that are nearly the same.

Only of what readers can find: labels that lead to a public post, titles of public posts. Bounded:
so many labels that begin with the same letter, so many of the newest titles.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from django.db.models import QuerySet

from posts.content.querying import Filter, Part, Query
from posts.models import Post
from posts.models.folded import folded_name
from posts.models.prepared import NOW, Prepared
from posts.search import finding, labels
from posts.search.filters import Meaning
from posts.search.labels import Known

ALIKE = 200  # labels of each kind that are compared
TITLES = 300  # of the newest posts, whose words are compared
SHOWN, MOST = 8, 3  # names that are suggested, queries that may have been meant
TRIED = 3  # words of a query that are taken for mistakes
SHORTEST, LONGEST = 3, 40  # characters of a word that is taken for a mistake
WORD = re.compile(r"[^\W\d_]{3,}")


def completions(text: str) -> list[Known]:
    """Labels that begin with what was typed, else with the last word of it. One query, or two."""
    found = labels.beginning([text], SHOWN)
    words = text.split()
    if not found and len(words) > 1:
        found = labels.beginning(words[-1:], SHOWN)
    folded = folded_name(text)
    return sorted(found, key=lambda one: (folded not in one.called, len(str(one))))[:SHOWN]


def instead(meaning: Meaning) -> list[Query]:
    """Queries that find something where this one finds nothing. At most two queries."""
    query = meaning.query
    wrong = [one for one, _name in meaning.unknown if not one.excluded]
    words = [one for one in query.words if not one.excluded and _may_be_wrong(one.text)]
    if wrong:
        near = _near([one.value for one in wrong])
        pairs = [(one, label) for one in wrong for label in near[one.value]]
        return [_meant(query, *pair) for pair in pairs if pair[0].kind == pair[1].kind][:MOST]
    near = _near([word.text for word in words[:TRIED]])
    mended = _mended(meaning, words, [label for mine in near.values() for label in mine])
    if len(query.words) + len(query.filters) == 1:  # what a name or a title says is found
        return [one for one, _wanted in mended[:MOST]]
    best = (one for one, wanted in mended[:1] if finding.newest(wanted, None, 1))
    return list(best)


def _may_be_wrong(text: str) -> bool:
    return SHORTEST <= len(text) <= LONGEST and any(char.isalpha() for char in text)


def _near(texts: list[str]) -> dict[str, list[Known]]:
    """For each text the labels that begin with the same letter and are nearly the same, the nearest
    first. One query.
    """
    folded = {text: folded_name(text) for text in texts}
    found = labels.beginning((one[:1] for one in folded.values()), ALIKE)
    near: dict[str, list[Known]] = {}
    for text, one in folded.items():
        mine = [(distance, k) for k in found if (distance := _nearest(one, k.called))]
        near[text] = [known for _distance, known in sorted(mine, key=lambda pair: pair[0])]
    return near


def _nearest(text: str, names: Iterable[str]) -> int:
    """The least distance of a name that is near; 0 if none is, or one is the same."""
    limit = 1 if len(text) <= 5 else 2
    found = [_distance(text, name) for name in names if abs(len(name) - len(text)) <= limit]
    least = min(found, default=limit + 1)
    return least if least <= limit else 0


def _meant(query: Query, one: Filter, label: Known) -> Query:
    """The query with a label instead of one that does not exist."""
    meant = one._replace(value=label.slug)
    return replace(query, filters=tuple(meant if each == one else each for each in query.filters))


@cache
def _titles() -> Prepared:
    def make() -> QuerySet[Any]:
        return (
            Post.objects.published(now=NOW).order_by("-published_at").values_list("title")[:TITLES]
        )

    return Prepared(make)


def _mended(
    meaning: Meaning, wrong: list[Part], near: list[Known]
) -> list[tuple[Query, finding.Wanted]]:
    """The query with one of its words replaced by one that is nearly the same, the nearest first:
    by the name of a label, else by a word of the newest titles. One query for these.
    """
    words: dict[str, frozenset[str]] = {str(label): label.tokens for label in near}
    if not words:
        found = (word for (title,) in _titles().rows() for word in WORD.findall(title))
        words = dict.fromkeys(found, frozenset())
    mended = []
    compared = [(other, folded_name(other), marks) for other, marks in words.items()]
    for word in wrong[:TRIED]:
        folded = folded_name(word.text)
        for other, name, marks in compared:
            if distance := _nearest(folded, [name]):
                meant = word._replace(text=other, phrase=" " in other)
                mended.append((distance, _replaced(meaning, word, meant, marks)))
    return [one for _distance, one in sorted(mended, key=lambda pair: pair[0])]


def _replaced(
    meaning: Meaning, word: Part, meant: Part, marks: frozenset[str]
) -> tuple[Query, finding.Wanted]:
    words = tuple(meant if one == word else one for one in meaning.query.words)
    terms = tuple(
        finding.Term(meant.text, meant.phrase, labels=marks) if one.text == word.text else one
        for one in meaning.wanted.terms
    )
    return replace(meaning.query, words=words), replace(meaning.wanted, terms=terms)


def _distance(one: str, two: str) -> int:
    """Letters to be changed, added, left out or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for i, char in enumerate(one, 1):
        row = [i]
        for j, other in enumerate(two, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != other))
            if i > 1 and j > 1 and char == two[j - 2] and one[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
