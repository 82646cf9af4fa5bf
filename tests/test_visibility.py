"""What is not public does not exist for readers, at any address that the site knows.

The addresses come from the URL resolver: a new pattern fails here until it is known how to fill it.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product
from urllib.parse import quote, unquote

from django.conf import settings
from django.test import SimpleTestCase, TestCase, tag
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone

from posts import publishing
from posts.models import Author, Category, Post, Source, Tag
from posts.public import archives, indexes, months, views
from posts.public.searches import views as searches
from posts.public.searches.suggestions import suggest
from tests.cast import ROOT, digest, later, plain, save

SECRET = "秘密"
FEED_QUERIES = ("?items=stories", "?content=summary", "?items=stories&content=summary")
FUTURE = "4102444800000000"  # a cursor's time from which every list is before


@dataclass
class Names:
    """What an address may name of one post."""

    day: date
    language: str
    slug: str
    pk: int
    story: list[str]
    labels: dict[str, list[str]]
    others: list[str] = field(default_factory=list)


NOBODY = Names(date(1987, 6, 5), "xx", "niemand", 999_999, ["nichts"], {}, ["/nirgends/"])
NOBODY.labels = dict.fromkeys(("tag", "category", "author", "host"), ["niemand"])

EVERYBODY = Names(date(2026, 3, 5), "en", "port", 1, ["nichts"], {})
EVERYBODY.labels = {
    "tag": ["ai"],
    "category": ["tech"],
    "author": ["港口编辑部"],
    "host": ["harbour.example"],
}


def names_of(post: Post) -> Names:
    hosts = post.citations.filter(source__host__contains="geheim")
    labels = {kind: list(getattr(post, f"{kind}_rows").values_list(f"{kind}__slug", flat=True))
              for kind in ("tag", "category", "author")}  # fmt: skip
    derived = publishing.submission(post.path, post.document, post.zone).derived
    labels["host"] = list(hosts.values_list("source__host", flat=True))
    return Names(
        post.day,
        post.language,
        post.slug,
        post.pk,
        list(post.stories.values_list("slug", flat=True)),
        labels,
        [*derived.written_addresses, *derived.usual_addresses],
    )


def public_patterns() -> list[URLPattern]:
    """Every pattern of the public site; the admin asks who you are."""
    found: list[URLPattern] = []
    waiting = list(get_resolver().url_patterns)
    while waiting:
        one = waiting.pop()
        if isinstance(one, URLResolver):
            if str(one.pattern) != f"{settings.ADMIN_PATH}/":
                assert not str(one.pattern), f"the walk does not know what is below {one.pattern}"
                waiting += one.url_patterns
        else:
            found.append(one)
    return found


def values(name: str, pattern: URLPattern, names: Names) -> list:
    """What may stand for one parameter of a pattern."""
    label = pattern.default_args.get("kind", "")
    known = {
        "year": [names.day.year],
        "month": [names.day.month],
        "day": [names.day.day],
        "language": [names.language],
        "host": names.labels["host"],
        "story": names.story,
        "part": [f"posts-{names.day:%Y-%m}"],
        "slug": names.labels.get(label, []) if label else [names.slug],
    }
    if name not in known:
        raise AssertionError(f"{pattern}: tell the walk what may stand for <{name}>")
    return known[name]


def filled(pattern: URLPattern, names: Names) -> list[str]:
    """The addresses of a pattern that name a post, or its labels."""
    converters = pattern.pattern.converters
    route = str(pattern.pattern)
    options = [values(name, pattern, names) for name in converters]
    found = []
    for chosen in product(*options):
        address = route
        for (name, converter), value in zip(converters.items(), chosen, strict=True):
            address = re.sub(rf"<(?:\w+:)?{name}>", converter.to_url(value), address)
        assert "<" not in address, f"the walk cannot fill {route}"
        found.append("/" + address)
    return found


def queries(pattern: URLPattern, names: Names) -> list[str]:
    """The query strings that an address of a pattern understands, and none."""
    if pattern.callback is suggest:
        return ["", "?q=a"]
    if getattr(pattern.callback, "__wrapped__", None) is searches.search:
        found = ["", "?q=ai", "?q=ai&order=relevance", "?q=ai&in=stories", "?q=tag:ai+after:2020"]
        return [*found, f"?q=ai&before={FUTURE}~{names.pk}", "?q=nichts"]
    if pattern.callback is searches.feed:
        return ["", *FEED_QUERIES, "?q=ai", "?q=ai&items=stories"]
    if "feed" in pattern.default_args:
        return ["", *FEED_QUERIES]
    view = getattr(pattern.callback, "__wrapped__", None)
    if view is indexes.index:
        return ["", *(f"?before={quote(one[0][:-1])}" for one in names.labels.values())]
    if view is views.listing:
        after = f"{FUTURE}~{names.pk}"
        cursors = (after, f"{after}~0", f"2099-01-01~{after}")  # those of posts, sources, days
        return ["", "?before=!", *(f"?before={cursor}" for cursor in cursors)]
    return [""]


def named(text: str) -> bool:
    """True if a text names something of a post that is held back."""
    return SECRET in text or "geheim" in text


@tag("long")
class Walk(TestCase):
    @classmethod
    def setUpTestData(cls):
        save()
        save(plain("Harbour", "2026-03-04", lang="en", tags="[ai]"), "_posts/2026-03-04-en.md")
        future = (timezone.localtime() + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S %z")
        held_back = [
            {"draft": "true", "date": "2021-01-11"},
            {"status": "draft", "date": "2021-02-12", "lang": "fr"},
            {"published": "false", "date": "2021-03-13"},
            {"date": future},
            {"date": "2021-05-15", "lang": "fr", "expiryDate": "2022-01-01"},
            {"draft": "true", "date": "2026-03-05"},  # on a day that readers know
        ]
        cls.hidden = [cls.save_hidden(n, changes) for n, changes in enumerate(held_back)]
        publishing.start_merge(Tag.objects.get(slug="秘密签0"), Tag.objects.get(slug="秘密签1"))
        publishing.run_all()

    @staticmethod
    def save_hidden(number: int, changes: dict[str, str]) -> Post:
        text = digest(
            title=f"{SECRET}{number}",
            author=f"{SECRET}者{number}",
            redirect_from=f"/{SECRET}-alt-{number}/",
            source=f'"https://geheim{number}.example/x"',
            **changes,
        )
        text = text.replace("灯塔", f"{SECRET}词").replace("渡船", f"{SECRET}词")
        text = text.replace("  - 港口\n  - ai\n", f"  - {SECRET}签{number}\n")
        text = text.replace("  - tech\n", f"  - {SECRET}栏{number}\n")
        hosts = r"https://(www\.)?(harbour|ferry|maps)\.example"
        text = re.sub(hosts, f"https://geheim{number}.example", text)
        return save(text, f"_posts/2021-01-11-geheim{number}.md")

    def answer(self, address: str) -> tuple[int, bytes, str]:
        """Status, body and the address that it leads to, without the asker's own query."""
        response = self.client.get(address)
        location = unquote(response.get("Location", "").partition("?")[0])
        for name, value in response.headers.items():
            held_back = (".fr@", ".fr~") if "fr" not in address else ()
            self.assertFalse([one for one in held_back if one in value], (name, address))
        self.assertFalse(
            named(unquote(response.content.decode(errors="replace")) + location), address
        )
        return response.status_code, response.content, location

    def same(self, address: str, expected: tuple[int, bytes, str]):
        """The address answers as what does not exist."""
        self.assertEqual(self.answer(address), expected, address)
        if address.endswith("/"):
            self.assertEqual(self.client.head(address).status_code, expected[0], address)

    @staticmethod
    def public_addresses() -> list[tuple[URLPattern, str]]:
        languages = ("zh-hans", "en", "fr", "xx")
        names = [replace(EVERYBODY, language=language) for language in languages]
        return [(p, a) for p in public_patterns() for one in names for a in filled(p, one)]

    def test_the_cast_is_what_the_walk_takes_it_for(self):
        self.assertEqual(Post.objects.published().count(), 2)
        self.assertEqual(len({post.address for post in self.hidden}), len(self.hidden))
        for post in self.hidden:
            names = names_of(post)
            self.assertTrue(all((names.story, names.others, *names.labels.values())), post)

    def test_whatever_an_address_names_of_it_is_as_if_it_did_not_exist(self):
        walked, missing, public = 0, {}, {a for _p, a in self.public_addresses()}
        for pattern in public_patterns():
            if not pattern.pattern.converters:
                continue
            for post in self.hidden:
                names = names_of(post)
                nobody = replace(NOBODY, language="xx" if post.language == "fr" else "zh-hans")
                other = filled(pattern, nobody)[0]
                for address in filled(pattern, names):
                    if address in public:
                        continue  # a year or day that readers know; the next test looks at it
                    pairs = zip(queries(pattern, names), queries(pattern, nobody), strict=True)
                    for one, two in ((address + q, other + r) for q, r in pairs):
                        missing[two] = missing.get(two) or self.answer(two)
                        self.same(one, missing[two])
                        walked += 1
        self.assertGreater(walked, 1500)

    def test_no_list_archive_feed_or_sitemap_names_it(self):
        seen = 0
        for pattern, address in self.public_addresses():
            for query in queries(pattern, EVERYBODY):
                self.answer(address + query)
                seen += 1
        for kind in ("tags", "categories", "authors", "sources"):
            self.answer(f"/sitemap-archives-{kind}.xml")
        self.assertGreater(seen, 300)

    def test_old_addresses_and_other_spellings_lead_to_none_of_it(self):
        missing = self.client.get("/nirgends/").content
        for post in self.hidden:
            names = names_of(post)
            addresses = [*names.others, *(old.rstrip("/") for old in names.others)]
            addresses += [f"/zh-hans{post.address}", post.address.upper(), post.address.rstrip("/")]
            addresses += [f"/tags/{slug.upper()}/" for slug in names.labels["tag"]]
            addresses += [f"/sources/www.{host.upper()}/" for host in names.labels["host"]]
            addresses += [f"{old}{slug}/" for old in names.others for slug in names.story]
            for address in addresses:
                response = self.client.get(address)
                self.assertEqual((response.status_code, response.content), (404, missing), address)

    def test_a_pattern_that_the_walk_does_not_know_fails_it(self):
        new = path("kiosk/<str:shelf>/", archives.archive)
        with self.assertRaisesMessage(AssertionError, "shelf"):
            filled(new, NOBODY)

    def test_months_are_those_of_the_querysets(self):
        self.assertEqual(months.months(), [date(2026, 3, 1)])
        self.assertEqual(months.months("fr"), [])

    def test_no_language_is_spoken_by_what_is_held_back(self):
        for address in ("/fr/", "/fr/rss.xml", "/fr/archive/", "/fr/feeds/", "/fr/tags/"):
            self.assertEqual(self.client.get(address).status_code, 404, address)

    def test_labels_that_lead_to_nothing_are_not_listed(self):
        for model in (Tag, Category, Author, Source):
            key = "host" if model is Source else "slug"
            listed = model.objects.listed().values_list(key, flat=True)
            self.assertFalse([one for one in listed if SECRET in one or "geheim" in one], model)


class Clock(TestCase):
    def test_an_expiring_post_is_gone_by_the_clock_alone(self):
        end = (timezone.localtime() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S %z")
        post = save(digest(expiryDate=end))
        story = f"{post.address}{quote(post.stories.first().slug)}/"
        addresses = [post.address, story, "/tags/ai/", "/sources/harbour.example/rss.xml", "/2026/"]
        for address in addresses:
            self.assertEqual(self.client.get(address).status_code, 200, address)
        with later(hours=2):
            for address in addresses:
                self.assertEqual(self.client.get(address).status_code, 404, address)
            self.assertEqual(months.months(), [])

    def test_one_property_and_the_querysets_agree(self):
        post = save()
        for changes in ({}, {"expires_at": timezone.now()}, {"expires_at": None}):
            Post.objects.filter(pk=post.pk).update(**changes)
            post.refresh_from_db()
            self.assertEqual(post.is_public, Post.objects.published().exists(), changes)


class Rooms(SimpleTestCase):
    def test_nothing_outside_the_models_asks_a_row_whether_it_is_public(self):
        condition = re.compile(
            r"(published_at__(lte|isnull)|listed_at__|coverage_at__|expires_at__)"
        )
        for room in ("public", "admin", "api", "files", "templatetags", "management"):
            for file in (ROOT / "posts" / room).rglob("*.py"):
                self.assertIsNone(condition.search(file.read_text()), file)
