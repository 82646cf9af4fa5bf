"""What a query means on this site: its filters as labels, its words also as labels' names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from posts.content.querying import LABELS, Filter, Hint, Query
from posts.models.folded import folded_name
from posts.search import labels
from posts.search.finding import Term, Wanted
from posts.search.labels import Called, Known


@dataclass
class Meaning:
    """What is looked for, and what the filters of the query were taken for.

    ``impossible``: a label that is wanted does not exist, so that nothing can be found.
    """

    query: Query
    wanted: Wanted
    known: dict[Filter, Known] = field(default_factory=dict)
    unknown: list[Filter] = field(default_factory=list)
    impossible: bool = False

    @property
    def hints(self) -> list[Hint]:
        """Those of the query, and one for each label that does not exist."""
        missing = [Hint(f"no-{one.kind}", one.value) for one in self.unknown]
        return [*self.query.hints, *missing]

    @property
    def asks(self) -> bool:
        """True if there is something to look for."""
        return any(not term.excluded for term in self.wanted.terms) or bool(self.query.filters)


def understand(query: Query, language: str = "") -> Meaning:
    """A query among the labels of this site; ``language`` is that of the page. One query, none
    without words and filters.
    """
    named = _named(query)
    found = labels.find({**dict.fromkeys(named.values()), **_words(query)})
    known: dict[Filter, Known] = {}
    for one, (kind, called) in named.items():
        match = next((label for label in found if label.kind == kind and _is(label, called)), None)
        if match is not None:
            known[one] = match
    unknown = [one for one in named if one not in known]
    wanted = Wanted(
        terms=_terms(query, found),
        all_of=tuple(label.tokens for one, label in known.items() if not one.excluded),
        none_of=frozenset().union(*(k.tokens for one, k in known.items() if one.excluded)),
        since=query.since,
        until=query.until and query.until - timedelta(days=1),
        language=query.language or language,
    )
    impossible = any(not one.excluded for one in unknown)
    return Meaning(query, wanted, known, unknown, impossible)


def _named(query: Query) -> dict[Filter, tuple[str, Called]]:
    return {one: (one.kind, Called.of(one.kind, one.value)) for one in query.labels}


def _is(label: Known, called: Called) -> bool:
    return called.slug in label.called or (bool(called.folded) and called.folded in label.called)


def _words(query: Query) -> dict[tuple[str, Called], None]:
    """Each word as a label of any kind may be called: by its name alone."""
    folded = (folded_name(word.text) for word in query.words)
    return {(kind, Called("", name)): None for name in folded if name for kind in LABELS}


def _terms(query: Query, found: Iterable[Known]) -> tuple[Term, ...]:
    """The words. One that is a label's name is looked for in the texts and among the labels."""
    marks: dict[str, set[str]] = {}
    for label in found:
        for name in label.called:
            marks.setdefault(name, set()).update(label.tokens)
    return tuple(
        Term(
            word.text, word.phrase, word.excluded, frozenset(marks.get(folded_name(word.text), ()))
        )
        for word in query.words
    )
