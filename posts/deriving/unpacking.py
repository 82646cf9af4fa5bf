"""The pipeline's JSON -> documents, in a child process: its text may be anything, and large.

``{"posts": [{"filename", "front_matter", "content"}]}``; each post becomes a document of its own.
The documents are written into one file, one behind the other: nobody has to hold them all.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from posts.content.frontmatter.values import MAX_LENGTH
from posts.content.problems import Problem, Unreadable
from posts.content.recognition import SUFFIXES


@dataclass(frozen=True)
class Unpacked:
    """One post of a delivery: where its bytes lie in the file of documents, or what is wrong."""

    path: str
    start: int = 0
    length: int = 0
    problem: Problem | None = None


def unpacked(source: str, target: str) -> list[Unpacked]:
    """Write the documents of a delivery into a file.

    Raises :class:`Unreadable` for a file that is no delivery.
    """
    try:
        loaded = json.loads(Path(source).read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise Unreadable(line, "bad-json.parser", problem=str(error)[:200]) from None
    posts = loaded.get("posts") if isinstance(loaded, dict) else None
    if not isinstance(posts, list):
        raise Unreadable(1, "bad-json.no-posts")
    with open(target, "wb") as documents:
        return [_kept(post, index, source, documents) for index, post in enumerate(posts)]


def _kept(post: Any, index: int, source: str, documents: BinaryIO) -> Unpacked:
    filename = post.get("filename") if isinstance(post, dict) else None
    if not isinstance(filename, str) or not filename.strip():
        problem = Problem(1, "bad-json.no-filename", {"index": index}, fatal=True)
        return Unpacked(f"{Path(source).name}#{index}", problem=problem)
    filename = filename if filename.lower().endswith(tuple(SUFFIXES)) else f"{filename}.md"
    path = filename if "/" in filename else f"_posts/{filename}"
    try:
        data = _document(post, index).encode()
    except Unreadable as error:
        return Unpacked(path, problem=error.problem)
    except UnicodeEncodeError:
        return Unpacked(path, problem=Problem(1, "bad-character", fatal=True))
    start = documents.tell()
    documents.write(data)
    return Unpacked(path, start, len(data))


def _document(post: dict, index: int) -> str:
    front, content = post.get("front_matter") or {}, post.get("content") or ""
    if not isinstance(content, str) or not isinstance(front, (dict, str)):
        raise Unreadable(1, "bad-json.type", index=index)
    if isinstance(front, dict):
        front = _yaml(front) if front else ""
    inner = front.strip("-\n").rstrip() + "\n" if front else ""
    text = f"---\n{inner}---\n\n{content.lstrip(chr(10))}" if inner else content
    return text if text.endswith("\n") else text + "\n"


def _yaml(front: dict) -> str:
    """A front matter as YAML; one that is too large to be read again is not written."""
    try:
        if len(json.dumps(front, ensure_ascii=False)) > MAX_LENGTH:
            raise Unreadable(1, "too-large.front-matter", limit=MAX_LENGTH)
        return yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    except RecursionError:
        raise Unreadable(1, "too-deep.json") from None
