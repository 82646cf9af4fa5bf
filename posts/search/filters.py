"""What a query means on this site: its filters as labels, its words also as labels' names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from posts.content.querying import LABELS, Filter, Hint, Query
from posts.models.folded import folded_name
from posts.search import labels
from posts.search.finding import Term, Wanted
from posts.search.labels import Called, Known

FIRST = date(1, 1, 2)  # nothing is from before it
SEPARATORS = str.maketrans("，、", ",,")


@dataclass
class Meaning:
    """What is looked for, and what the filters of the query were taken for: any of some labels.

    ``unknown`` are the names that no label has, each with its filter. ``impossible``: none of the
    labels of a filter exists, so that nothing can be found.
    """

    query: Query
    wanted: Wanted
    known: dict[Filter, list[Known]] = field(default_factory=dict)
    unknown: list[tuple[Filter, str]] = field(default_factory=list)
    impossible: bool = False

    @property
    def hints(self) -> list[Hint]:
        """Those of the query, and one for each label that does not exist."""
        missing = [Hint(f"no-{one.kind}", name) for one, name in self.unknown]
        return [*self.query.hints, *missing]

    @property
    def asks(self) -> bool:
        """True if there is something to look for."""
        return any(not term.excluded for term in self.wanted.terms) or bool(self.query.filters)


def understand(query: Query, language: str = "", hidden: bool = False) -> Meaning:
    """A query among the labels of this site; ``language`` is that of the page, ``hidden`` are also
    labels that readers do not know. One query, none without words and filters.
    """
    named = {(one, name): Called.of(one.kind, name) for one in query.labels for name in names(one)}
    wanted = {(one.kind, called): None for (one, _name), called in named.items()}
    found = labels.find({**wanted, **_words(query)}, hidden)
    known: dict[Filter, list[Known]] = {one: [] for one in query.labels}
    unknown = []
    for (one, name), called in named.items():
        match = next(
            (label for label in found if label.kind == one.kind and _is(label, called)), None
        )
        if match is not None:
            known[one].append(match)
        elif name != one.value or len(names(one)) == 1:  # the whole of a list is no name of it
            unknown.append((one, name))
    for one, mine in known.items():
        if any(_is(label, named[one, one.value]) for label in mine):  # it is no list, but a name
            unknown = [pair for pair in unknown if pair[0] != one]
    groups = {one: frozenset().union(*(k.tokens for k in mine)) for one, mine in known.items()}
    return Meaning(
        query,
        Wanted(
            terms=_terms(query, found),
            all_of=tuple(marks for one, marks in groups.items() if marks and not one.excluded),
            none_of=frozenset().union(*(marks for one, marks in groups.items() if one.excluded)),
            since=query.since,
            until=query.until and max(query.until, FIRST) - timedelta(days=1),
            language=query.language or language,
        ),
        known,
        unknown,
        impossible=any(not marks and not one.excluded for one, marks in groups.items()),
    )


def names(one: Filter) -> list[str]:
    """What a filter names: ``tag:ai,openai`` the whole, and each of both."""
    each = (name.strip() for name in one.value.translate(SEPARATORS).split(","))
    return list(dict.fromkeys([one.value, *(name for name in each if name)]))


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
