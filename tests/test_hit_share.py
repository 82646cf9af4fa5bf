"""With one edit a second, nearly all of 10,000 warm pages are answered from memory."""

import random
import re
from collections import Counter
from datetime import date, datetime, timedelta

from django.test import TestCase, tag
from django.utils import timezone

from posts import publishing
from posts.caching import journal
from posts.caching.addresses import Address
from posts.caching.answers import Page
from posts.caching.store import Store
from posts.models import Author, Category, Post, Source, Story, Tag
from tests.cast import plain
from tests.support.readers import Site

DAYS = 100  # of posts, one a day
PAGES = 10_000
REQUESTS = 1_000  # in the second after each edit
DATED = re.compile(r"([a-z0-9.-]+)@(d\d{8}|m\d{6}|y\d{4})\Z")
EDITS = ["typo"] * 24 + ["title"] * 6 + ["publish"] * 4 + ["withdraw"] * 3 + ["tag"] * 3


def document(number: int, day: datetime, **keys: str) -> str:
    """A post of a site with some labels and sources; every other one is a digest."""
    labels = {
        "tags": f"[t{number % 7}, u{number % 23}, v{number % 41}]",
        "categories": f"[k{number % 4}]",
        "author": f"a{number % 5}",
    }
    body = f"Words {number}.\n"
    if number % 2:
        labels["digest"] = "true"
        for n in range(1, 5):
            page = f"https://s{(number * n) % 31}.example/{n}/{number}"
            body += f"\n## Story {n}\n\nWords.\n\n**Source:** [x]({page})\n"
    return plain(f"Post {number}", day.isoformat(), body, **(labels | keys))


@tag("long")
class Share(TestCase):
    def setUp(self):
        self.start = timezone.now().replace(microsecond=0) - timedelta(hours=1)
        texts = {n: document(n, self.start - timedelta(days=DAYS - 1 - n)) for n in range(DAYS)}
        self.save(texts)
        journal.note(["first"])
        self.store = Store(1 << 40)
        self.journal = journal.Journal(self.store.purge, threaded=False)
        self.journal.poll()
        for language in ("", "zh-hans"):
            self.journal.menu(language)  # as the first pages that a process renders ask for it
        self.journal.poll()
        self.journal.poll()

    def save(self, texts: dict[int, str]):
        publishing.save_all(
            [publishing.submission(f"_posts/{n}.md", text, "UTC") for n, text in texts.items()],
            reason="test",
        )

    def addresses(self) -> list[str]:
        found = ["/", "/archive/", "/sitemap.xml", "/sitemap-news.xml", "/rss.xml", "/atom.xml"]
        found += [f"/{kind}/" for kind in ("tags", "categories", "authors", "sources")]
        found += [post.address for post in Post.objects.all()]
        found += [story.get_absolute_url() for story in Story.objects.select_related("post")]
        for model in (Tag, Category, Author, Source):
            for label in model.objects.all():
                found += [label.get_absolute_url(), f"{label.get_absolute_url()}rss.xml"]
        for day in {post.day for post in Post.objects.all()}:
            found += [f"/{day:%Y/%m/%d}/", f"/{day:%Y/%m}/", f"/{day:%Y}/"]
        return list(dict.fromkeys(found))

    def warm(self) -> list[Page]:
        """Real pages, and those of a site that is older: the same of times and posts before."""
        site, pages = Site(limit=1 << 30), []
        addresses = self.addresses()
        self.real = len(addresses)
        while addresses:
            asked = addresses.pop()
            answer = site.ask(asked)
            self.assertEqual(answer.status, 200, asked)
            carried = frozenset(answer.headers["Surrogate-Key"].split())
            pages.append(entry(asked, carried))
            if 'href="?before=' in answer.text:
                cursor = answer.text.split('href="?before=')[1].split('"')[0]
                addresses.append(f"{asked.split('?')[0]}?before={cursor}")
        older = [page for page in pages if is_past(page)]
        ages = range(1, 1 + -(-(PAGES - len(pages)) // len(older)))
        pages += [aged(page, age) for age in ages for page in older]
        return pages[:PAGES]

    def edit(self, kind: str, number: int, turn: int):
        day = self.start - timedelta(days=DAYS - 1 - number)
        if kind == "typo":
            self.save({number: document(number, day) + f"More {turn}.\n"})
        elif kind == "title":
            self.save({number: document(number, day).replace("title: Post", f"title: New {turn}")})
        elif kind == "tag":
            self.save({number: document(number, day, tags=f"[t{turn % 7}, w{turn % 3}]")})
        elif kind == "withdraw":
            self.save({number: document(number, day, published="false")})
        else:
            self.save({1000 + turn: document(1000 + turn, self.start + timedelta(minutes=turn))})

    def test_with_an_edit_a_second_95_of_100_requests_are_hits(self):
        pages = self.warm()
        self.assertEqual(len(pages), PAGES)
        live = [entry_of(self.store, page) for page in pages]
        draw, hits, purged = random.Random(7), Counter(), Counter()
        for turn, kind in enumerate(draw.sample(EDITS, len(EDITS))):
            # Editors mend what is new: half of the edits are of the last ten posts.
            low = DAYS - 10 if turn % 2 else 0
            before = len(self.store)
            self.edit(kind, draw.randrange(low, DAYS), turn)
            self.journal.poll()
            purged[kind] += before - len(self.store)
            for _request in range(REQUESTS):
                # A third of the readers come to what lists and feeds show first.
                index = draw.randrange(self.real if draw.random() < 0.33 else PAGES)
                hits[live[index].live] += 1
                if not live[index].live:
                    live[index] = entry_of(self.store, pages[index])
        share = hits[True] / hits.total()
        each = {kind: purged[kind] / EDITS.count(kind) for kind in purged}
        self.assertGreaterEqual(share, 0.95, f"{share:.3f} of requests are hits; purged {each}")
        self.assertLess(each["typo"], 0.005 * PAGES, each)


def entry(address: str, carried: frozenset[str]) -> Page:
    path, _sep, query = address.partition("?")
    known = Address(False, path, (("query", query),))
    state = journal.State("", 0.0, "", 0)
    return Page(known, 200, [], {"": b""}, etag="", keys=carried, until=None, state=state)


def entry_of(store: Store, page: Page) -> Page:
    """A page, warm again."""
    made = entry(f"{page.address.path}?{page.address.values[0][1]}", page.keys)
    store.put(made, lambda: False)
    return made


def is_past(page: Page) -> bool:
    """True for what closed with its time: not the head of a list, and not the whole of one."""
    dated = any(DATED.match(key) for key in page.keys)
    return dated and not any(key.endswith(("@new", "@")) for key in page.keys)


def aged(page: Page, age: int) -> Page:
    """The same page of a time so many site lives ago."""
    return entry(
        f"{page.address.path}?{page.address.values[0][1]}&age={age}",
        frozenset(_aged(key, age) for key in page.keys),
    )


def _aged(key: str, age: int) -> str:
    if key[0] in "pc" and key[1:].isdigit():
        return f"{key[0]}{int(key[1:]) + 10_000 * age}"
    if not (found := DATED.match(key)):
        return key
    scope, digits = found[1], found[2][1:]
    if found[2][0] == "y":
        return f"{scope}@y{int(digits) - age:04}"
    day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:] or 1)) - timedelta(days=DAYS * age)
    return f"{scope}@{found[2][0]}{day:%Y%m%d}"[: len(key)]
