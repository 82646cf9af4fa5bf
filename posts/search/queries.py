"""What is wanted, in the words of each database's index.

Of a longer term the index gives the posts that have all of its tokens, and the row says whether
they stand side by side.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from posts.content.tokens import asked, language_token
from posts.search.index import EVERY

MOST_TERMS = 20  # what is more is an attack


@dataclass(frozen=True)
class Term:
    """Words that stand together in a post, or must not.

    ``phrase`` says that they were quoted. A word that is not is a phrase of one, all the same.
    ``labels`` are the tokens of labels that are called so just now: a post that has one of them
    has the word, whatever its text says (a renamed or merged label finds its posts at once).
    """

    text: str
    phrase: bool = False
    excluded: bool = False
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all of it must be true of a post.

    ``all_of`` are groups of label tokens (:func:`posts.content.tokens.label_token`), of each of
    which a post has one; ``none_of`` those that it has none of. ``since`` and ``until`` are days
    of the site's time zone, both included. An empty ``language`` is any.
    """

    terms: tuple[Term, ...] = ()
    all_of: tuple[frozenset[str], ...] = ()
    none_of: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    language: str = ""


class Form(NamedTuple):
    """A folded text that must stand in a row's words, or must not; one with other ``tokens`` in
    the index counts too.
    """

    text: str
    excluded: bool
    labels: frozenset[str] = frozenset()


@dataclass
class Question:
    """What an index is asked: groups of tokens, of each of which a post has all of one
    alternative; what it must not have; and what its row has to say.

    ``shown`` are the folded terms by which posts are ranked.
    """

    groups: list[list[tuple[str, ...]]] = field(default_factory=list)
    none: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    is_empty: bool = False

    @classmethod
    def of(cls, wanted: Wanted) -> "Question":
        """The question; ``is_empty`` where nothing can be found, since nothing was asked for."""
        question = cls()
        for term in wanted.terms[:MOST_TERMS]:
            question._take(term)
        question.groups += [[(one,) for one in sorted(group)] for group in wanted.all_of]
        question.none += sorted(wanted.none_of)
        if wanted.language:
            question.groups.append([(language_token(wanted.language),)])
        positive = [term for term in wanted.terms if not term.excluded]
        question.is_empty = bool(positive) and not question.shown and not wanted.all_of
        question.is_empty |= any(not group for group in wanted.all_of)
        return question

    def _take(self, term: Term) -> None:
        found = asked(term.text)
        if not found.tokens:
            return
        if not term.excluded:
            alternatives = [found.tokens, *((one,) for one in sorted(term.labels))]
            self.groups.append(alternatives)
            self.shown.append(found.shown)
            self.title += [f"~{one}" for one in found.tokens]
        elif found.form:
            self.forms.append(Form(found.form, True))
            self.none += sorted(term.labels)
        else:
            self.none += [*found.tokens, *sorted(term.labels)]
        if found.form and not term.excluded:
            self.forms.append(Form(found.form, False, term.labels))


def fts5(question: Question, *more: str) -> str:
    """The question for SQLite's index; ``more`` are tokens that a post must have besides."""
    parts = [_alternatives(group, _quoted, " AND ", " OR ") for group in question.groups]
    parts += [_quoted(one) for one in more]
    found = " AND ".join(parts) or _quoted(EVERY)
    none = " OR ".join(map(_quoted, question.none))
    return f"({found}) NOT ({none})" if none else found


def tsquery(question: Question, *more: str) -> str:
    """The question for PostgreSQL's index; ``more`` are tokens that a post must have besides."""
    parts = [_alternatives(group, _lexeme, " & ", " | ") for group in question.groups]
    parts += [_lexeme(one) for one in more]
    parts += [f"!{_lexeme(one)}" for one in question.none]
    return " & ".join(parts)


def _alternatives(group: list[tuple[str, ...]], quoted, both: str, either: str) -> str:  # type: ignore[no-untyped-def]
    return f"({either.join(f'({both.join(map(quoted, one))})' for one in group)})"


def _quoted(token: str) -> str:
    return f'''"{token.replace('"', '""')}"'''


def _lexeme(token: str) -> str:
    doubled = token.replace("'", "''").replace("\\", "\\\\")
    return f"'{doubled}'"
