"""Code, highlighted by class names (the policy of the site forbids inline styles)."""

import re
from functools import cache, lru_cache
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound

LANGUAGE = re.compile(r"\{?\.?([A-Za-z0-9_+#.-]{1,40})")
MAX_HIGHLIGHTED = 60_000


def code_block(code: str, info: str) -> str:
    """``<pre><code>`` for a fence; the first word of its info string names the language."""
    match = LANGUAGE.match(info)
    language = match[1].lower() if match else ""
    inner = _highlighted(code, language) if language and len(code) <= MAX_HIGHLIGHTED else None
    inner = escape(code, quote=False) if inner is None else inner
    attribute = f' class="language-{escape(language)}"' if language else ""
    return f"<pre><code{attribute}>{inner}\n</code></pre>"


def _highlighted(code: str, language: str) -> str | None:
    if language in ("text", "plain", "plaintext", "txt", "output", "console", "none"):
        return None
    kind = _lexer_of(language)
    if kind is None:
        return None
    return highlight(code, kind(stripnl=False, ensurenl=False), _formatter()).rstrip("\n")


@lru_cache(200)  # of the five hundred languages each is looked for in all names
def _lexer_of(language: str) -> type[Lexer] | None:
    try:
        return find_lexer_class_by_name(language)
    except ClassNotFound:
        return None


@cache  # one holds the styles of all kinds of words
def _formatter() -> HtmlFormatter:
    return HtmlFormatter(nowrap=True)
