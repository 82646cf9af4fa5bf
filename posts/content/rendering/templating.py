"""Liquid, Hugo's shortcodes and their like: known ones get their meaning, none is executed.

The number of lines never changes, so that the digest's lines stay right. What is not known stays
as it is written and is listed.
"""

import re
from html import escape

from posts.content import hyperlinks

TOKEN = re.compile(
    r"(?P<fence>^ {0,3}(?P<ticks>`{3,}|~{3,})[^\n]*\n(?:.*?^ {0,3}(?P=ticks)[`~]*[ \t]*$|.*\Z))"
    r"|(?P<span>(?<!`)(?P<run>`{1,3})(?!`)[^`\n][^\n]*?(?<!`)(?P=run)(?!`))"
    r"|\{\{[<%]/\*\s*(?P<escaped>.*?)\s*\*/[>%]\}\}"
    r"|\{\{(?P<delimiter>[<%])\s*(?P<close>/?)\s*(?P<code>[\w./-]+)"
    r"(?P<codeargs>(?:[^<>%{}]|[<>%](?!\}\}))*?)/?\s*[%>]\}\}"
    r"|\{%-?\s*(?P<tag>\w+)(?P<tagargs>[^%{}]*(?:\{\{[^{}]*\}\}[^%{}]*)*)-?%\}"
    r"|\{\{-?(?P<output>[^{}\n]*?)-?\}\}",
    re.DOTALL | re.MULTILINE,
)
BLOCKS = {"comment", "raw", "capture", "highlight", "verbatim"}
SILENT = {
    "assign",
    "if",
    "elsif",
    "else",
    "endif",
    "unless",
    "endunless",
    "for",
    "endfor",
    "case",
    "when",
    "endcase",
    "increment",
    "decrement",
    "cycle",
}
SILENT |= {
    "include",
    "include_relative",
    "include_cached",
    "seo",
    "feed_meta",
    "set",
    "tablerow",
    "endtablerow",
    "break",
    "continue",
    "endraw",
    "endcomment",
}
LISTED = {"include", "include_relative", "include_cached", "for", "if", "unless", "case"}
STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")
NAMED = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
SITE_ROOT = {"site.baseurl", "site.url", "page.baseurl", "site.baseUrl", "baseurl"}
ADDRESS_FILTERS = {"relative_url", "absolute_url", "url", "escape", "strip", "safe"}
VIDEO = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "tweet": "https://x.com/i/status/{}",
}


def resolve(body: str) -> tuple[str, list[tuple[int, str]]]:
    """(the body with known tags resolved, the unknown ones as (line from 0, text))."""
    if "{%" not in body and "{{" not in body:
        return body, []
    return _Resolver(body).run()


class _Resolver:
    def __init__(self, body: str):
        self.body = body
        self.unknown: list[tuple[int, str]] = []
        self.counted = (0, 0)  # (line, offset) of the last one listed
        self.unclosed: set[str] = set()  # what nothing closes from here on
        self.parts: list[str] = []
        self.at = 0

    def run(self) -> tuple[str, list[tuple[int, str]]]:
        while match := TOKEN.search(self.body, self.at):
            self.parts.append(self.body[self.at : match.start()])
            self.at = match.end()
            self.parts.append(self._replacement(match))
        self.parts.append(self.body[self.at :])
        return "".join(self.parts), self.unknown

    def _replacement(self, match: re.Match[str]) -> str:
        if match["fence"] is not None or match["span"] is not None:
            return match[0]
        result: str | None
        if match["escaped"] is not None:
            end = ">" if match[0][2] == "<" else "%"
            result = f"{{{{{match[0][2]} {match['escaped']} {end}}}}}"
        elif match["code"] is not None:
            result = self._shortcode(match)
        elif match["tag"] is not None:
            result = self._tag(match)
        else:
            result = _output(match["output"].strip())
        if result is None:
            self._list(match)
            return match[0]
        return result + "\n" * max(
            0, self.body.count("\n", match.start(), self.at) - result.count("\n")
        )

    def _list(self, match: re.Match[str]) -> None:
        line, counted = self.counted
        line += self.body.count("\n", counted, match.start())
        self.counted = line, match.start()
        self.unknown.append((line, match[0][:80]))

    def _until(self, pattern: str) -> str | None:
        """The text up to the closing tag, which is passed over. None if there is no such tag."""
        if pattern in self.unclosed:
            return None
        closing = re.compile(pattern).search(self.body, self.at)
        if not closing:
            self.unclosed.add(pattern)
            return None
        inner = self.body[self.at : closing.start()]
        self.at = closing.end()
        return inner

    def _tag(self, match: re.Match[str]) -> str | None:
        name, arguments = match["tag"], match["tagargs"].strip().rstrip("-").strip()
        if name in BLOCKS:
            return self._block(name, arguments)
        if name in ("post_url", "link"):
            target = hyperlinks.post_reference(arguments)
            return target or (
                f"/{arguments.strip(chr(34)).lstrip('/')}"
                if name == "link" and "." in arguments and "{" not in arguments
                else None
            )
        if name in ("image", "img", "image_with_class", "figure"):
            return _image(arguments)
        if name in VIDEO and arguments:
            return f"<{VIDEO[name].format(arguments.split()[0].strip(chr(34)))}>"
        if name == "gist" and arguments:
            return f"<https://gist.github.com/{arguments.split()[0]}>"
        if name in LISTED:
            self._list(match)
        return "" if name in SILENT else None

    def _block(self, name: str, arguments: str) -> str | None:
        inner = self._until(rf"\{{%-?\s*end{name}\s*-?%\}}")
        if inner is None:
            return None
        if name in ("raw", "verbatim"):
            return inner
        if name == "highlight":
            return _code(inner, arguments.split()[0] if arguments else "")
        return ""

    def _shortcode(self, match: re.Match[str]) -> str | None:
        name, arguments = match["code"], match["codeargs"].strip()
        named = {
            key: double or single or plain
            for key, double, single, plain in NAMED.findall(arguments)
        }
        words = [
            double or single for double, single in STRING.findall(arguments)
        ] or arguments.split()
        if name in ("ref", "relref") and (words or named):
            return _hugo_reference(words[0] if words else named.get("path", ""))
        if name in ("figure", "img", "image") and (named.get("src") or named.get("link")):
            caption = " ".join((named.get("caption") or named.get("title") or "").split())
            alt = " ".join((named.get("alt") or caption).split())
            picture = f"![{alt}]({named.get('src')})"
            return f"{picture} *{caption}*" if caption and named.get("alt") != caption else picture
        if name == "highlight" and not match["close"]:
            inner = self._until(r"\{\{[<%]\s*/\s*highlight\s*[%>]\}\}")
            return None if inner is None else _code(inner, words[0] if words else "")
        if name in VIDEO and (words or named):
            return f"<{VIDEO[name].format(named.get('id') or words[-1])}>"
        return None


def _code(inner: str, language: str) -> str:
    """A fence; raw HTML where a fence would need a line more than there is."""
    if re.match(r"[ \t]*\n", inner) and re.search(r"\n[ \t]*\Z", inner):
        return f"```{language}{inner.rstrip(' ')}```"
    blank = inner.startswith("\n")
    return f"{inner[:blank]}<pre><code>{escape(inner[blank:], quote=False)}</code></pre>"


def _output(expression: str) -> str | None:
    """``{{ "/a" | relative_url }}`` and ``{{ site.baseurl }}``; None for what is unknown here."""
    head, *filters = (part.strip() for part in expression.split("|"))
    if head in SITE_ROOT:
        return ""
    match = STRING.fullmatch(head)
    if not match:
        return None
    if all(name.split(":")[0].strip() in ADDRESS_FILTERS or "site." in name for name in filters):
        return match[1] if match[1] is not None else match[2]
    return None


def _image(arguments: str) -> str | None:
    strings = [double or single for double, single in STRING.findall(arguments)]
    words = [*strings, *STRING.sub(" ", arguments).split()]
    source = next(
        (
            word
            for word in words
            if re.search(r"\.(png|jpe?g|gif|webp|avif|svg)\Z", word, re.IGNORECASE)
        ),
        None,
    )
    if not source:
        return None
    alt = max(
        (text for text in strings if text and text != source and " " in text), key=len, default=""
    )
    return f"![{alt.replace('[', '(').replace(']', ')')}]({source})"


def _hugo_reference(path: str) -> str:
    anchor = f"#{path.split('#', 1)[1]}" if "#" in path else ""
    path = path.split("#")[0].removesuffix(".md").removesuffix("/index").strip("/")
    return f"/{path}/{anchor}" if path else anchor
