"""What docstrings promise of costs, orders and errors, tried: queries are counted without those
that open and close transactions.
"""

import os
import struct
import zlib
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from newsroom import environment
from posts import publishing
from posts.admin import fields
from posts.caching.keys import Shown
from posts.content import frontmatter
from posts.content.problems import Unreadable
from posts.content.rendering import templating
from posts.deriving import stripping
from posts.models import Category, Post, Redirect, Source, Tag
from posts.models.labels import label_names
from posts.public import listings, views
from posts.public.responses import error_page, menu, site_facts
from posts.publishing import deliveries, delivering, relabelling, stories
from posts.publishing.children import read_children
from posts.publishing.labels import Labels, digest_switches
from posts.publishing.submissions import Change
from tests.cast import DIGEST, digest, plain, save

PATH = "_posts/2026-03-05-port.md"
FRAMES = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO", "BEGIN", "COMMIT")


def cost(work: Callable[[], Any]) -> int:
    """How many queries some work takes."""
    with CaptureQueriesContext(connection) as captured:
        work()
    return len([one for one in captured if not one["sql"].startswith(FRAMES)])


class CostsOfReading(TestCase):
    def setUp(self):
        self.post = save()

    def test_lists_names_and_menus_cost_one_query_each(self):
        self.assertEqual(cost(lambda: label_names([self.post.card])), 1)
        self.assertEqual(cost(lambda: label_names([])), 0)
        self.assertEqual(cost(lambda: listings.home().page("", 5, Shown())), 2)
        self.assertEqual(cost(lambda: menu()), 1)
        self.assertEqual(cost(site_facts), 1)
        self.assertEqual(cost(digest_switches), 1)
        self.assertEqual(cost(lambda: listings.labelled("tag", "ai")), 1)

    def test_the_check_of_health_costs_three_queries(self):
        self.assertEqual(cost(lambda: views.healthz(HttpRequest())), 3)

    def test_public_pages_neither_read_nor_write_the_session_of_an_editor(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        for address in ("/", self.post.address, "/nope/", "/rss.xml"):
            with CaptureQueriesContext(connection) as captured:
                self.client.get(address)
            self.assertNotIn("django_session", str(captured.captured_queries), address)

    def test_pages_of_errors_ask_no_database(self):
        for template, status in (("404.html", 404), ("410.html", 410)):
            self.assertEqual(cost(lambda t=template, s=status: error_page(HttpRequest(), t, s)), 0)

    def test_what_saving_reads_first_costs_what_it_says(self):
        wanted = publishing.submission(PATH, DIGEST)
        change = Change(wanted, self.post, "updated")
        self.assertEqual(cost(lambda: read_children([change])), 5)
        self.assertEqual(cost(lambda: read_children([])), 0)
        self.assertEqual(cost(lambda: Labels().read([change])), 4)
        change.kept = frozenset(("tags", "categories", "authors", "citations"))
        self.assertEqual(cost(lambda: read_children([change])), 1)
        self.assertEqual(cost(lambda: Labels().read([change])), 0)
        self.assertEqual(cost(lambda: stories.plans([wanted])), 1)
        self.assertEqual(cost(lambda: stories.plans([wanted], {PATH: self.post})), 0)
        other = publishing.submission(PATH, DIGEST.replace("渡船改线", "渡船换线"))
        self.assertEqual(cost(lambda: stories.plans([other])), 3)
        self.assertEqual(cost(lambda: deliveries.current([self.post])), 1)
        self.assertEqual(cost(lambda: deliveries.current([])), 0)
        self.assertEqual(cost(lambda: publishing.waiting(self.post)), 1)


class CostsOfWriting(TestCase):
    def test_an_unchanged_document_writes_nothing_and_a_new_one_takes_some_thirty_queries(self):
        wanted = publishing.submission(PATH, DIGEST)
        self.assertLessEqual(cost(lambda: publishing.save_all([wanted], reason="test")), 35)
        again = CaptureQueriesContext(connection)
        with again:
            publishing.save_all([publishing.submission(PATH, DIGEST)], reason="test")
        verbs = {one["sql"].split()[0] for one in again}
        self.assertLessEqual(verbs, {"SELECT", "SAVEPOINT", "RELEASE"})

    def test_queries_grow_far_slower_than_the_batch(self):
        costs = []
        for size in (1, 100):
            batch = [
                publishing.submission(f"_posts/2026-03-05-b{size}-{n}.md", digest(title=f"{n}"))
                for n in range(size)
            ]
            costs.append(cost(lambda batch=batch: publishing.save_all(batch, reason="test")))
        self.assertLessEqual(costs[1], 3 * costs[0], costs)

    def test_what_files_bring_is_answered_in_few_queries(self):
        first = [publishing.submission(PATH, DIGEST)]
        self.assertLessEqual(cost(lambda: delivering.answers(first)), 5)
        publishing.deliver(first)
        changed = [publishing.submission(PATH, DIGEST.replace("北线", "南线"))]
        self.assertLessEqual(cost(lambda: delivering.answers(changed)), 5)
        save(DIGEST.replace("灯塔的灯", "灯塔的大灯"), PATH)
        self.assertLessEqual(cost(lambda: delivering.answers(changed)), 6)

    def test_remembering_costs_five_queries_at_most(self):
        publishing.deliver([publishing.submission(PATH, DIGEST)])
        with mock.patch.object(deliveries, "remember", wraps=deliveries.remember) as remember:
            publishing.deliver([publishing.submission(PATH, DIGEST.replace("北线", "南线"))])
        changes, now = remember.call_args.args
        self.assertLessEqual(cost(lambda: deliveries.remember(changes, now)), 5)
        changes[0].submission = publishing.submission(PATH, DIGEST)
        self.assertEqual(cost(lambda: deliveries.remember(changes, now)), 0)

    def test_a_batch_is_brought_to_its_labels_in_nine_queries(self):
        save(plain("a", "2026-03-01", tags="[x, ai]"), "_posts/a.md")
        post = save(DIGEST, PATH)
        into, label = Tag.objects.get(slug="ai"), Tag.objects.get(slug="x")
        label.merged_into = into
        label.save()
        ids = list(Post.objects.values_list("pk", flat=True))
        work = lambda: relabelling.relabel(Tag, ids, [label.pk, into.pk])  # noqa: E731
        self.assertEqual(cost(work), 9)
        harbour, ferry = (
            Source.objects.get(host="harbour.example"),
            Source.objects.get(host="ferry.example"),
        )
        ferry.merged_into = harbour
        ferry.save()
        work = lambda: relabelling.relabel(Source, [post.pk], [ferry.pk, harbour.pk])  # noqa: E731
        self.assertEqual(cost(work), 7)

    def test_a_redirect_is_checked_in_two_queries_and_one_for_each_further_one(self):
        Redirect.objects.create(old_path="/b/", target="/c/")
        Redirect.objects.create(old_path="/c/", target="/d/")
        check = publishing.check_redirect
        self.assertEqual(cost(lambda: check(Redirect(old_path="/x/", target="/y/"))), 2)
        self.assertEqual(cost(lambda: check(Redirect(old_path="/a/", target="/b/"))), 4)

    def test_a_category_that_says_something_is_a_switch(self):
        save()
        Category.objects.filter(slug="tech").update(digest=False)
        self.assertEqual(digest_switches(), {"tech": False})


class TheForm(TestCase):
    def test_a_single_name_that_holds_a_comma_is_left_alone_by_who_does_not_touch_it(self):
        self.client.force_login(User.objects.create_superuser("editor"))
        front = 'title: a\ndate: 2026-03-05\nauthor: "Smith, John"\ntags:\n  - Paris, Texas\n'
        post = save(f"---\n{front}---\n\ntext\n", "_posts/2026-03-05-a.md")
        address = f"/admin/posts/post/{post.pk}/change/"
        form = self.client.get(address).context["adminform"].form
        data = {name: form.initial.get(name) or "" for name in form.fields}
        self.assertEqual(self.client.post(address, data | {"body": "new\n"}).status_code, 302)
        post.refresh_from_db()
        self.assertEqual(post.document, f"---\n{front}---\nnew\n")


class Texts(SimpleTestCase):
    @given(st.lists(st.text(alphabet="ab ，;'", min_size=1, max_size=6), min_size=2, max_size=4))
    def test_several_names_come_back_from_the_form_as_they_were(self, texts):
        names = list(dict.fromkeys(name for text in texts if (name := " ".join(text.split()))))
        if len(names) > 1:
            self.assertEqual(fields.split_names(fields.joined_names(names)), names)

    def test_the_number_of_lines_stays_whatever_the_templates(self):
        for body in (
            "{% highlight js %}a < b{% endhighlight %}\nnext\n",
            "{% highlight js %}a\nb\n{% endhighlight %}\nnext\n",
            "{% highlight js %}\na{% endhighlight %}\nnext\n",
            "{{< highlight go >}}a{{< /highlight >}}\nnext\n",
            '{{< figure src="a.png" caption="two\nlines" >}}\nnext\n',
            "{{</* youtube\nid */>}}\nnext\n",
            "{% highlight js %}\na\n{% endhighlight %}\nnext\n",
        ):
            resolved, _unknown = templating.resolve(body)
            self.assertEqual(resolved.count("\n"), body.count("\n"), resolved)
        self.assertIn(
            "<code>a &lt; b</code>",
            templating.resolve("{% highlight js %}a < b{% endhighlight %}")[0],
        )

    def test_control_characters_stay_though_a_text_uses_every_private_letter(self):
        few = "\x01" + "".join(map(chr, range(0xE000, 0xF800, 0x100)))
        text = f"---\ntitle: {few}\n---\n"
        self.assertEqual(frontmatter.read(text).values["title"], few)
        every = few + "".join(map(chr, range(0xF0000, 0xFFF00, 0x100)))
        with self.assertRaises(Unreadable) as caught:
            frontmatter.read(f"---\ntitle: {every}\n---\n")
        self.assertEqual(caught.exception.problem.code, "bad-yaml")

    def test_broken_pictures_raise_what_is_named(self):
        chunk = b"p\0\0broken"
        profile = struct.pack(">I4s", len(chunk), b"iCCP") + chunk + b"\0\0\0\0"
        with self.assertRaises((ValueError, IndexError, struct.error, zlib.error)):
            stripping.strip(b"\x89PNG\r\n\x1a\n" + profile, "PNG")


class Environment(SimpleTestCase):
    def test_a_bad_address_stops_the_start_with_one_sentence(self):
        for value, read in (
            ("postgresql://host:port/name", lambda: environment.database("X", None)),
            ("postgresql://[::1/name", lambda: environment.database("X", None)),
            ("sqlite://", lambda: environment.database("X", None)),
            ("http://[", lambda: environment.site_url("X", "")),
            ("https://news.example:99999", lambda: environment.site_url("X", "")),
            ("https://:80", lambda: environment.site_url("X", "")),
            ("tags/x", lambda: environment.path_segment("X", "admin")),
            ("a b", lambda: environment.path_segment("X", "admin")),
        ):
            with mock.patch.dict(os.environ, {"X": value}):
                self.assertRaises(ImproperlyConfigured, read)
        with mock.patch.dict(os.environ, {"X": "/desk/"}):
            self.assertEqual(environment.path_segment("X", "admin"), "desk")
