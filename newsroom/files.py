"""Static files and pictures, where no proxy in front serves them."""

import functools
import os
import re
import time
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware
from whitenoise.responders import NotARegularFileError, Response, SlicedFile, StaticFile

from posts.caching import encodings

RANGE = re.compile(r"bytes=(?:([0-9]+)-([0-9]*)|-([0-9]+))")
TEXTS = ("text/css", "text/javascript", "image/svg+xml")


class Picture(StaticFile):
    """A file of the media folder, with conditions and byte ranges as RFC 9110 has them."""

    def get_response(self, method: str, request_headers: dict[str, Any]) -> Response:
        """``If-Range`` with another validator than ours asks for the whole file."""
        if request_headers.get("HTTP_IF_RANGE", self.etag) != self.etag:
            request_headers = request_headers | {"HTTP_RANGE": ""}
        return super().get_response(method, request_headers)

    def is_not_modified(self, request_headers: dict[str, Any]) -> bool:
        """WhiteNoise knows no list of tags, no weak one and no ``*``."""
        if asked := request_headers.get("HTTP_IF_NONE_MATCH"):
            tags = {tag.removeprefix("W/") for tag in parse_etags(asked)}
            return bool(tags & {self.etag, "*"})
        return bool(super().is_not_modified(request_headers))

    def get_byte_range(self, range_header: str, size: int) -> tuple[int, int]:
        """First and last byte; WhiteNoise reads signs, ``_`` and the last 0 bytes as numbers too.

        Raises ValueError for what is to be ignored: another unit, several ranges, no range.
        """
        found = RANGE.fullmatch(range_header.strip())
        if found is None:
            raise ValueError(range_header)
        first, last, length = found.groups()
        if length:
            return max(size - int(length), 0), size - 1
        return int(first), min(int(last or size), size - 1)

    def get_range_response(self, range_header: str, base_headers: Any, file_handle: Any) -> Any:
        """WhiteNoise takes a range of a single byte for an empty one."""
        size = int(dict(base_headers)["Content-Length"])
        start, end = self.get_byte_range(range_header, size)
        if start != end:
            return super().get_range_response(range_header, base_headers, file_handle)
        headers = [item for item in base_headers if item[0] != "Content-Length"]
        headers += [("Content-Range", f"bytes {start}-{end}/{size}"), ("Content-Length", "1")]
        return Response(206, headers, file_handle and SlicedFile(file_handle, start, end))


class PublicFiles(WhiteNoiseMiddleware):
    """WhiteNoise for static files, and for whatever is in the media folder when it is asked for."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.MEDIA_URL):
            response = super().__call__(request)
            is_file = isinstance(response, WhiteNoiseFileResponse)
            return compressed(request, response) if is_file else response
        picture = self.find_picture(request.path_info)
        return self.serve(picture, request) if picture else self.get_response(request)

    def find_picture(self, url: str) -> Picture | None:
        """The file at an address, if it is one of the folder's own: no link, no hidden file."""
        name = url.removeprefix(settings.MEDIA_URL)
        if not self.url_is_canonical(url) or any(part[:1] == "." for part in name.split("/")):
            return None
        root = os.path.realpath(settings.MEDIA_ROOT)
        path = os.path.join(root, name)
        try:
            if os.path.realpath(path) != path:
                return None
            return self.picture(path, url)
        except (NotARegularFileError, OSError, ValueError):
            return None

    def picture(self, path: str, url: str) -> Picture:
        """Names hold the hash of what is in the file, so that caches may keep it for good."""
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
        headers["Accept-Ranges"] = "bytes"
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Last-Modified"] = http_date(min(os.stat(path).st_mtime, time.time()))
        return Picture(path, headers.items())


def compressed(request: HttpRequest, response: WhiteNoiseFileResponse) -> HttpResponseBase:
    """A sheet, script or drawing as the client takes it; made once for each process."""
    kind = response.get("Content-Type", "").partition(";")[0]
    if response.status_code != 200 or kind not in TEXTS or "Content-Encoding" in response:
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    encoding = encodings.accepted(request.headers.get("Accept-Encoding"))
    if not encoding or request.method != "GET":
        return response
    body = made_small(encoding, b"".join(response.streaming_content))
    response.close()
    headers = dict(response.items()) | {
        "Content-Encoding": encoding,
        "Content-Length": str(len(body)),
    }
    return HttpResponse(body, headers=headers)


@functools.lru_cache(32)
def made_small(encoding: str, body: bytes) -> bytes:
    """The body of a file in an encoding."""
    return encodings.compress(body, encoding)
