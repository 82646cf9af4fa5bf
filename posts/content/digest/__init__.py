"""The digest grammar: a body becomes sections, stories and citations, each with its span.

Nothing is changed and nothing refused: a body that holds no story is a post like any other.
"""

from posts.content.digest.grammar import parse
from posts.content.digest.model import Citation, Digest, Section, Story

__all__ = ["Citation", "Digest", "Section", "Story", "parse"]
