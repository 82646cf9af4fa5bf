"""The least that a WSGI server can be asked to do."""


def application(environ, start_response):
    """Hello, world."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
