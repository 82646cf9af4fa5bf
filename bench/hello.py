"""The least that a WSGI server can be asked to do: five bytes, a page from memory, a 304."""

import os
from pathlib import Path

PAGES = {f"/{path.name}": path.read_bytes() for path in Path(os.environ["BENCH_PAGES"]).iterdir()}
HEADERS = [  # as many as a page of the site has
    ("Content-Type", "text/html; charset=utf-8"),
    *((f"X-Header-{number}", "a value of some length") for number in range(14)),
]


def application(environ, start_response):
    """Hello, world."""
    if page := PAGES.get(environ["PATH_INFO"]):
        start_response("200 OK", [*HEADERS, ("Content-Length", str(len(page)))])
        return [page]
    if "HTTP_IF_NONE_MATCH" in environ:
        start_response("304 Not Modified", [("ETag", environ["HTTP_IF_NONE_MATCH"])])
        return []
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
