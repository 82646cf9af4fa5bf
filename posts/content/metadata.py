"""What a document says about itself: title, date, status, people, subjects, addresses.

One rule for each field, stated where it is read. Values are taken from the text as written, so that
``tags: [2024, 1.10, yes]`` are the tags 2024, 1.10 and yes.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from posts.content import dates, hyperlinks, slugs, visibility
from posts.content.frontmatter import Document, Scalar, is_null, listed
from posts.content.problems import Problem, Unreadable, Values

FILE_NAME = re.compile(
    r"(?P<date>\d{2,4}-\d{1,2}-\d{1,2})(?:-\d{2}-\d{2}-\d{2})?(?:[-_ ](?P<slug>.*))?\Z", re.DOTALL
)
LIST_SEPARATORS = re.compile(r"[,，、;；]")
PEOPLE_SEPARATORS = re.compile(r"[、，;；\n]|,(?=\s*[^\s,]+\s+\S)|\s+(?:and|&)\s+")
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z")
LANGUAGE_SUFFIX = re.compile(r"\.([a-z]{2}(?:-[a-z]{2,4})?)\.\w+\Z")
LANGUAGE_FOLDER = re.compile(r"content/([a-z]{2}(?:-[a-z]{2})?)/")
TECHNICAL_FOLDERS = {
    "source",
    "src",
    "docs",
    "content",
    "site",
    "posts",
    "_posts",
    "_drafts",
    "collections",
    ".",
    "",
}
SHOWN_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
MAX_TITLE = 500
MAX_NAME = 200


@dataclass
class Metadata:
    """The fields of one post. Texts are cleaned for display; ``date`` is as its author wrote it."""

    title: str = ""
    slug: str = ""
    date: dates.WrittenDate | None = None
    language: str = ""  # a BCP 47 tag in lower case; empty: the site's own
    status: str = "published"  # or "draft" or "withdrawn"
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)  # (text, url or "")
    # times beside the date, by the key that names them
    publish_dates: dict[str, dates.WrittenDate] = field(default_factory=dict)
    expiry_dates: dict[str, dates.WrittenDate] = field(default_factory=dict)
    excerpt: str = ""
    excerpt_separator: str | None = None
    image: str = ""
    written_addresses: list[str] = field(default_factory=list)  # in the front matter
    usual_addresses: list[str] = field(
        default_factory=list
    )  # what Jekyll and Hugo make of the name
    problems: list[Problem] = field(default_factory=list)


def read(document: Document, path: str, heading: str = "") -> Metadata:
    """The metadata of the document at ``path``; ``heading`` is the body's first level-1 heading.

    Raises :class:`Unreadable` for a date that is none.
    """
    values, found = document.values, Metadata(problems=list(document.problems))
    name_date, name_slug = _from_name(path)
    found.title = _title(values, heading, name_slug)
    found.date = _date(document, path, name_date, found)
    found.slug = _slug(values, name_slug, found.title)
    found.language = _language(values, path)
    found.status, remarks = visibility.status(document, path, dated=found.date is not None)
    found.problems += remarks
    _times(document, found)
    found.authors = names(values.get("authors"), PEOPLE_SEPARATORS) or names(
        values.get("author"), PEOPLE_SEPARATORS
    )
    found.categories = categories(values, path)
    found.tags = names(values.get("tag"), None) or names(values.get("tags"), LIST_SEPARATORS)
    found.tags = [tag.removeprefix("#") or tag for tag in found.tags]
    found.sources = _sources(document, found)
    texts = (_text(values.get(key)) for key in ("excerpt", "description", "summary", "subtitle"))
    found.excerpt = next(filter(None, texts), "")
    separator = values.get("excerpt_separator")
    found.excerpt_separator = str(separator) if isinstance(separator, str) else None
    found.image = _image(values)
    found.written_addresses = _written_addresses(document, found)
    found.usual_addresses = _usual_addresses(path, found)
    return found


def shown(text: str) -> str:
    """A text for people: NFC, without control and direction characters, its spaces joined."""
    if not text.isprintable():
        text = SHOWN_CONTROLS.sub(
            "", text if text.isascii() else unicodedata.normalize("NFC", text)
        )
    elif not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def _text(value: object) -> str:
    """A scalar as display text; empty for null, lists and maps."""
    return "" if is_null(value) or not isinstance(value, str) else shown(value)


def _title(values: dict, heading: str, name_slug: str) -> str:
    """``title:``, else the first level-1 heading, else the words of the file name."""
    title = _text(values.get("title")) or shown(heading)
    return (title or shown(re.sub(r"[-_]+", " ", name_slug)).capitalize() or "—")[:MAX_TITLE]


def _slug(values: dict, name_slug: str, title: str) -> str:
    """``slug:``, else the end of Zola's ``path:``, else the file's name, else the title."""
    path = _zola_path(values)
    return (
        slugs.slugify(_text(values.get("slug")))
        or slugs.file_slug(PurePosixPath(path).name if path else "")
        or slugs.file_slug(name_slug)
        or slugs.slugify(title)
        or slugs.code_points(title)[:60]
        or "post"
    )


@lru_cache(16)
def stem_of(path: str) -> str:
    """The name that dates and names a post, without a language's suffix.

    The file's, or its folder's for ``slug/index.md``.
    """
    pure = PurePosixPath(path)
    stem = pure.name.removesuffix(pure.suffix) or pure.name
    if match := re.fullmatch(r"(.+)\.([a-z]{2}(?:-[a-z]{2,4})?)", stem):
        stem = match[1]
    return pure.parent.name if stem in ("index", "_index") and pure.parent.name else stem


def _from_name(path: str) -> tuple[dates.WrittenDate | None, str]:
    stem = stem_of(path)
    match = FILE_NAME.match(stem)
    if not match:
        return None, stem
    year, month, day = match["date"].split("-")
    try:
        written = dates.parse(f"{int(year) + 2000 if len(year) < 4 else year}-{month}-{day}")
    except dates.BadDate:
        return None, stem
    return written, match["slug"] or ""


def has_dated_name(path: str) -> bool:
    """True for ``2026-01-31-name.md`` and the like."""
    return _from_name(path)[0] is not None


def _date(
    document: Document, path: str, name_date: dates.WrittenDate | None, found: Metadata
) -> dates.WrittenDate | None:
    """``date:`` and its aliases, else the file's name, else Zola's ``path:``, else the folders.

    None if there is none.
    """
    key = visibility.date_key(document.values)
    if key is None:
        return name_date or _folder_date(_zola_path(document.values)) or _folder_date(path)
    line = document.line_of(key)
    try:
        written = dates.parse(document.values[key])
        written.to_utc("UTC")
    except dates.BadDate as error:
        raise Unreadable(line, error.key, **error.values) from None
    if written.odd:
        found.problems.append(Problem(line, "odd-date", {"text": written.odd[:40]}))
    if name_date and name_date.day != written.day:
        values: Values = {"here": str(written.day), "name": str(name_date.day)}
        found.problems.append(Problem(line, "date-differs", values))
    return written


def _times(document: Document, found: Metadata) -> None:
    """When the post appears at the earliest, and when it disappears, beside its date."""
    found.publish_dates, remarks = visibility.publish_dates(document)
    found.expiry_dates, more = visibility.expiry_dates(document)
    found.problems += [remark for remark in remarks + more if remark not in found.problems]


def _zola_path(values: dict) -> str:
    """``path = "2025/06/26/title"``: the page's whole address, in Zola and Gatsby."""
    path = _text(values.get("path"))
    return f"{path.strip('/')}/" if "/" in path else ""


def _folder_date(path: str) -> dates.WrittenDate | None:
    """The date in a path such as ``blog/2025/06/26/title`` or ``2023/May/08/title``."""
    match = re.search(r"(?:^|/)(\d{4})/([A-Za-z]{3,9}|\d{1,2})/(\d{1,2})(?:/|-)", path)
    if not match:
        return None
    month = dates.MONTHS.get(match[2].lower(), match[2])
    try:
        return dates.parse(f"{match[1]}-{month}-{match[3]}")
    except dates.BadDate:
        return None


def _language(values: dict, path: str) -> str:
    """``lang:``, ``locale:`` or ``language:``, else Hugo's ``name.en.md`` or ``content/en/``."""
    for key in ("lang", "locale", "language"):
        if text := language_tag(_text(values.get(key))):
            return text
    if match := LANGUAGE_SUFFIX.search(path) or LANGUAGE_FOLDER.match(path):
        return language_tag(match[1])
    return ""


def language_tag(text: str) -> str:
    """A language as the site names it; empty if the text is no tag.

    ``zh_CN``, ``zh`` and ``zh-Hans`` are one written language, as are ``en`` and ``en-US``.
    """
    tag = text.strip().replace("_", "-").lower().split(".")[0]
    if not LANGUAGE_TAG.match(tag):
        return ""
    if tag.split("-")[0] == "zh":
        return (
            "zh-hant"
            if any(part in tag.split("-") for part in ("hant", "tw", "hk", "mo"))
            else "zh-hans"
        )
    return tag if tag == "pt-br" else tag.split("-")[0]


def names(value: Any, separators: re.Pattern | None) -> list[str]:
    """Names from a string, a list (nested ones too) or a map; each once, empty ones dropped.

    A string is split at ``separators``; where they are those of lists and none occurs, at white
    space, as Jekyll does. With None a string is one name.
    """
    if is_null(value):
        return []
    if isinstance(value, dict):
        name = value.get("name") or value.get("display_name") or value.get("title")
        flat = names(name, None) if name else [str(key) for key in value if is_null(value[key])]
    elif isinstance(value, list):
        flat = [name for item in value for name in _plain_name(item) or names(item, None)]
    elif separators is LIST_SEPARATORS and value.startswith("\n"):
        flat = value.split("\n")  # bare keys: one name a line
    elif separators is LIST_SEPARATORS and not separators.search(value):
        flat = value.split()
    else:
        flat = re.split(separators, value) if separators else [value]
    cleaned = (shown(str(name))[:MAX_NAME] for name in flat)
    return list(dict.fromkeys(name for name in cleaned if name and name not in ("~",)))


def _plain_name(item: object) -> list[str]:
    """A short text as it is written; nothing for what has to be cleaned first."""
    plain = isinstance(item, str) and len(item) <= 60 and item.isprintable()
    return [item] if plain and not is_null(item) else []  # type: ignore[list-item]


def categories(values: dict, path: str) -> list[str]:
    """Folders above ``_posts``, ``category:`` (one name), ``categories:``, as Jekyll joins them."""
    parts = PurePosixPath(path).parts
    folders = parts[: parts.index("_posts")] if "_posts" in parts else ()
    found = [folder for folder in folders if folder.lower() not in TECHNICAL_FOLDERS]
    found += names(values.get("category"), None) + names(values.get("categories"), LIST_SEPARATORS)
    return list(dict.fromkeys(found))


def _sources(document: Document, found: Metadata) -> list[tuple[str, str]]:
    """``source:`` (or ``sources:``): addresses become citations, other words stay text."""
    result = []
    keys = ("source", "sources", "source_url")
    key = next((key for key in keys if not is_null(document.values.get(key))), "source")
    value = document.values.get(key)
    for item in value if isinstance(value, list) else [value]:
        text, url = (
            ("", item)
            if not isinstance(item, dict)
            else (_text(item.get("name") or item.get("title")), item.get("url"))
        )
        if not isinstance(url, str) or is_null(url):
            if text:
                result.append((text, ""))
            continue
        address = hyperlinks.web_url(url)
        if not address and re.match(r"[a-z][a-z0-9+.-]*:(?!\s)", url.strip(), re.IGNORECASE):
            found.problems.append(Problem(document.line_of(key), "source-not-web"))
        result.append(
            (text or (address and hyperlinks.host(address)) or shown(url)[:MAX_NAME], address)
        )
    return result


def _image(values: dict) -> str:
    """``image:``, ``cover:``, ``thumbnail:``, ``og_image:`` or ``header: teaser:``.

    A path or an address.
    """
    header = values.get("header")
    candidates = [values.get(key) for key in ("image", "cover", "thumbnail", "og_image")]
    candidates.append(header.get("teaser") if isinstance(header, dict) else None)
    for value in candidates:
        if isinstance(value, dict):
            value = next(
                (value[key] for key in ("path", "url", "src", "image", "feature") if key in value),
                None,
            )
        if isinstance(value, str) and not is_null(value):
            return str(value).strip()
    return ""


def _written_addresses(document: Document, found: Metadata) -> list[str]:
    """The addresses in ``permalink:``, ``url:``, ``path:``, ``redirect_from:`` and ``aliases:``."""
    values, old = document.values, []
    for key in ("permalink", "url", "redirect_from", "aliases"):
        for item in listed(document, key):
            text = _permalink(item, found) if key == "permalink" else item
            if text in ("", "/"):
                continue
            if address := hyperlinks.site_path(text):
                old.append(address)
            else:
                remark = Problem(document.line_of(key), "bad-redirect", {"text": shown(item)[:60]})
                found.problems.append(remark)
    if path := hyperlinks.site_path(_zola_path(values)):
        old.append(path)
    return list(dict.fromkeys(old))


def _usual_addresses(path: str, found: Metadata) -> list[str]:
    """Where Jekyll or Hugo would have put a file of this name."""
    old, name = [], FILE_NAME.match(stem_of(path))
    if name and found.date and not is_null(Scalar(name["slug"] or "")):
        day = found.date.day
        date_path = f"{day.year:04}/{day.month:02}/{day.day:02}"
        folders = "/".join(category.replace(" ", "%20").lower() for category in found.categories)
        for prefix in dict.fromkeys(("", f"/{folders}" if folders else "")):
            old.append(hyperlinks.site_path(f"{prefix}/{date_path}/{name['slug']}.html"))
    if path.startswith("content/"):
        pure = PurePosixPath(path).relative_to("content").parent
        folder = pure.parent if PurePosixPath(path).name.startswith("index.") else pure
        old.append(
            hyperlinks.site_path(
                f"/{folder.as_posix()}/{slugs.file_slug(stem_of(path))}/".replace("/./", "/")
            )
        )
    return list(dict.fromkeys(address for address in old if address))


def _permalink(text: str, found: Metadata) -> str:
    """A permalink with Jekyll's tokens filled in."""
    if ":" not in text or not found.date:
        return text if "/" in text else ""
    day = found.date.day
    tokens = {
        ":categories": "/".join(found.categories),
        ":year": f"{day.year:04}",
        ":short_year": f"{day.year % 100:02}",
        ":i_month": str(day.month),
        ":month": f"{day.month:02}",
        ":i_day": str(day.day),
        ":day": f"{day.day:02}",
        ":y_day": f"{day.timetuple().tm_yday:03}",
        ":title": found.slug,
        ":slug": found.slug,
        ":output_ext": ".html",
    }
    for token, value in sorted(tokens.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(token, value)
    return text
