"""The name of a label as a search compares names: kept beside it, so that an index finds it."""

from typing import Any

from django.db import models

from posts.content import tokens
from posts.models.listed import PathField

LONGEST = 200


def folded_name(name: str) -> str:
    """A name without its case, width, accents and traditional characters."""
    return tokens.folded(name).strip()[:LONGEST]


class FoldedField(PathField):
    """The folded form of another column of the row, or of a second one where that is empty.

    It is ordered by its code points on every database: what begins alike stands together.
    """

    def __init__(self, *sources: str, **kwargs: Any):
        self.sources = sources
        kwargs |= {"max_length": LONGEST, "default": "", "editable": False, "db_index": True}
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        for fixed in ("max_length", "default", "editable", "db_index"):
            kwargs.pop(fixed, None)
        return name, path, self.sources, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """What is written: never what somebody has set."""
        texts = (getattr(model_instance, source) for source in self.sources)
        found = folded_name(next((text for text in texts if text), ""))
        setattr(model_instance, self.attname, found)
        return found
