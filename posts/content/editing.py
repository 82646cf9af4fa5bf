"""What to patch so that a document names other labels, under the keys that it already uses."""

from typing import Any

from posts.content.frontmatter import is_null
from posts.content.frontmatter.patching import Value

SINGULARS = {"categories": "category", "tags": "tag"}


def label_changes(values: dict[str, Any], plural: str, names: list[str]) -> dict[str, Value]:
    """The keys to patch for new ``categories`` or ``tags``.

    One name stays under the singular key where that held it. Elsewhere the singular key goes, or
    its name would be counted as well.
    """
    singular = SINGULARS[plural]
    if not is_null(values.get(singular)) and is_null(values.get(plural)) and len(names) == 1:
        return {singular: names[0]}
    changes: dict[str, Value] = {plural: names}
    if singular in values:
        changes[singular] = None
    return changes
