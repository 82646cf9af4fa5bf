"""Problems and refusals in the language of the interface."""

from django.utils.translation import gettext

from posts.content.problems import Problem, Unreadable, Worded


def worded(said: Problem | Unreadable | Worded) -> str:
    """The sentence of a problem or an exception, for an editor."""
    one = said.problem if isinstance(said, Unreadable) else said
    return gettext(one.template) % one.values
