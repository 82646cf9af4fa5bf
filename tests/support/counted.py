"""The site's WSGI application behind its page cache, with a line in a file for each rendering.

A test tells it by ``RENDERINGS`` where the lines go. While a file of that name with ``.hang`` at
its end is there, who renders the address that it holds does not come to an end.
"""

import os
import time
from pathlib import Path

from newsroom.wsgi import django_application
from posts.caching.front import front

LINES = Path(os.environ["RENDERINGS"])
HANG = LINES.with_name(f"{LINES.name}.hang")


def counted(environ, start_response):
    """Django's application, counted."""
    path = environ["PATH_INFO"]
    with LINES.open("a") as lines:
        lines.write(f"{os.getpid()} {path}\n")
    while HANG.exists() and HANG.read_text() == path:
        time.sleep(0.05)
    return django_application(environ, start_response)


application = front(counted)
