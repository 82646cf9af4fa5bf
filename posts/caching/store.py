"""Pages in this process' memory: so many bytes, the least used leave first.

Reading takes no lock: one lookup in a dict, and a flag that says whether the page still counts.
Everything that changes the store takes its lock.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from posts.caching.addresses import Address, is_search
from posts.caching.answers import Page
from posts.caching.keys import EVERYTHING

# Bytes in memory, measured (docs/decisions.md): what an object, a key or a remembered request
# takes beside its texts, and what an allocator loses between them.
PAGE, HEADER, KEY, ANSWER, MEMO = 1800, 60, 190, 1000, 1100
LOSS = 1.25
SEARCHES = 8  # the part of the memory that answers of searches may take: one of so many


class Store:
    """At most ``limit`` bytes of pages, with an index of their keys."""

    def __init__(self, limit: int):
        self.limit = limit
        self.size = self.searched = 0  # all bytes, those of searches
        self.lock = threading.Lock()
        self._pages: OrderedDict[Address, Page] = OrderedDict()  # in the order of eviction
        self._searches: OrderedDict[Address, Page] = OrderedDict()  # of these
        # Most keys are of one page alone: a set for each would take more than the page.
        self._by_key: dict[str, Page | set[Page]] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def pages(self) -> list[Page]:
        """All of them, as they are just now."""
        with self.lock:
            return list(self._pages.values())

    def get(self, address: Address) -> Page | None:
        """The page at an address."""
        return self._pages.get(address)

    def put(self, page: Page, outdated: Callable[[], bool]) -> bool:
        """Keep a page unless it is outdated; whether it was kept.

        ``outdated`` is asked under the lock that :meth:`purge` takes too: a change is either known
        by then, or its purge comes afterwards and finds the page.
        """
        cost = _cost(page)
        with self.lock:
            if cost > self.limit // 8 or outdated():
                return False
            if known := self._pages.get(page.address):
                self._drop(known)
            page.cost = cost
            self._pages[page.address] = page
            if is_search(page.address):
                self._searches[page.address] = page
                self.searched += cost
            self.size += cost
            for key in page.keys:
                self._index(key, page)
            self._evict()
        return True

    def _index(self, key: str, page: Page) -> None:
        known = self._by_key.get(key)
        if known is None:
            self._by_key[key] = page
        elif isinstance(known, set):
            known.add(page)
        else:
            self._by_key[key] = {known, page}

    def _carrying(self, key: str) -> list[Page]:
        if key == EVERYTHING:
            return list(self._pages.values())
        known = self._by_key.get(key, set())
        return list(known) if isinstance(known, set) else [known]

    def grown(self, page: Page) -> None:
        """A page got another form or answer: count its bytes anew."""
        with self.lock:
            if self._pages.get(page.address) is page:
                cost = _cost(page)
                self.size += cost - page.cost
                self.searched += cost - page.cost if page.address in self._searches else 0
                page.cost = cost
                self._evict()

    def purge(self, keys: Iterable[str]) -> None:
        """Forget the pages that carry one of the keys; all for ``*``."""
        with self.lock:
            for key in keys:
                for page in self._carrying(key):
                    self._drop(page)

    def forget(self, page: Page) -> None:
        """Forget one page."""
        with self.lock:
            if self._pages.get(page.address) is page:
                self._drop(page)

    def clear(self) -> None:
        """Forget all."""
        self.purge([EVERYTHING])

    def _drop(self, page: Page) -> None:
        page.live = False
        del self._pages[page.address]
        if self._searches.pop(page.address, None):
            self.searched -= page.cost
        self.size -= page.cost
        for key in page.keys:
            known = self._by_key[key]
            if isinstance(known, set):
                known.discard(page)
            if known is page or not known:
                del self._by_key[key]
        page.answers, page.forms = {}, {}  # whoever still holds the page holds little

    def _evict(self) -> None:
        """Make room. A page that was asked for since it was last looked at stays for once."""
        while self.size > self.limit:
            self._let_go(self._pages)
        while self.searched > self.limit // SEARCHES:
            self._let_go(self._searches)

    def _let_go(self, pages: OrderedDict[Address, Page]) -> None:
        """Drop the first of some pages, or put it last once if it was asked for."""
        page = next(iter(pages.values()))
        if page.used:
            page.used = False
            pages.move_to_end(page.address)
        else:
            self._drop(page)


def _cost(page: Page) -> int:
    """The bytes that a page takes in this process, about."""
    texts = sum(len(value) + HEADER for _name, value in page.own)
    texts += len(page.address.path) + len(str(page.address.values))
    bodies = sum(len(form) for form in page.forms.values())
    keys = sum(len(key) + KEY for key in page.keys)
    encodings = len({encoding for _head, encoding in page.answers})
    answers = encodings * (ANSWER + 16 * len(page.headers))
    return int(LOSS * (PAGE + texts + bodies + keys + answers + 8 * len(page.headers)))


class Memo:
    """What was found for the very words of a request, for those who ask in the same words again.

    Two generations: what nobody asked for while the younger one filled up is forgotten with the
    older one. No lock: threads that write at once lose an entry, never more.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._young: dict[tuple[Any, ...], Any] = {}
        self._old: dict[tuple[Any, ...], Any] = {}
        self._size = 0
        self.get = self._young.get

    def find(self, words: tuple[Any, ...]) -> Any:
        """What was remembered, from the older generation too, which makes it young again."""
        found = self._young.get(words) or self._old.get(words)
        if found is not None and words not in self._young:
            self.put(words, found)
        return found

    def put(self, words: tuple[Any, ...], value: Any) -> None:
        """Remember; what is longer than usual is not worth it."""
        cost = int(LOSS * (MEMO + sum(sys.getsizeof(word) for word in words)))
        if cost > self.limit // 8:
            return
        if self._size + cost > self.limit // 2:
            self.clear(keep=True)
        self._young[words] = value
        self._size += cost

    def clear(self, keep: bool = False) -> None:
        """Forget all, or all but what is young (``keep``)."""
        self._old = self._young if keep else {}
        self._young, self._size = {}, 0
        self.get = self._young.get
