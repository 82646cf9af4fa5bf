"""Blocks of raw HTML, fences, items: how a line of Markdown begins something (CommonMark 0.31)."""

import re

MAX_DEPTH = 16
# Without one of these a text means just itself.
SPECIAL = re.compile(r"[\\`\[\]*_<>&!~$@:{}]|www\.|  \n")
# What every text holds, one of these, in which an inline pattern finds something.
NEEDLES = {
    "backtick": ("`",),
    "math": ("$$",),
    "escape": ("\\",),
    "hard_break": ("\\\n",),
    "attributes": ("{",),
    "footnote": ("[^",),
    "reference": ("][",),
    "link": ("](",),
    "image_link": ("](",),
    "image_reference": ("][",),
    "short_reference": ("[",),
    "short_image_ref": ("![",),
    "autolink": ("://",),
    "automail": ("@",),
    "linebreak": ("  \n",),
    "html": ("<",),
    "entity": ("&",),
    "bare_link": ("://", "www."),
    "strike": ("~~",),
    "em_strong": ("*", "_"),
}
# One of these, or a placeholder of what was found before.
ANY_NEEDLE = re.compile(r"[`\\{\[<&*_@\x02]|\$\$|://|  \n|www\.|~~")
# Links and bold words in which nothing else is to be read; around them must stand spaces or
# letters, so that it makes no difference by what rules marks of emphasis are paired.
PLAIN_PARTS = re.compile(
    r"(?<!!)\[(?P<words>[^\[\]^\\`!][^\[\]\\`]*+)\]\((?P<url>https?://[A-Za-z0-9/._~:?=&%#+,;@-]++)\)"
    r"|(?<!\S)\*\*(?P<bold>[^\W_][^*\n]*+)(?<=[\w:：])\*\*(?!\S)"
)
FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*\Z)|~{3,})[ \t]*(.*?)[ \t]*\Z")
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*\Z")
SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*\Z")
RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
QUOTE = re.compile(r" {0,3}> ?")
ITEM = re.compile(r"( {0,3})([-+*]|[0-9]{1,9}[.)])([ \t]+|\Z)")
# kramdown's lists of attributes. What is no attribute is text: ``{1, 2}``, ``{:ok, value}``.
ATTRIBUTE = (
    r"(?:#[\w:.-]+|\.[A-Za-z_-][\w.#-]*"
    r"|[A-Za-z][\w-]*=(?:\"[^\"{}\n]*\"|'[^'{}\n]*'|[^\s{}\"']+))"
)
ATTRIBUTE_LIST = rf"\{{(?::[ \t]*|[ \t]*(?=[#.])){ATTRIBUTE}(?:[ \t]+{ATTRIBUTE})*[ \t]*\}}"
ATTRIBUTE_LINE = re.compile(
    r" {0,3}(?:\{:(?:[A-Za-z][\w-]*:(?=\s))?"
    rf"[ \t]*(?:{ATTRIBUTE}|[A-Za-z][\w-]*)(?:[ \t]+(?:{ATTRIBUTE}|[A-Za-z][\w-]*))*[ \t]*\}}"
    r"|\{::/?[A-Za-z][^{}]*\}|\{:/[a-z]*\})[ \t]*\Z"
)
TOC_ITEM = re.compile(r"[*-] TOC[ \t]*\Z")
TOC_MARK = re.compile(r" {0,3}\{:[ \t]*toc\b[^{}]*\}")
HEADING_ID = re.compile(rf"[ \t]*(?P<list>{ATTRIBUTE_LIST})[ \t]*\Z")
ID = re.compile(r"#([\w:.-]+)")
FOOTNOTE = re.compile(r" {0,3}\[\^([^\]\s]+)\]:[ \t]*(.*)\Z")
ABBREVIATION = re.compile(r"\*\[([^\]]+)\]:[ \t]*(.+)(?<!\*)\Z")
TERM = re.compile(r" {0,3}:[ \t]+(\S.*)\Z")
DELIMITERS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
TASK = re.compile(r"\[([ xX])\][ \t]+")
BLOCK_TAGS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details "
    "dialog dir div dl dt fieldset figcaption figure footer form frame frameset h[1-6] head header "
    "hr html iframe legend li link main menu menuitem nav noframes ol optgroup option p param "
    "search section summary table tbody td tfoot th thead title tr track ul"
).replace(" ", "|")
# CommonMark 0.31, section 4.6: how a block of raw HTML begins, and what ends it (None: a blank row)
HTML_STARTS = (
    (
        re.compile(r" {0,3}<(?:script|pre|style|textarea)(?:[\s>]|\Z)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r" {0,3}<!--"), re.compile(r"-->")),
    (re.compile(r" {0,3}<\?"), re.compile(r"\?>")),
    (re.compile(r" {0,3}<![A-Za-z]"), re.compile(r">")),
    (re.compile(rf" {{0,3}}</?(?:{BLOCK_TAGS})(?:\s|/?>|\Z)", re.IGNORECASE), None),
)
HTML_ALONE = re.compile(
    r" {0,3}(?:<(?P<name>[A-Za-z][\w-]*)"
    r"(?:\s+[\w:.-]+(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>"
    r"|</(?P<end>[A-Za-z][\w-]*)\s*>)[ \t]*\Z"
)
MARKDOWN_INSIDE = re.compile(r"\s+markdown\s*=\s*[\"']?(?:1|block|span)[\"']?", re.IGNORECASE)


# What a line that is more than text begins with; looked at first, because most lines are text.
OPENERS = frozenset("`~#=-_*+>|<[{:0123456789")
FENCES = frozenset("`~")
INTERRUPTERS = frozenset("`~#-_*+><0123456789")
RULES, ITEMS, UNDERLINES = frozenset("-*_"), frozenset("-+*0123456789"), frozenset("=-")


class Row:
    """A line with the number that it has in the body (from 0).

    ``first`` is the first character behind its margin, ``indent`` the width of the margin.
    """

    __slots__ = ("blank", "first", "indent", "number", "text")

    def __init__(self, text: str, number: int):
        bare = text.lstrip(" ")
        self.text, self.number = text, number
        self.indent, self.first = len(text) - len(bare), bare[:1]
        self.blank = not bare or bare.isspace()


def begins_with(text: str, chars: frozenset[str]) -> bool:
    """True if the first character that is no blank is one of those."""
    return text.lstrip(" ")[:1] in chars


def fence_state(fence: str, text: str) -> str:
    """The fence that is open after a line."""
    match = FENCE.match(text) if begins_with(text, FENCES) else None
    if not match:
        return fence
    if not fence:
        return match[2]
    return "" if match[2][0] == fence[0] and len(match[2]) >= len(fence) and not match[3] else fence


def spaces(line: str) -> str:
    """The line with the tabs of its margin as spaces, to stops of four."""
    if "\t" not in line:
        return line
    margin = len(line) - len(line.lstrip(" \t"))
    if "\t" in line[:margin]:
        return line[:margin].expandtabs(4) + line[margin:]
    if (match := re.match(r"( {0,3}(?:[-+*]|\d{1,9}[.)]|>))(\s*\t\s*)", line)) is not None:
        return (match[1] + match[2]).expandtabs(4) + line[match.end() :]
    return line
