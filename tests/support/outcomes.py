"""What becomes of documents on one database, for comparing it with another.

Run as a program it answers on standard output, a line of JSON for each line on standard input,
``[path, document, zone]``, on the database of ``DATABASE_URL``.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django
from django.db import transaction

LABELS = ("tag", "category", "author")


class Undone(Exception):
    """Ends a transaction whose rows were only looked at."""


def outcome(
    path: str, document: str, zone: str, look: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """The rows that a save leaves, or why it was refused. Nothing stays in the database."""
    from posts import publishing
    from posts.content.problems import Unreadable

    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            saved = publishing.save(path=path, document=document, reason="test", zone=zone)
            again = publishing.save(path=path, document=document, reason="test", zone=zone)
            look()
            found = {"states": [saved.state, again.state], "rows": rows(saved.post.pk)}
            raise Undone
    except Undone:
        return found
    except Unreadable as error:
        return {"unreadable": [error.problem.line, error.problem.key, error.problem.values]}
    except (publishing.Refused, publishing.Conflict) as error:
        return {"refused": [error.key, error.values]}


def rows(pk: int) -> dict[str, Any]:
    """Everything that is stored of a post, without what differs from run to run."""
    from posts.models import Citation, Post, PostAuthor, PostCategory, PostTag, Redirect, Story

    left_out = {"id", "post", "story", "saved_at", "modified_at", "guid", "public_since"}
    found: dict[str, Any] = {}
    for model in (Story, Citation, PostTag, PostCategory, PostAuthor, Redirect, Post):
        names = [f.name for f in model._meta.concrete_fields if f.name not in left_out]
        names = [
            f"{name}__slug" if name in ("tag", "category", "author") else name for name in names
        ]
        names = ["source__host" if name == "source" else name for name in names]
        key = {"pk": pk} if model is Post else {"post": pk}
        order = ("old_path",) if model is Redirect else ("position",) if model is not Post else ()
        found[model.__name__] = [
            {name: plain(value) for name, value in row.items()}
            for row in model.objects.filter(**key).order_by(*order).values(*names)
        ]
    return found


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if hasattr(value, "as_json"):
        return value.as_json()
    return value if isinstance(value, list | dict) else str(value)


def main() -> None:
    """Answer every line."""
    django.setup()
    for line in sys.stdin:
        print(json.dumps(outcome(*json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
