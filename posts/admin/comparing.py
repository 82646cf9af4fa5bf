"""Two texts beside each other, for a page that shows what differs."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from posts.admin.wording import worded
from posts.content.problems import Unreadable
from posts.deriving import pool

MOST_ROWS = 2_000  # lines of a comparison that are shown


def compared(
    request: HttpRequest, before: str, after: str, name: str, new_name: str
) -> list[tuple[str, str]]:
    """The lines of a comparison, each with what it is; a message says what is left out."""
    try:
        rows = pool.shared.compared(before, after, name, new_name)
    except Unreadable as error:
        messages.warning(request, worded(error))
        return []
    if len(rows) > MOST_ROWS:
        text = _("Only the first %(count)s lines of the comparison are shown.")
        messages.warning(request, text % {"count": MOST_ROWS})
    return rows[:MOST_ROWS]
