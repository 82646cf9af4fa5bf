"""How many posts and stories a label or a day has: counted when a post is saved, never when a page
is read.
"""

from datetime import date

from django.db import models

TOTAL = date(1, 1, 1)  # instead of a month: all of them


class Tally(models.Model):
    """The posts of a label in a month, or those of a day.

    ``kind`` is ``tag``, ``category``, ``author`` or ``source``, or ``day`` with no label.
    ``language`` is empty for all languages together. ``month`` is its first day, for ``day`` the
    day itself, for all together :data:`TOTAL`. Rows that expire are not counted here, nor are those
    whose time has not come left out: who reads looks at both, which are few.
    """

    kind = models.CharField(max_length=10)
    label = models.BigIntegerField(default=0)
    language = models.CharField(max_length=12, blank=True)
    month = models.DateField()
    posts = models.IntegerField(default=0)
    stories = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "label", "language", "month"], name="tally_once"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "language", "month", "-posts", "label"], name="tally_most")
        ]

    def __str__(self):
        return f"{self.kind} {self.label} {self.month}: {self.posts}"
