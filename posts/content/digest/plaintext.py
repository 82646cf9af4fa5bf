"""Markdown within a line -> the words a reader sees, links aside (``links`` knows those)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_ITEM = r"(?:[#.][\w:-]+|[\w:-]+=(?:\"[^\"]*\"|'[^']*'|[^\s\"'{}=]+))"
# ``{#id .class key=val}`` and kramdown's ``{: ...}``; a set ``{1, 2, 3}`` is neither.
ATTRIBUTES = re.compile(
    rf"\{{(?::[ \t]*+(?:(?:{_ITEM}|[\w-]++)[ \t]*+)*+"
    rf"|[ \t]*+[#.][\w:-]++(?:[ \t]++{_ITEM})*+[ \t]*+)\}}"
)
# Every branch begins with a character of its own: so the search skips other text.
TOKEN = re.compile(
    r"\\[!-/:-@\[-`{-~]|``*|<!--|</?[A-Za-z][^<>]{0,300}>|\{|\*\**|__*|~~|" + ENTITY, re.ASCII
)
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ADDRESS = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>")
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
ELEMENTS = frozenset(
    "a abbr acronym address article aside audio b bdi bdo big blockquote br button caption "
    "center cite code col colgroup data dd del details dfn dir div dl dt em embed fieldset "
    "figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins kbd "
    "label legend li link main map mark meta meter nav nobr noscript object ol optgroup option "
    "output p param picture pre progress q rp rt ruby s samp script section select small source "
    "span strike strong style sub summary sup svg table tbody td template textarea tfoot th "
    "thead time title tr track tt u ul var video wbr".split()
)


@dataclass(slots=True)
class _Run:
    """A run of ``*``, ``_`` or ``~`` among the parts; ``left`` are those not yet used up."""

    index: int
    char: str
    left: int
    opens: bool
    closes: bool


def unmarked(text: str, atoms: Sequence[tuple[int, int, str]] = ()) -> str:
    """The words of a text: emphasis, HTML elements, comments and attribute lists are dropped.

    Escaped characters and entities stand for themselves, and what is code stays as it is. ``<T>``,
    ``2*3*4``, ``snake_case`` and ``a < b`` are no markup. ``atoms`` are spans whose words are known
    already, in order. White space becomes one space. Linear in the length.
    """
    if not atoms and not TOKEN.search(text):
        return " ".join(text.split())
    parts: list[str] = []
    runs: list[_Run] = []
    at = 0
    for start, end, words in (*atoms, (len(text), len(text), "")):
        _read(text, at, start, parts, runs)
        parts.append(words)
        at = end
    _pair(runs)
    for run in runs:
        parts[run.index] = run.char * run.left
    return " ".join("".join(parts).split())


def _read(text: str, at: int, end: int, parts: list[str], runs: list[_Run]) -> None:
    ticks = code_spans(text, at, end)
    last_comment = text.rfind("-->", at, end)
    while match := TOKEN.search(text, at, end):
        mark, start = match[0], match.start()
        parts.append(text[at:start])
        at = match.end()
        if mark[0] in "*_~":
            runs.append(_run(text, start, at, len(parts)))
            parts.append(mark)
        elif mark[0] == "`" and start in ticks:
            parts.append(text[at : ticks[start] - len(mark)].strip())
            at = ticks[start]
        elif mark[0] == "{" and (attributes := ATTRIBUTES.match(text, start, end)):
            at = attributes.end()
        elif mark == "<!--" and at <= last_comment:
            at = text.find("-->", at, end) + 3
        else:
            parts.append(_meant(mark))
    parts.append(text[at:end])


def _meant(mark: str) -> str:
    """What a backslash escape, an entity or a tag stands for."""
    if mark[0] == "\\":
        return mark[1]
    if mark[0] == "&":
        return unescape(mark)
    if ADDRESS.fullmatch(mark):
        return mark[1:-1]
    return "" if _is_element(mark) else mark


def _is_element(mark: str) -> bool:
    """True for a tag of HTML; ``<T>`` and ``<Option>`` are types of some programming language."""
    match = TAG.match(mark)
    if not match:
        return False
    name = match[1]
    return name.lower() in ELEMENTS and (name.islower() or (name.isupper() and len(name) > 1))


def _run(text: str, start: int, end: int, index: int) -> _Run:
    before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
    opens, closes = not after.isspace(), not before.isspace()
    if text[start] == "_":
        opens, closes = opens and not _is_word(before), closes and not _is_word(after)
    elif text[start] == "*" and before.isdigit() and after.isdigit():
        opens = closes = False
    elif before.isascii() and before.isalnum() and after in PUNCTUATION:
        opens = False  # ``C*-algebra``
    return _Run(index, text[start], end - start, opens, closes)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _pair(runs: list[_Run]) -> None:
    """Use up the marks of every pair of runs that open and close emphasis."""
    opened: list[_Run] = []
    waiting = {"*": 0, "_": 0, "~": 0}
    for run in runs:
        while run.closes and run.left and waiting[run.char]:
            opener = opened[-1]
            if opener.char == run.char:
                used = min(opener.left, run.left)
                opener.left -= used
                run.left -= used
            if opener.char != run.char or not opener.left:
                opened.pop()
                waiting[opener.char] -= 1
        if run.opens and run.left:
            opened.append(run)
            waiting[run.char] += 1


def code_spans(text: str, start: int, end: int) -> dict[int, int]:
    """Start -> end of every code span: a run of backticks up to the next run of the same length."""
    if text.find("`", start, end) < 0:
        return {}
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(text, start, end)]
    following: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        following.setdefault(runs[index][1] - runs[index][0], []).append(index)
    spans: dict[int, int] = {}
    index = 0
    while index < len(runs):
        same = following[runs[index][1] - runs[index][0]]
        while same and same[-1] <= index:
            same.pop()
        if same:
            spans[runs[index][0]] = runs[same[-1]][1]
            index = same[-1]
        index += 1
    return spans


_TICKS = re.compile("`+")
