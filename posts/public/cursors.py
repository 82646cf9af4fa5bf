"""Where a page of a long list begins.

Page 10,000 costs what page 1 costs: a range of the index, never an offset. A cursor names the last
row of the page before by its time and its post's number: the path, which orders what is of one
time, can be longer than an address may be, and is nobody's business.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(ValueError):
    """A ``?before=`` that no list of ours gave out."""


def encode(values: Sequence[Any]) -> str:
    """``(datetime, 17)`` -> ``1767139200000000~17``; dates too."""
    return "~".join(_encoded(value) for value in values)


def _encoded(value: Any) -> str:
    if isinstance(value, datetime):
        return str((value - EPOCH) // timedelta(microseconds=1))
    return value.isoformat() if isinstance(value, date) else str(value)


def decode(text: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The values of a cursor. Raises :class:`BadCursor`."""
    parts = text.split("~")
    if len(parts) != len(kinds) or len(text) > 100:
        raise BadCursor(text[:40])
    try:
        return tuple(_decoded(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, OverflowError):
        raise BadCursor(text[:40]) from None


def _decoded(part: str, kind: type) -> Any:
    if kind is date:
        return date.fromisoformat(part)
    if not (part.isascii() and part.removeprefix("-").isdigit()):
        raise ValueError(part)
    number = int(part)
    if kind is datetime:
        return EPOCH + timedelta(microseconds=number)
    if not 0 <= number < 2**63:
        raise ValueError(part)
    return number


def beyond(
    queryset: QuerySet[Any], keys: tuple[str, ...], values: tuple[Any, ...]
) -> QuerySet[Any]:
    """The rows after some values in the queryset's order, ``keys`` as for ``order_by``.

    The queryset must be bounded by the first value already, and by that alone: given two bounds
    of one column, SQLite may enter the index at the wrong one and walk from there.
    """
    step = Q()
    for index, key in enumerate(keys):
        name = key.removeprefix("-")
        after = Q(**{f"{name}__{'lt' if key.startswith('-') else 'gt'}": values[index]})
        for before in range(index):
            after &= Q(**{keys[before].removeprefix("-"): values[before]})
        step |= after
    return queryset.filter(step)
