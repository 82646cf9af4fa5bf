"""What is wrong, in the editor's language: keys and values become sentences here and only here."""

from django.utils.translation import gettext

from posts.content.problems import Problem, Unreadable, Worded
from posts.models import Job


def worded(what: Problem | Worded | Unreadable) -> str:
    """The sentence of a problem, or of an exception that carries one, in the active language."""
    found = what.problem if isinstance(what, Unreadable) else what
    return gettext(found.template) % found.values


def with_line(problem: Problem, line: int | None = None) -> str:
    """The sentence of a problem with the line that it is about; ``line`` where another is shown."""
    return gettext("Line %(line)s: %(message)s") % {
        "line": line or problem.line,
        "message": worded(problem),
    }


def failures_of(job: Job) -> list[tuple[str, str]]:
    """What a job could not do, as pairs of a post's title and the reason."""
    return [
        (title, why if isinstance(why, str) else worded(Problem.from_json(why)))
        for title, why in job.failures
    ]
