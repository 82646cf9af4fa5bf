"""Rows that repeat their post's times, so that an index over them answers a list in its order."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from posts.content import initials
from posts.models.prepared import Slot

Time = datetime | Slot  # a queryset that is to be prepared has a slot for it


def unexpired(now: Time, relation: str = "") -> Q:
    """The condition that a row's time is not over, or that of a row it leads to (``post__``)."""
    never = Q(**{f"{relation}expires_at__isnull": True})
    return never | Q(**{f"{relation}expires_at__gt": now})


def no_later_than(until: Time | None, now: Time) -> Time:
    """The upper bound of a public list: now, or a cursor's time before it. A slot is filled with
    such a time.

    One bound and not two: given two for one column, SQLite may enter the index at the wrong one.
    """
    if isinstance(until, Slot):
        return until
    return now if until is None else min(until, now)  # type: ignore[type-var]


def passed(column: str, now: Time) -> LessThanOrEqual:
    """The condition that a time is over, for rows that another index has found: SQLite would rather
    walk over all rows up to now than over the few that expire.
    """
    return LessThanOrEqual(Coalesce(column, column), now)


class PathField(models.CharField):
    """A path, ordered by its bytes on every database, whatever language the server sorts by.

    It orders what is of one time: an identifier would depend on who was imported first.
    """

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return super().db_parameters(connection) | {"collation": collation}


class SortKeyField(PathField):
    """Where a label stands in an index of its kind; written whenever its row is."""

    def __init__(self, **options: Any):
        options |= {"max_length": 400, "default": "", "editable": False}
        super().__init__(**options)

    def pre_save(self, model_instance: Any, add: bool) -> str:
        """From the name and the last part of the address."""
        slug = getattr(model_instance, "slug", "") or getattr(model_instance, "host", "")
        value = initials.sort_key(model_instance.name or slug, slug)
        setattr(model_instance, self.attname, value)
        return value


class ListedQuerySet(models.QuerySet):
    """Lists of rows whose posts readers may see; every public one begins at :meth:`listed`."""

    def listed(self, until: Time | None = None, *, now: Time | None = None) -> Self:
        """Rows that are listed now, those listed after ``until`` left out.

        ``listed_at`` is null where a row is not to be listed: its post is a draft, say.
        """
        now = now or timezone.now()
        return self.filter(unexpired(now), listed_at__lte=no_later_than(until, now))

    def counted(self) -> Self:
        """Rows that counts hold (:mod:`posts.models.tallies`), whatever the clock says."""
        return self.filter(listed_at__isnull=False, expires_at__isnull=True)

    def upcoming(self, *, now: Time | None = None) -> Self:
        """Rows that counts hold, and that are not listed yet."""
        return self.filter(listed_at__gt=now or timezone.now(), expires_at__isnull=True)

    def passing(self, *, now: Time | None = None) -> Self:
        """Rows that are listed now and that counts do not hold: their time will be over."""
        now = now or timezone.now()
        return self.filter(passed("listed_at", now), expires_at__gt=now)

    def in_language(self, language: str | Slot) -> Self:
        """Those of a language; all of them for an empty one."""
        return self.filter(language=language) if language else self


class ListedRow(models.Model):
    """``path``, ``language``, ``listed_at`` and ``expires_at`` are the post's."""

    path = PathField(max_length=500)
    language = models.CharField(max_length=12)
    listed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects = ListedQuerySet.as_manager()

    class Meta:
        abstract = True


class LabelQuerySet(models.QuerySet):
    """Tags, categories, authors and sources."""

    def unmerged(self) -> Self:
        """Those that were not merged into another."""
        return self.filter(merged_into=None)

    def listed(self, language: str | Slot = "", *, now: Time | None = None) -> Self:
        """Those that lead readers to a post, in a language if it is given; any other does not
        exist for them.
        """
        model: Any = self.model
        relation = model._meta.get_field(model.LISTED_BY)
        rows = relation.related_model.objects.listed(now=now).in_language(language)
        mine = rows.filter(**{relation.field.name: models.OuterRef("pk")})
        # Not EXISTS: PostgreSQL makes a join of that, and reads the rows of all labels for it.
        newest = mine.order_by("-listed_at").values("pk")[:1]
        return self.unmerged().alias(newest=models.Subquery(newest)).filter(newest__isnull=False)
