"""Many new rows in one prepared statement (SQLite) or one COPY (PostgreSQL).

What ``bulk_create`` does, without compiling every value of every row into a statement. The values
are those that the columns hold: no expressions, no ``auto_now``. A rule that a row breaks raises
what a save would raise.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction

# Fields whose values, once they are right, a driver takes as they are.
PLAIN = {
    "BooleanField",
    "CharField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "TextField",
}
REPEATED = {"DateField", "DateTimeField"}  # a post's rows all repeat its times

Row = tuple[Any, ...]


def create(objects: Sequence[models.Model]) -> None:
    """Insert objects of one model, and give them their keys. Two queries, none for none."""
    if not objects:
        return
    create_rows(type(objects[0]), objects)
    for one in objects:
        one._state.adding = False
        one._state.db = connection.alias


def create_rows(model: type[models.Model], rows: Sequence[Any]) -> None:
    """As :func:`create`, of whatever has the columns of a model as attributes.

    For rows that nobody uses further: an instance of a model costs more than its insertion.
    """
    if not rows:
        return
    names = [field.attname for field in model._meta.concrete_fields]
    key_name = model._meta.pk.attname
    with transaction.atomic(savepoint=False):
        for one, key in zip(rows, _keys(model, len(rows)), strict=True):
            setattr(one, key_name, key)
        insert(model, names, map(attrgetter(*names), rows))


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Row],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert rows, each the values of the columns ``names`` (``post_id``). One query, or none.

    All columns but the key have to be named: defaults are those of Python, not of the database.
    ``ignore_conflicts`` leaves out rows that others have added meanwhile.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        return
    fields: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    pairs = [(fields[name], values) for name, values in zip(names, columns, strict=True)]
    times: dict[Any, Any] = {}
    adapted = [_adapted(one, values, times) for one, values in pairs]
    quote = connection.ops.quote_name
    target = ", ".join(quote(fields[name].column) for name in names)
    target = f"{quote(model._meta.db_table)} ({target})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            slots = ", ".join(["%s"] * len(names))
            insert = "INSERT OR IGNORE" if ignore_conflicts else "INSERT"
            rows = list(zip(*adapted, strict=True))
            cursor.executemany(f"{insert} INTO {target} VALUES ({slots})", rows)
        elif ignore_conflicts:  # which COPY cannot
            arrays = ", ".join(f"%s::{one.db_type(connection)}[]" for one, _values in pairs)
            cursor.execute(
                f"INSERT INTO {target} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",  # noqa: S608
                [list(values) for values in adapted],
            )
        else:
            _copy(cursor, f"COPY {target} FROM STDIN", zip(*adapted, strict=True))


def _copy(cursor: Any, statement: str, rows: Iterable[Row]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _adapted(field: models.Field, values: Sequence[Any], times: dict[Any, Any]) -> Iterable[Any]:
    """The values of one column as the driver takes them; ``times`` are those that are known."""
    inner = field.target_field if isinstance(field, models.ForeignKey) else field
    kind = inner.get_internal_type()
    if kind in PLAIN or isinstance(inner, models.AutoField | models.BigAutoField):
        return values
    real = connections[DEFAULT_DB_ALIAS]  # each look through the proxy costs more than a value
    adapt: Callable[[Any], Any] = lambda value: field.get_db_prep_save(value, real)  # noqa: E731
    if kind in REPEATED:
        known = times.setdefault(kind, {})
        known |= {value: adapt(value) for value in set(values).difference(known)}
        adapt = known.__getitem__
    return map(adapt, values)


def _keys(model: type[models.Model], count: int) -> Sequence[int]:
    """Keys that no other row has or will have; within a transaction that goes on to use them."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column, count],
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return range(last + 1, last + 1 + count)
