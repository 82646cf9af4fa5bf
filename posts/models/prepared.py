"""Querysets that are compiled once and run with other values each time.

The ORM takes ten times as long to put a query together as a database to answer it. What is public
is still said by the querysets alone: a prepared query is one of theirs, with :class:`Slot` where a
value comes later.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

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
PLAIN: dict[type, type] = {models.CharField: str, models.BigIntegerField: int}  # kept as they are
LANGUAGE = Slot("language", models.CharField())


class Statement:
    """The SQL of a queryset, and where its values go."""

    def __init__(self, queryset: QuerySet[Any]):
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self.take(parameters)
        columns = [column for column, _sql, _alias in compiler.select]
        self.converters = [
            (index, convert, expression)
            for index, (found, expression) in compiler.get_converters(columns).items()
            for convert in found
        ]

    def take(self, parameters: Iterable[Any]) -> None:
        """The values and slots of the SQL."""
        self.parameters = list(parameters)
        self.slots = {one.name: one.output_field for one in self.parameters if _is_slot(one)}
        self.gaps = [(n, one.name) for n, one in enumerate(self.parameters) if _is_slot(one)]

    def bound(self, values: dict[str, Any]) -> list[Any]:
        """The parameters, as the database takes them."""
        adapt = connection.ops.adapt_datetimefield_value
        known = {
            name: adapt(values[name])
            if type(field) is models.DateTimeField
            else _adapted(field, values[name])
            for name, field in self.slots.items()
        }
        found = list(self.parameters)
        for index, name in self.gaps:
            found[index] = known[name]
        return found

    def rows(self, values: dict[str, Any]) -> Iterable[Sequence[Any]]:
        """The rows, as the ORM gives them to ``values_list``; null is None whatever the field. One
        query.
        """
        found = self.fetched(values)
        return map(self.converted, found) if self.converters else found

    def fetched(self, values: dict[str, Any]) -> list[Sequence[Any]]:
        """The rows as the database has them, for who needs few of them. One query."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.bound(values))
            return list(cursor.fetchall())

    def converted(self, row: Sequence[Any]) -> list[Any]:
        """A row of :meth:`fetched` as :meth:`rows` gives it."""
        values = list(row)
        for index, convert, expression in self.converters:
            if values[index] is not None:
                values[index] = convert(values[index], expression, connection)
        return values


def _adapted(field: models.Field[Any, Any], value: Any) -> Any:
    if type(value) is PLAIN.get(type(field)):
        return value
    return field.get_db_prep_value(value, connection)


def _is_slot(parameter: Any) -> bool:
    return type(parameter) is Slot


class Part(NamedTuple):
    """The SQL of a queryset that is one of several in a statement; its column ``post`` has the key
    of a post, ``story`` that of a story or a constant.
    """

    sql: str
    parameters: tuple[Any, ...]
    post: str
    story: str = "0"

    @classmethod
    def of(cls, queryset: QuerySet[Any], post: str, story: str = "") -> "Part":
        """A queryset, with the names of the columns that lead to posts and stories."""
        names = [post, story] if story else [post]
        sql, parameters = queryset.values(*names).query.sql_with_params()
        return cls(sql, tuple(parameters), post, story or "0")

    def numbered(self, number: int, *names: str) -> "Part":
        """The part with slots of its own for some names: ``page`` becomes ``page3``."""
        parameters = [
            Slot(f"{one.name}{number}", one.output_field)
            if _is_slot(one) and one.name in names
            else one
            for one in self.parameters
        ]
        return self._replace(parameters=tuple(parameters))


class Joined(Statement):
    """Columns of a model and of the rows ``near`` that some parts lead to, in one statement: what
    no queryset can say.

    ``near.part`` is the number of the part, ``near.post`` and ``near.story`` are its columns.
    """

    def __init__(self, columns: QuerySet[Any], parts: Sequence[Part], more: str):
        super().__init__(columns)
        union = " UNION ALL ".join(
            f"SELECT {number} AS part, {part.post} AS post, {part.story} AS story"  # noqa: S608
            f" FROM ({part.sql}) AS part{number}"
            for number, part in enumerate(parts)
        )
        table = connection.ops.quote_name(columns.model._meta.db_table)
        # A cross join, since it says to SQLite which of the two is to be read first.
        before, after = f" FROM {table}", f" FROM ({union}) near CROSS JOIN {table}"
        self.sql = f"{self.sql.replace(before, after, 1)} {more}"
        self.take(value for part in parts for value in part.parameters)


class Prepared:
    """A queryset of Slots, made and compiled when it is first asked, once for each kind of
    database.
    """

    def __init__(self, make: Callable[[], QuerySet[Any] | Statement]):
        self.make = make
        self.statements: dict[str, Statement] = {}

    def statement(self) -> Statement:
        """The SQL for the database in use."""
        found = self.statements.get(connection.vendor)
        if found is None:
            made = self.make()
            found = made if isinstance(made, Statement) else Statement(made)
            self.statements[connection.vendor] = found
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
