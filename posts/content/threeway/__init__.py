"""Two texts that grew from one, made one: what an editor changed and what a file changed.

``merge`` goes through the front matter key by key and through the body story by story, paragraph by
paragraph. Where both changed the same words it says so and gives a text with both versions marked.
"""

from posts.content.threeway.documents import Merged, Spot, has_marks, merge, nearest

__all__ = ["Merged", "Spot", "has_marks", "merge", "nearest"]
