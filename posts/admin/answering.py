"""What a reader gets at an address of this site, asked of the site itself."""

from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404
from django.urls import Resolver404, resolve
from django.utils import translation


def is_answered(path: str) -> bool:
    """True if a page, a list, a feed or a file is at a path, with or without its last slash and in
    whatever letter case: a redirect would never be asked there.

    Costs what the page costs, up to four times.
    """
    bare = path.rstrip("/")
    variants = dict.fromkeys((path, f"{bare}/", bare, path.lower(), f"{bare.lower()}/"))
    return any(_is_ours(variant) or _is_page(variant) for variant in variants if variant)


def _is_ours(path: str) -> bool:
    """True for the admin and for folders of files, which answer for all paths below them."""
    folders = (f"/{settings.ADMIN_PATH}/", settings.STATIC_URL, settings.MEDIA_URL)
    return f"{path.rstrip('/')}/".lower().startswith(tuple(folder.lower() for folder in folders))


def _is_page(path: str) -> bool:
    try:
        match = resolve(path)
        with translation.override(settings.SITE_LANGUAGE):
            response = match.func(_request(path), *match.args, **match.kwargs)
    except (Http404, Resolver404):
        return False
    return response.status_code == 200


def _request(path: str) -> WSGIRequest:
    """A stranger's request for a path."""
    scheme, _, host = settings.SITE_URL.partition("://")
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.encode().decode("latin-1"),
            "SERVER_NAME": host.partition(":")[0],
            "SERVER_PORT": "443" if scheme == "https" else "80",
            "HTTP_HOST": host,
            "wsgi.url_scheme": scheme,
            "wsgi.input": BytesIO(),
        }
    )
