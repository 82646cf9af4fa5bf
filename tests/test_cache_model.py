"""The page cache never shows what is no longer so: two processes beside a site without a cache."""

import re
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.db import connection, transaction
from django.test import TestCase, tag
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

import posts.caching.freshness as freshness
import posts.caching.journal as journal
import posts.caching.menus as menus
import posts.public.feeds as feeds
import posts.public.indexes as indexes
import posts.public.posts as post_views
import posts.public.views as views
import posts.publishing.merging as merging
from posts import models, publishing
from posts.caching.front import MB
from posts.caching.shared import Shared
from posts.models import Author, Category, Change, Job, Post, Redirect, Source, Story, Tag
from posts.publishing.sites import save_site
from posts.publishing.submissions import Refused
from tests.support.readers import Answer, Site

SMALL = (  # so that few posts fill pages
    (views, "PAGE_SIZE", 2),
    (indexes, "SIZE", 2),
    (post_views, "COVERAGE", 1),
    (feeds, "STORIES_SIZE", 3),
    (menus, "SECTIONS", 2),
    (merging, "FIRST", 1),
)
KINDS = {"tags": Tag, "categories": Category, "authors": Author, "sources": Source}
FEEDS = ("rss.xml", "atom.xml", "feed.json")
CONSTANT = [
    "/", "/archive/", "/feeds/", "/robots.txt", "/feeds.opml", "/sitemap.xml",
    "/sitemap-news.xml", *(f"/sitemap-archives-{kind}.xml" for kind in KINDS),
    *(f"/{kind}/" for kind in KINDS), *(f"/{feed}" for feed in FEEDS),
    "/rss.xml?items=stories", "/feed.json?content=summary", "/fr/", "/fr/tags/", "/fr/archive/",
    "/fr/feeds/", "/fr/rss.xml", "/ar/", "/ar/tags/", "/en/", "/old/", "/zh-hans/",
    "/zh-hans/tags/", "/older", "/feed/", "/tags/",
    "/categories?before=b", "/search/", "/search/?q=text", "/search/?q=one&order=relevance",
    "/search/?q=tag:a", "/search/?q=-two+text&in=stories", "/search/?q=source:one.example+-tag:b",
    "/search/?q=New", "/search/?q=nev", "/fr/search/?q=text", "/search/rss.xml?q=text",
    "/search/feed.json?q=category:tech&items=stories", "/search/suggest.json?q=n",
    "/fr/search/suggest.json?q=a",
]  # fmt: skip
PAGES = ("https://one.example/a", "https://one.example/b", "https://two.example/a")
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEADINGS = ("Lamp", "Ferry", "Harbour")


def forget_statements():
    """Statements that were put together with other sizes."""
    for module in (menus, post_views, views, indexes):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


class Keeper:
    """What processes hand to each other, in a dict."""

    def __init__(self):
        self.values = {}

    def read(self, name):
        return self.values.get(name)

    def write(self, name, value):
        self.values[name] = value


class Process:
    """One process: its journal, its memory, and a way to ask."""

    def __init__(self, keeper: Keeper | None = None, limit: int = 32 * MB, looks: bool = False):
        self.journal = journal.Journal(threaded=False)
        if looks:  # and so trusts what it knows of the menu, as the processes of a site do
            self.journal._thread = threading.current_thread()
        with self.here():
            self.site = Site(limit=limit, shared=Shared(keeper))

    def here(self):
        return mock.patch.object(journal, "shared", self.journal)

    def ask(self, address: str) -> tuple[Answer, bool]:
        """The answer, and whether it came from memory."""
        before = self.site.renderings
        with self.here():
            self.site.front.freshness.until = 0.0
            return self.site.ask(address), self.site.renderings == before

    def poll(self):
        with self.here():
            self.journal.poll()


@dataclass(frozen=True)
class Document:
    """What may be said of a post."""

    title: str = "One"
    date: datetime = datetime(2026, 3, 1)
    text: int = 0
    keys: tuple[tuple[str, str], ...] = ()
    stories: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cites: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"title: {self.title}", f"date: {self.date.isoformat()}"]
        lines += [f"{name}: {value}" for name, value in self.keys]
        lines += [f"{name}: [{', '.join(values)}]" for name, values in self.labels.items()]
        body = [f"Text {self.text}.", *(f"[{page[8:]}]({page})" for page in self.cites)]
        for heading, pages in self.stories:
            body += [f"## {heading}", f"Text of {heading} {self.text}."]
            body += [f"**Source:** [{page[8:]}]({page})" for page in pages]
        head = "\n".join(lines + (["digest: true"] if self.stories else []))
        return f"---\n{head}\n---\n\n" + "\n\n".join(body) + "\n"


def some(values, most=3):
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def documents(start: datetime):
    """Documents around a time: some of one time, some of days and years before, some to come."""
    days = (-1500, -400, -40, -40, -2, -1, 0)
    dates = [start + timedelta(days=day) for day in days] + [start + timedelta(hours=5)]
    until = (start + timedelta(hours=30)).isoformat()
    more = [
        ("lang", "fr"), ("lang", "ar"), ("draft", "true"), ("published", "false"),
        ("translation_key", "k"), ("translation_key", "l"), ("expiryDate", until),
        ("redirect_from", "/old/"), ("redirect_from", "/older/"), ("slug", "same"),
    ]  # fmt: skip
    return st.builds(
        Document,
        title=st.sampled_from(["One", "Two", "Three"]),
        date=st.sampled_from(dates),
        text=st.integers(0, 1),
        keys=st.just(())
        | st.lists(st.sampled_from(more), max_size=2, unique_by=lambda one: one[0]).map(tuple),
        stories=st.lists(
            st.tuples(st.sampled_from(HEADINGS), st.just(PAGES[:1]) | some(PAGES)),
            max_size=3,
            unique_by=lambda one: one[0],
        ).map(tuple),
        cites=some(PAGES, 2),
        labels=st.fixed_dictionaries(
            {
                "tags": some(["a", "b", "c"]),
                "categories": some(["tech", "sea", "land"], 2),
                "authors": some(["Ann", "Ben"], 1),
            }
        ),
    )


NUMBERS = st.integers(0, 3)  # of posts


class Readers(RuleBasedStateMachine):
    """Whatever happens: an address that is answered from memory has the answer of now."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.callback(transaction.set_rollback, True)
        for module, name, value in SMALL:
            self.stack.enter_context(mock.patch.object(module, name, value))
        forget_statements()
        self.stack.callback(forget_statements)
        self.now = self.start = START
        clock = mock.patch.object(timezone, "now", lambda: self.now)
        self.stack.enter_context(clock)
        started = mock.patch.object(freshness, "STARTED", self.now - timedelta(days=1))
        self.stack.enter_context(started)
        self.documents: dict[int, Document] = {}
        self.addresses = dict.fromkeys(CONSTANT)
        self.checks = 0
        self.plain = Process(limit=0)
        self.keeper = Keeper()
        journal.note(["first"])

    def teardown(self):
        self.stack.close()

    @initialize(data=st.data())
    def begin(self, data):
        for number in range(4):
            self.documents[number] = data.draw(documents(self.start))
        self.save_all(self.documents)
        self.processes = [Process(self.keeper, looks=number > 0) for number in range(2)]
        self.check()

    def path(self, number: int) -> str:
        return f"_posts/p{number}.md"

    def post(self, number: int) -> Post:
        return Post.objects.get(path=self.path(number))

    def save_all(self, wanted):
        submissions = [
            publishing.submission(self.path(number), str(document))
            for number, document in wanted.items()
        ]
        publishing.save_all(submissions, reason="test")

    def label(self, kind, number):
        rows = list(KINDS[kind].objects.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(data=st.data(), number=NUMBERS)
    def save(self, data, number):
        self.documents[number] = data.draw(documents(self.start))
        publishing.save(path=self.path(number), document=str(self.documents[number]), reason="test")
        self.check()

    @rule(data=st.data(), number=NUMBERS)
    def change_one_thing(self, data, number):
        other = data.draw(documents(self.start))
        name = data.draw(
            st.sampled_from(["title", "date", "text", "keys", "stories", "cites", "labels"])
        )
        known = self.documents[number]
        self.documents[number] = replace(known, **{name: getattr(other, name)})
        publishing.save(path=self.path(number), document=str(self.documents[number]), reason="test")
        self.check()

    @rule(data=st.data(), numbers=st.sets(NUMBERS, min_size=2, max_size=4))
    def bring_several(self, data, numbers):
        for number in numbers:
            self.documents[number] = data.draw(documents(self.start))
        self.save_all({number: self.documents[number] for number in numbers})
        self.check()

    @rule(number=NUMBERS)
    def publish(self, number):
        publishing.publish(self.post(number), now=self.now)
        self.check()

    @rule(number=NUMBERS)
    def withdraw(self, number):
        publishing.withdraw(self.post(number))
        self.check()

    @rule(number=NUMBERS)
    def restore(self, number):
        publishing.restore(self.post(number).revisions.order_by("number").first())
        self.check()

    @rule(number=NUMBERS, names=some(["a", "b", "New"]))
    def retag(self, number, names):
        publishing.retag(self.post(number), names)
        self.check()

    @rule(kind=st.sampled_from([Job.Kind.PUBLISH, Job.Kind.WITHDRAW]), numbers=some(range(4)))
    def select_in_the_admin(self, kind, numbers):
        publishing.start_selection(kind, [self.post(number).pk for number in numbers])
        publishing.run_all()
        self.check()

    @rule(number=NUMBERS, digest=st.sampled_from([None, True, False]))
    def switch_digests(self, number, digest):
        if label := self.label("categories", number):
            label.digest = digest
            publishing.save_row(label)
            publishing.start_rebuild(label)
            publishing.run_all()
            self.check()

    @rule(number=NUMBERS)
    def lose_the_date(self, number):
        text = str(self.documents[number])
        undated = re.sub(r"^date: .*\n", "", text, flags=re.MULTILINE)
        publishing.save(path=self.path(number), document=undated, reason="test")
        self.check()

    @rule(kind=st.sampled_from(["tags", "categories", "authors"]))
    def write_past_the_journal(self, kind):
        self.now += timedelta(seconds=1)
        KINDS[kind].objects.update(description="Raw", changed_at=self.now)
        self.check()

    @rule(hours=st.sampled_from([0.01, 3, 30, 75]))
    def wait(self, hours):
        self.now += timedelta(hours=hours)
        self.check()

    @rule(hours=st.sampled_from([0.001, 4, 40]))
    def clock_is_set_back(self, hours):
        self.now -= timedelta(hours=hours)
        self.check()

    @rule(kind=st.sampled_from([*KINDS]), number=NUMBERS, name=st.sampled_from(["a", "New", "x"]))
    def rename(self, kind, number, name):
        if label := self.label(kind, number):
            label.name = name
            publishing.save_row(label)
            self.check()

    @rule(number=NUMBERS, position=st.sampled_from([1, 100, 200]))
    def move_in_menu(self, number, position):
        if label := self.label("categories", number):
            label.position = position
            publishing.save_row(label)
            self.check()

    @rule(kind=st.sampled_from([*KINDS]), one=NUMBERS, other=NUMBERS)
    def merge(self, kind, one, other):
        label, into = self.label(kind, one), self.label(kind, other)
        if label and label != into:
            try:
                publishing.start_merge(label, into)
            except publishing.MergeError:
                return
            self.check()

    @rule(number=st.none() | NUMBERS)
    def pin(self, number):
        site = models.Site.objects.first() or models.Site()
        site.lead = None if number is None else self.post(number)
        save_site(site)
        self.check()

    @rule()
    def work(self):
        publishing.run_all()
        self.check()

    @rule(number=NUMBERS)
    def undo(self, number):
        jobs = list(Job.objects.filter(kind="merge").order_by("pk"))
        if jobs:
            try:
                publishing.undo(jobs[number % len(jobs)])
            except (publishing.UndoError, publishing.MergeError):
                return
            self.check()

    @rule(old=st.sampled_from(["/old/", "/older/", "/mine/"]), number=st.integers(0, 99))
    def redirect(self, old, number):
        known = ["/", "/tags/a/", "/nowhere/", "/mine/", *self.addresses]
        target = known[number % len(known)]
        if Redirect.objects.filter(old_path=old).exists() or "?" in target or target == old:
            return
        try:
            publishing.save_row(Redirect(old_path=old, target=target))
        except Refused:
            return
        self.check()

    @rule(number=NUMBERS)
    def remove_redirect(self, number):
        rows = list(Redirect.objects.order_by("pk"))
        if rows:
            publishing.delete_row(rows[number % len(rows)])
            self.check()

    @rule(number=st.integers(0, 1))
    def process_begins_anew(self, number):
        self.processes[number] = Process(self.keeper, looks=number > 0)
        self.check()

    def check(self):
        """Look at the changes, then ask every address of every process."""
        self.checks += 1
        for process in self.processes:
            process.poll()
        self.know_addresses()
        fresh: dict[str, Answer] = {}
        for process in self.processes:
            for address in [*self.addresses]:
                answer, remembered = process.ask(address)
                if not remembered:
                    self.harvest(address, answer)
                    fresh.setdefault(address, answer)
                    continue
                if address not in fresh:
                    fresh[address], _asked = self.plain.ask(address)
                assert seen(answer) == seen(fresh[address]), self.explained(
                    process, address, answer, fresh[address]
                )

    def know_addresses(self):
        posts = Post.objects.exclude(address=None).exclude(day=None).values_list("address", "day")
        for address, day in posts:
            found = [address, f"/{day:%Y}/", f"/{day:%Y/%m}/", f"/{day:%Y/%m/%d}/"]
            found += [f"/sitemap-posts-{day:%Y-%m}.xml", f"/fr/{day:%Y}/", f"/{day:%Y}/atom.xml"]
            found.append(f"/zh-hans/{day:%Y/%m/%d}/")
            self.addresses |= dict.fromkeys(found)
        for story in Story.objects.select_related("post"):
            if story.post.address:
                self.addresses[story.get_absolute_url()] = None
        for kind, model in KINDS.items():
            for label in model.objects.all():
                own = label.get_absolute_url()
                self.addresses |= dict.fromkeys(
                    [own, f"/fr{own}", f"/zh-hans{own}", f"{own}rss.xml"]
                )
                if kind == "tags":
                    self.addresses[f"{own}feed.json?items=stories"] = None
                    self.addresses[own.upper().replace("TAGS", "tags")] = None

    def harvest(self, address, answer):
        """The next page of a list."""
        if answer.status == 200:
            for rest in answer.text.split('href="?before=')[1:4]:
                cursor = rest.split('"')[0]
                self.addresses[f"{address.split('?')[0]}?before={cursor}"] = None

    def explained(self, process, address, answer, fresh):
        path = address.split("?")[0]
        pages = process.site.front.store.pages()
        carried = [sorted(page.keys) for page in pages if page.address.path == path]
        changes = list(Change.objects.order_by("pk").values_list("keys", flat=True))[-3:]
        return (
            f"{address}: from memory {answer.status} {answer.headers}\n{answer.text}\n"
            f"but now {fresh.status} {fresh.headers}\n{fresh.text}\n"
            f"it carries {carried}\nlast changes {changes}"
        )


def seen(answer: Answer) -> tuple:
    """What a reader gets; keys for a CDN may be of another day."""
    kept_out = {"Surrogate-Key", "Cache-Tag"}
    headers = {name: value for name, value in answer.headers.items() if name not in kept_out}
    return answer.status, headers, answer.text


class Model(TestCase):
    def run_machine(self, examples: int, steps: int):
        slow = connection.vendor != "sqlite"  # whose looks cost more within one transaction
        run_state_machine_as_test(
            Readers,
            settings=settings(
                max_examples=examples // 2 if slow else examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


@tag("long")
class Quick(Model):
    def test_what_is_remembered_is_what_would_be_made_now(self):
        self.run_machine(6, 10)


@tag("slow")
class Thorough(Model):
    def test_what_is_remembered_is_what_would_be_made_now(self):
        self.run_machine(12, 14)
