"""How many posts a label, a day or a month has: counted when a post is saved, never when a page is
read.
"""

from datetime import date
from typing import Self

from django.db import models
from django.db.models.expressions import RawSQL

from posts.models.prepared import Slot

TOTAL = date(1, 1, 2)  # instead of a month: all of them. No month begins on that day


class TallyQuerySet(models.QuerySet["Tally"]):
    """Counts."""

    def of(self, kind: str, language: str | Slot = "") -> Self:
        """Those of a kind, in a language or in all of them, that are not zero."""
        return self.filter(kind=kind, language=language, posts__gt=0)

    def totals(self) -> Self:
        """Those of all months together."""
        # Written out: no database enters a partial index by a parameter.
        return self.filter(month=RawSQL(f"'{TOTAL}'", (), models.DateField()))  # noqa: S611


class Tally(models.Model):
    """The posts of a label in a month, those of a day, or all those of a month.

    ``kind`` is ``tag``, ``category``, ``author`` or ``source``; or ``day`` or ``month`` with no
    label. ``language`` is empty for all languages together. ``month`` is its first day, for ``day``
    the day itself, for all of a label :data:`TOTAL`. ``stories`` are those of a source that cite
    it; 0 for all else.

    Posts that expire are not counted, and those whose time has not come are: who reads looks at
    both, which are few. So no job has to follow the clock.
    """

    kind = models.CharField(max_length=10)
    label = models.BigIntegerField(default=0)
    language = models.CharField(max_length=12, blank=True)
    month = models.DateField()
    posts = models.IntegerField(default=0)
    stories = models.IntegerField(default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "label", "language", "month"], name="tally_once"
            )
        ]
        indexes = [  # of few rows: those of months change most often
            models.Index(
                fields=["kind", "language", "-posts", "label"],
                name="tally_most",
                condition=models.Q(month=TOTAL),
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.label} {self.month}: {self.posts}"
