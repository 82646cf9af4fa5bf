"""The allow-list: what may stand in a page or a feed, whatever a document holds.

Applied last, after Markdown and highlighting. Elements that have fooled sanitisers by mutation
(``noscript``, ``svg``, ``math``, ``style``, ``title``, ``textarea``, comments) are not on the list.
"""

import re
import secrets

import nh3

TAGS = set(
    "p br hr h1 h2 h3 h4 h5 h6 strong em b i u s del ins sub sup code pre kbd samp var blockquote "
    "q cite ul ol li dl dt dd table thead tbody tfoot tr th td caption a img figure figcaption "
    "span div abbr mark small time details summary ruby rt rp bdi wbr".split()
)
ATTRIBUTES = {
    "*": {"id", "dir", "lang", "title"},
    "a": {"href", "class", "aria-label"},
    "p": {"class"},
    "li": {"class"},
    "div": {"class"},
    "code": {"class"},
    "span": {"class"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "details": {"open"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "noscript",
    "svg",
    "math",
    "template",
    "title",
    "textarea",
    "iframe",
    "object",
    "embed",
    "noembed",
    "noframes",
    "xmp",
}
TOKEN_CLASSES = set(
    "bp c c1 ch cm cp cpf cs dl err esc fm g gd ge ges gh gi go gp gr gs gt gu hll il k kc kd kn "
    "kp kr kt l ld m mb mf mh mi mo n na nb nc nd ne nf ni nl nn no nt nv nx o ow p pm py s s1 s2 "
    "sa sb sc sd se sh si sr ss sx vc vg vi vm w x".split()
)
LANGUAGES = set(
    "bash c cpp c++ csharp css diff docker dockerfile go html http ini java javascript js json "
    "kotlin lua make makefile markdown md nginx php python py r rb ruby rs rust scala sh shell "
    "sql swift toml ts typescript xml yaml yml zig console text".split()
)
CLASSES = {
    "code": frozenset(f"language-{name}" for name in LANGUAGES),
    "span": frozenset(TOKEN_CLASSES),
}
DIMENSIONS = ("width", "height")
DIMENSION = re.compile(r"\d{1,5}\Z")
LENGTH_LIMIT = 2000

# Names that only this process knows: content cannot take an id or a class of the site's own.
NONCE = f"n{secrets.token_hex(8)}-"


def own(value: str) -> str:
    """The guarded form of an id, a class or a label of the site's own, to be set in the tree."""
    return NONCE + value


def _attribute(element: str, attribute: str, value: str) -> str | None:
    if value.startswith(NONCE):
        return value.removeprefix(NONCE)
    if attribute == "id":
        return f"c-{value}"[:300]
    if attribute == "class":
        return _classes(element, value)
    if attribute in ("href", "src", "cite"):
        return _address(value)
    if attribute == "aria-label" or (attribute in DIMENSIONS and not DIMENSION.match(value)):
        return None
    return value


def _classes(element: str, value: str) -> str | None:
    known = CLASSES.get(element, frozenset())
    return " ".join(dict.fromkeys(name for name in value.split() if name in known)) or None


def _address(value: str) -> str | None:
    if value.startswith("#") and len(value) > 1:
        return f"#c-{value[1:]}"
    if value.startswith("//"):
        return f"https:{value}"
    return None if "\\" in value[:3] or len(value) > LENGTH_LIMIT else value


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    clean_content_tags=DROPPED_WITH_CONTENT,
    strip_comments=True,
    link_rel="noopener",
    attribute_filter=_attribute,
    # Wide code and tables scroll within themselves: a keyboard must be able to reach them.
    set_tag_attribute_values={"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}},
)


def sanitised(html: str) -> str:
    """Well-formed HTML from the allow-list; anything else is dropped, text is kept."""
    return _cleaner.clean(html)
