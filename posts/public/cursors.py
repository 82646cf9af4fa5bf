"""Places in long lists.

Page 10,000 costs what page 1 costs: a range of the index, never an offset.
"""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Q

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursor(ValueError):
    """A ``?before=`` that no list of ours gave out."""


def encode(values: tuple) -> str:
    """``(datetime, 17)`` -> ``1767139200000000-17``; dates and texts too."""
    return "~".join(_encoded(value) for value in values)


def _encoded(value) -> str:
    if isinstance(value, datetime):
        return str((value - EPOCH) // timedelta(microseconds=1))
    return value.isoformat() if isinstance(value, date) else str(value)


def decode(text: str, kinds: tuple[type, ...]) -> tuple:
    """The values of a cursor. Raises :class:`BadCursor`."""
    parts = text.split("~")
    if len(parts) != len(kinds) or len(text) > 400:
        raise BadCursor(text[:40])
    try:
        return tuple(_decoded(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, OverflowError):
        raise BadCursor(text[:40]) from None


def _decoded(part: str, kind: type):
    if kind is str:
        return part
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


def beyond(queryset, keys: tuple[str, ...], values: tuple):
    """The rows after a place in the queryset's order, ``keys`` as for ``order_by``.

    The queryset must be bounded by the first value already, and by that alone: given two upper bounds
    of one column, SQLite may enter the index at the wrong one and walk from there.
    """
    step = Q()
    for index in range(len(keys)):
        name = keys[index].removeprefix("-")
        here = Q(**{f"{name}__{'lt' if keys[index].startswith('-') else 'gt'}": values[index]})
        for before in range(index):
            here &= Q(**{keys[before].removeprefix("-"): values[before]})
        step |= here
    return queryset.filter(step)
