"""YAML as most front matter has it, read line by line without a parser.

Keys with a plain or quoted value on their line, with ``[a, b]``, or with a list of such values
below. Whatever else stands there is left to ``yamltext``, and what is read here is read as libyaml
reads it (``tests/test_frontmatter.py`` compares them).
"""

import re

from posts.content.frontmatter.values import Parsed, Scalar

LONGEST = 20_000  # characters
QUOTED = r"\"(?P<double>[^\"\\]*+)\"|'(?P<single>[^']*+)'"
# ``: `` would begin a mapping, `` #`` a comment.
PLAIN = r"(?P<plain>[^ \-?:,\[\]{}#&*!|>'\"%@`](?:[^:#]|:(?=[^ ])|(?<! )#)*+)"
FLOW = r"\[(?P<flow>[^\[\]{}\"'#:&*!|>%@`]*+)\]"
KEY = re.compile(rf"(?P<key>[A-Za-z_][A-Za-z0-9_-]{{0,99}}):(?: +(?:{FLOW}|{QUOTED}|{PLAIN}))? *\Z")
ITEM = re.compile(rf"(?P<indent> {{0,8}})- +(?:{QUOTED}|{PLAIN})\Z")
FLOW_ITEM = re.compile(r" *(\w[^,]*+)\Z")


def parse(text: str, first_line: int) -> Parsed | None:
    """What the front matter says; None if it is not of this kind."""
    if len(text) > LONGEST:
        return None
    parsed, items, indent = Parsed(), None, ""  # type: Parsed, list[Scalar] | None, str
    for number, line in enumerate(text.split("\n"), first_line):
        line = line.removesuffix("\r").rstrip(" ")
        if not line or (line[0] == "#" and line.isprintable()):
            continue
        if not line.isprintable():
            return None
        if match := KEY.match(line):
            name = match["key"]
            if name in parsed.values:
                return None
            parsed.lines[name] = number
            value = _flow(match["flow"]) if match["flow"] is not None else _scalar(match)
            if value is None:
                return None
            parsed.values[name] = value
            items, indent = ([] if line[-1] == ":" and value == "" else None), ""
        elif items is not None and (match := ITEM.match(line)):
            if not items:
                parsed.values[name], indent = items, match["indent"]
            elif match["indent"] != indent:
                return None
            items.append(_scalar(match))
        else:
            return None
    return parsed if parsed.values else None


def _scalar(match: re.Match[str]) -> Scalar:
    if (plain := match["plain"]) is not None:
        return Scalar(plain)
    quoted = match["double"] if match["double"] is not None else match["single"]
    return Scalar("") if quoted is None else Scalar(quoted, True)


def _flow(inside: str) -> list[Scalar] | None:
    """The items between brackets; None if one is not plain."""
    if not inside.strip(" "):
        return []
    found = []
    for piece in inside.split(","):
        match = FLOW_ITEM.match(piece)
        if match is None:
            return None
        found.append(Scalar(match[1].rstrip(" ")))
    return found
