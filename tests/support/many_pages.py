"""A page cache in front of pages that cost nothing to make, as large as those of a real site."""

import os
import random

from newsroom.wsgi import django_application  # noqa: F401 - sets Django up
from posts.caching import answers, journal
from posts.caching.front import TICKET, front

WORDS = [f"word{number} " for number in range(5000)]
HEADERS = [(f"X-Header-{number}", "value " * 8) for number in range(12)]


def made(environ, start_response):
    """A page of 12 kB with thirty keys at every address."""
    ticket, number = environ[TICKET], random.randrange(10**9)
    body = "".join(random.choices(WORDS, k=1500)).encode()
    page = answers.Page(
        ticket.address, 200, [*HEADERS, ("Vary", "Accept-Encoding")], {"": body},
        etag=f"{number:x}", keys=[f"c{number + n}" for n in range(30)], until=None,
        state=ticket.state,
    )  # fmt: skip
    answer = answers.answer(page, False, "br", ticket.last_modified)
    ticket.keep(page)
    status, headers, parts = answers.response(answer, None, None)
    start_response(status, headers)
    return parts


assert journal.shared.listener
application = front(made)
assert os.environ["PAGE_CACHE_MB"]
