"""Links: which are safe, whose page they are, what a document's own references mean."""

import re
import unicodedata
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
BARE_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}(?:[:/?#]\S*)?\Z", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_-]{1,63}\Z")
DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what separates labels, in full width too
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
DATED_NAME = re.compile(r"(?P<year>\d{2,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<slug>.*)\Z")
SLASHES = re.compile("//+")
MAX_URL = 2000
# The commonest addresses that are URIs as they are; in HTML their & is &amp;.
_CHAR, _HOST = "A-Za-z0-9/._~!$'()*+,=:@-", "[a-z0-9_-]{1,63}"
URI = rf"https?://{_HOST}(?:\.{_HOST}){{0,3}}(?:/[{_CHAR}]*)?(?:\?(?:[?{_CHAR}]|&amp;)+)?"
IS_URI = re.compile(URI.replace("&amp;", "&"))
# An address in the form that is stored, of which nothing has to be changed or refused.
USUAL = re.compile(
    r"https?://(?P<host>(?=[a-z0-9.-]{4,253}(?:/|\Z))(?!xn--)[a-z0-9-]{1,63}"
    r"(?:\.(?!xn--)[a-z0-9-]{1,63})+)(?P<path>(?:/[A-Za-z0-9/._~-]*)?)\Z"
)


def web_url(text: str) -> str:
    """The text as an http(s) address, ``https://`` added where a host stands alone; empty if none.

    A scheme of any other kind, credentials, or an unusable host or port give nothing: what is
    returned may be put into a link. Scheme and host come in one form, in lower case and punycode.
    """
    text = text.strip()
    if len(text) <= MAX_URL and USUAL.match(text):
        return text
    if not WEB.match(text) and BARE_HOST.match(text) and "@" not in text.split("/")[0]:
        text = f"https://{text}"
    if not WEB.match(text) or CONTROLS.search(text):
        return ""
    scheme, netloc = _scheme_and_netloc(text)
    if not netloc:
        return ""
    url = f"{scheme}://{netloc}{text[len(scheme) + 3 + len(urlsplit(text).netloc) :]}"
    return url if len(url) <= MAX_URL else ""


@lru_cache(128)  # an address is asked about several times in a row, as by urlsplit's own cache
def _scheme_and_netloc(url: str) -> tuple[str, str]:
    """Both in the form that is stored; the second is empty for credentials or an unusable host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", ""
    name = "" if "@" in parts.netloc else ascii_host(parts.hostname or "")
    return parts.scheme, f"{name}:{port}" if name and port is not None else name


def host(url: str) -> str:
    """The publication behind an address: its host as people read it, without ``www.``.

    In lower case, in Unicode where it is international, however it was written; empty if the
    address has no usable host or holds credentials.
    """
    if usual := USUAL.match(url):
        return usual["host"].removeprefix("www.")
    _scheme, netloc = _scheme_and_netloc(url)
    labels = netloc.partition(":")[0].removeprefix("www.").split(".")
    return ".".join(_readable(label) for label in labels)


def ascii_host(name: str) -> str:
    """A host in lower case and punycode; empty if it is none."""
    labels = [_ascii_label(label) for label in DOTS.split(name.rstrip("."))]
    joined = ".".join(labels)
    return joined if all(map(LABEL.match, labels)) and len(joined) <= 253 else ""


def _ascii_label(label: str) -> str:
    """``bücher`` -> ``xn--bcher-kva``; empty for a label that no host may have.

    By Unicode's own lower case and not Python's ``idna`` codec, which follows a superseded
    standard and would lead ``faß.example`` to ``fass.example``, another site.
    """
    if label.isascii():
        return label.lower()
    label = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).lower())
    if label.isascii():
        return label
    for char in label:
        if char.isascii() and not LABEL.match(char):
            return ""
        if not char.isascii() and not _international(char):
            return ""
    return f"xn--{label.encode('punycode').decode()}"


def _international(char: str) -> bool:
    """Letters, their marks, digits and pictures; no spaces, slashes or other look-alikes."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or category == "So" or char in "·・"


def _readable(label: str) -> str:
    """A label of an ASCII host in Unicode, if that leads back to it."""
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode().decode("punycode")
    except (UnicodeError, OverflowError):
        return label
    return decoded if _ascii_label(decoded) == label else label


def uri(address: str) -> str:
    """An address as RFC 3986 has it: its host in punycode, other characters percent-encoded.

    For feeds, whose readers need not know international addresses. Twice gives what once gives.
    """
    if IS_URI.fullmatch(address):
        return address
    if WEB.match(address):
        scheme, netloc = _scheme_and_netloc(address)
        start = len(scheme) + 3 + len(urlsplit(address).netloc) if netloc else 0
    else:
        scheme, netloc, start = "", "", 0
    before, mark, fragment = STRAY_PERCENT.sub("%25", address[start:]).partition("#")
    front = f"{scheme}://{netloc}" if netloc else ""
    safe = "%/?-._~!$&'()*+,;=:@"
    return front + quote(before, safe=safe) + mark + quote(fragment, safe=safe)


@lru_cache(128)
def page_key(url: str) -> str:
    """What two links to one page have in common.

    No scheme, no ``www.``, no fragment, no campaign marks; international characters as in a URI.
    """
    if usual := USUAL.match(url):
        return f"{usual['host'].removeprefix('www.')}{usual['path'].rstrip('/')}"
    parts = urlsplit(ESCAPE.sub(lambda found: found[0].upper(), uri(url)))
    query = "&".join(
        sorted(
            part
            for part in parts.query.split("&")
            if part and not part.lower().startswith(("utm_", "fbclid", "gclid"))
        )
    )
    return f"{host(url)}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def site_path(text: str) -> str:
    """A path on this site from ``permalink:``, ``redirect_from:`` or ``aliases:``, or nothing.

    Full addresses give their path; traversal, control characters and other schemes give nothing.
    """
    text = text.strip()
    if WEB.match(text):
        try:
            text = urlsplit(text).path
        except ValueError:  # such as http://[::1
            return ""
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
    return SLASHES.sub("/", path) if len(path) <= 500 and path != "/" else ""


def quoted(path: str) -> str:
    """A site path as it stands in a header or a feed: percent-encoded UTF-8."""
    return quote(path, safe="/-._~!$&'()*+,;=:@")


def post_reference(name: str) -> str:
    """The address that ``post_url`` or ``link`` means.

    ``2020-01-01-a`` or ``_posts/2020-01-01-a.md`` -> ``/2020/01/01/a/``.
    """
    stem = name.strip().strip("\"'").rsplit("/", 1)[-1]
    stem = re.sub(r"\.(md|markdown|mkdn|mkd|mdown|html)\Z", "", stem)
    match = DATED_NAME.match(stem)
    if not match:
        return ""
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    return f"/{year:04}/{int(match['month']):02}/{int(match['day']):02}/{match['slug']}/"


def image_candidates(reference: str, post_path: str) -> list[str]:
    """The paths, in the folder of the import, where a picture of a post may lie.

    None for other sites. Beside the post, then from the root of the site, which is the import's
    folder or any folder above the post, with and without Hugo's ``static``. ``..`` never leads out
    of the folder.
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
    found = []
    for base in folders:
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
