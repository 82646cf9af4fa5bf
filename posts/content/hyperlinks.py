"""Links: which are safe, whose page they are, and what address a document's own references mean."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
BARE_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}(?:[:/?#]\S*)?\Z", re.IGNORECASE)
HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+\Z")
CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
DATED_NAME = re.compile(r"(?P<year>\d{2,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<slug>.*)\Z")
MAX_URL = 2000


def web_url(text: str) -> str:
    """The text as an http(s) address, ``https://`` added where a host stands alone; empty if it is none.

    A scheme of any other kind, credentials or an unusable host give nothing: what is returned may be
    put into a link.
    """
    text = text.strip()
    if not WEB.match(text) and BARE_HOST.match(text) and "@" not in text.split("/")[0]:
        text = f"https://{text}"
    if not WEB.match(text) or len(text) > MAX_URL or CONTROLS.search(text):
        return ""
    return text if host(text) else ""


def host(url: str) -> str:
    """The publication behind an address: its host in lower case, without ``www.``; empty if there is none."""
    try:
        name = urlsplit(url).hostname or ""
        name.encode("idna" if not name.isascii() else "ascii")
    except (ValueError, UnicodeError):
        return ""
    name = unicodedata.normalize("NFKC", name).lower().rstrip(".").removeprefix("www.")
    return name if HOST.match(name) and len(name) <= 253 else ""


def page_key(url: str) -> str:
    """What two links to one page have in common: no scheme, no ``www.``, no fragment, no campaign marks."""
    parts = urlsplit(url)
    query = "&".join(
        sorted(
            part
            for part in parts.query.split("&")
            if part and not part.lower().startswith(("utm_", "fbclid", "gclid"))
        )
    )
    return f"{host(url)}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def site_path(text: str) -> str:
    """A path on this site from ``permalink:``, ``redirect_from:`` or ``aliases:``; empty if it is none.

    Full addresses give their path; traversal, control characters and other schemes give nothing.
    """
    text = text.strip()
    if WEB.match(text):
        text = urlsplit(text).path
    elif ":" in text.split("/")[0] or text.startswith("//"):
        return ""
    path = unquote(text.split("?")[0].split("#")[0])
    path = "/" + path.lstrip("/")
    parts = path.split("/")
    if (
        ".." in parts
        or "." in parts
        or CONTROLS.search(path.replace(" ", ""))
        or "\\" in path
        or "\ufffd" in path
    ):
        return ""
    return re.sub(r"/{2,}", "/", path) if len(path) <= 500 and path != "/" else ""


def quoted(path: str) -> str:
    """A site path as it stands in a header or a feed: percent-encoded UTF-8."""
    return quote(path, safe="/-._~!$&'()*+,;=:@")


def post_reference(name: str) -> str:
    """The address that ``post_url`` or ``link`` means: ``2020-01-01-a`` or ``_posts/2020-01-01-a.md`` -> ``/2020/01/01/a/``."""
    stem = name.strip().strip("\"'").rsplit("/", 1)[-1]
    stem = re.sub(r"\.(md|markdown|mkdn|mkd|mdown|html)\Z", "", stem)
    match = DATED_NAME.match(stem)
    if not match:
        return ""
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    return f"/{year:04}/{int(match['month']):02}/{int(match['day']):02}/{match['slug']}/"


def image_candidates(reference: str, post_path: str) -> list[str]:
    """The paths, in the folder of the import, where a picture that a post refers to may lie; none for other sites.

    Beside the post, then from the root of the site, which is the import's folder or any folder above
    the post, with and without Hugo's ``static``. ``..`` never leads out of the folder.
    """
    if (
        WEB.match(reference)
        or reference.startswith("//")
        or re.match(r"[a-z][a-z0-9+.-]*:", reference, re.IGNORECASE)
    ):
        return []
    path = unquote(reference.split("?")[0].split("#")[0]).replace("\\", "/")
    if not path or CONTROLS.search(path.replace(" ", "")):
        return []
    folders = [
        PurePosixPath(*PurePosixPath(post_path).parts[:count])
        for count in range(len(PurePosixPath(post_path).parts) - 1, -1, -1)
    ]
    bases = folders if path.startswith("/") else [folders[0], *folders[1:]]
    found = []
    for base in bases:
        for prefix in ("", "static", "assets"):
            if candidate := _within(PurePosixPath(base, prefix, path.lstrip("/"))):
                found.append(candidate)
    return list(dict.fromkeys(found))


def _within(path: PurePosixPath) -> str:
    """The path with its ``..`` resolved; empty if it leaves the folder."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
