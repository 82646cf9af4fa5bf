"""Querysets that are compiled once and run with other values each time.

The ORM takes ten times as long to put a query together as a database to answer it. What is public
is still said by the querysets alone: a prepared query is one of theirs, with :class:`Slot` where a
value comes later.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.expressions import Expression
from django.utils import timezone


class Slot(Expression):
    """Stands in a queryset for a value of a field's kind that is known when it runs."""

    def __init__(self, name: str, field: models.Field[Any, Any]):
        super().__init__(field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """One parameter, the slot itself; :class:`Statement` puts the value there."""
        return "%s", [self]


NOW = Slot("now", models.DateTimeField())
UNTIL = Slot("until", models.DateTimeField())  # a time no later than now
LANGUAGE = Slot("language", models.CharField())


class Statement:
    """The SQL of a queryset, and where its values go."""

    def __init__(self, queryset: QuerySet[Any]):
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.parameters = compiler.as_sql()
        self.slots = {one.name: one.output_field for one in self.parameters if _is_slot(one)}
        columns = [column for column, _sql, _alias in compiler.select]
        self.converters = [
            (index, convert, expression)
            for index, (found, expression) in compiler.get_converters(columns).items()
            for convert in found
        ]

    def bound(self, values: dict[str, Any]) -> list[Any]:
        """The parameters, as the database takes them."""
        known = {
            name: connection.ops.adapt_datetimefield_value(values[name])
            if type(field) is models.DateTimeField
            else field.get_db_prep_value(values[name], connection)
            for name, field in self.slots.items()
        }
        return [known[one.name] if _is_slot(one) else one for one in self.parameters]

    def rows(self, values: dict[str, Any]) -> Iterable[Sequence[Any]]:
        """The rows, as the ORM gives them to ``values_list``; null is None whatever the field. One
        query.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.bound(values))
            found = cursor.fetchall()
        return map(self.converted, found) if self.converters else found

    def converted(self, row: Sequence[Any]) -> list[Any]:
        """A row as the ORM gives it."""
        values = list(row)
        for index, convert, expression in self.converters:
            if values[index] is not None:
                values[index] = convert(values[index], expression, connection)
        return values


def _is_slot(parameter: Any) -> bool:
    return type(parameter) is Slot


class Prepared:
    """A queryset of Slots, made and compiled when it is first asked, once for each kind of
    database.
    """

    def __init__(self, make: Callable[[], QuerySet[Any]]):
        self.make = make
        self.statements: dict[str, Statement] = {}

    def statement(self) -> Statement:
        """The SQL for the database in use."""
        found = self.statements.get(connection.vendor)
        if found is None:
            found = self.statements[connection.vendor] = Statement(self.make())
        return found

    def rows(self, **values: Any) -> Iterable[Sequence[Any]]:
        """The rows for some values; ``now`` is the clock's, ``until`` is no later. One query."""
        return self.statement().rows(timed(values))

    def first(self, **values: Any) -> Sequence[Any] | None:
        """The first row, or None."""
        return next(iter(self.rows(**values)), None)


class Together:
    """Some prepared querysets of the same columns, asked in one query; each as it stands, its order
    and its limit too.
    """

    def __init__(self, *parts: Prepared):
        self.parts = parts
        self.texts: dict[str, str] = {}

    def rows(self, **values: Any) -> Iterable[Sequence[Any]]:
        """The rows of all, converted as those of the first are. One query."""
        statements = [part.statement() for part in self.parts]
        sql = self.texts.get(connection.vendor)
        if sql is None:
            selects = [f"SELECT * FROM ({one.sql}) p{n}" for n, one in enumerate(statements)]  # noqa: S608
            sql = self.texts[connection.vendor] = " UNION ALL ".join(selects)
        known = timed(values)
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for one in statements for value in one.bound(known)])
            found = cursor.fetchall()
        return [statements[0].converted(row) for row in found]


def timed(values: dict[str, Any]) -> dict[str, Any]:
    """Values with the time of now, and no ``until`` after it."""
    now = timezone.now()
    until: datetime | None = values.get("until")
    return values | {"now": now, "until": min(until, now) if until else now}
