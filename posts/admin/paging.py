"""Long lists in the admin: no count of a whole table."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 10_000


class CappedPaginator(Paginator):
    """Counts to ``MOST`` and no further; what is older is reached by date, filter or search."""

    @cached_property
    def count(self):
        rows: Any = self.object_list
        return rows.order_by()[:MOST].count()
