"""What a save names: all that readers see otherwise than before, and nothing else."""

import ast
import io
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image as Pillow

import posts.publishing.changed as changed
import posts.publishing.merging as merging
from posts import publishing
from posts.caching import keys
from posts.models import Category, Change, Job, Post, Redirect, Source, Tag
from tests.cast import DIGEST, ROOT, digest, plain, save

PATH = "_posts/2026-03-05-port.md"
DAY = "20260305"
SEARCH = keys.SEARCH  # whatever readers see of any post may be looked for


class Changes(TestCase):
    def named(self, work, *arguments, **options) -> set[str]:
        """The keys that some work names."""
        Change.objects.all().delete()
        work(*arguments, **options)
        rows = Change.objects.values_list("keys", flat=True)
        return {name for row in rows for name in row.split()} - {keys.NOTHING}

    def setUp(self):
        self.one = save()
        self.p, self.c = keys.post(self.one.pk), keys.card(self.one.pk)

    def tag(self, slug: str) -> str:
        return keys.label("tag", Tag.objects.get(slug=slug).pk)

    def labels(self, kind: str) -> set[int]:
        """The keys of all labels of the post; a source's are those of its citations."""
        rows = self.one.citations if kind == "source" else getattr(self.one, f"{kind}_rows")
        return set(rows.values_list(f"{kind}_id", flat=True))

    def source(self, host: str) -> str:
        return keys.label("source", Source.objects.get(host=host).pk)


class Saves(Changes):
    def test_a_typo_names_the_post_and_its_line_of_the_sitemap(self):
        text = DIGEST.replace("风向决定航线", "风向决定航向")
        self.assertEqual(self.named(save, text), {SEARCH, self.p, f"map~{DAY}"})

    def test_a_save_that_changes_nothing_names_nothing(self):
        self.assertEqual(self.named(save), set())
        self.assertEqual(self.named(publishing.rebuild, [self.one]), set())

    def test_a_title_names_the_card_and_no_list(self):
        text = digest(title='"另一个题目"', slug=self.one.slug)
        self.assertEqual(self.named(save, text), {SEARCH, self.p, self.c, f"map~{DAY}"})

    def test_a_translation_key_names_the_card_where_one_of_several_is_named(self):
        names = self.named(save, digest(translation_key="k"))
        self.assertEqual(names, {SEARCH, self.p, self.c, keys.translated("k"), f"map~{DAY}"})

    def test_a_new_address_names_what_leads_there(self):
        names = self.named(save, digest(slug="elsewhere"))
        self.assertEqual(names, {SEARCH, self.p, self.c, f"map~{DAY}", keys.REDIRECTS})

    def test_a_post_that_comes_names_every_list_at_its_time(self):
        names = self.named(
            save,
            plain("Two", "2026-03-06", tags="[ai]", categories="[tech]", lang="fr"),
            "_posts/two.md",
        )
        two = Post.objects.get(path="_posts/two.md")
        at = f"{two.published_at:%Y%m%d}"
        ai, tech = self.tag("ai"), keys.label("category", Category.objects.get().pk)
        self.assertEqual(
            names,
            {
                keys.post(two.pk), keys.card(two.pk), keys.MONTHS, keys.REDIRECTS, SEARCH,
                "i-tags",
                "i-categories", keys.sections("fr"), f"all~{at}", f"all.fr~{at}", f"{ai}~{at}",
                f"{ai}.fr~{at}", f"{tech}~{at}", f"{tech}.fr~{at}", "day~20260306",
                "day.fr~20260306", "map~20260306",
            },
        )  # fmt: skip

    def test_a_post_that_goes_names_every_list_that_had_it(self):
        came = self.named(save, DIGEST, "_posts/again.md")
        again = Post.objects.get(path="_posts/again.md")
        self.assertEqual(self.named(publishing.withdraw, again), came)
        again.refresh_from_db()
        self.assertEqual(self.named(publishing.publish, again), came)
        for name in (self.source("harbour.example"), self.source("ferry.example")):
            self.assertTrue(any(one.startswith(f"{name}~") for one in came))
        self.assertEqual(len([name for name in came if name.startswith("u")]), 3)

    def test_a_post_that_moves_in_time_names_both_times(self):
        names = self.named(save, digest(date="2026-04-07"))
        for day in (DAY, "20260407"):
            self.assertIn(f"day~{day}", names)
            self.assertIn(f"map~{day}", names)
        self.assertIn(f"{self.tag('ai')}~20260304", names)  # midnight of its zone
        self.assertIn(f"{self.tag('ai')}~20260406", names)

    def test_another_language_names_the_lists_of_both(self):
        save(digest(lang="fr"))
        names = self.named(save, digest(lang="de"))
        for language in ("fr", "de"):
            self.assertIn(f"{self.tag('ai')}.{language}~20260304", names)
            self.assertIn(keys.sections(language), names)

    def test_another_tag_names_its_list_and_what_stands_beside_those_of_the_other_labels(self):
        names = self.named(save, DIGEST.replace("  - ai\n", "  - sea\n"))
        kept = {keys.label(kind, pk) for kind in ("tag", "category", "author", "source")
                for pk in self.labels(kind)}  # fmt: skip
        self.assertEqual(
            names,
            {SEARCH, self.p, self.c, f"map~{DAY}", "i-tags", keys.REDIRECTS,
             *map(keys.beside, kept),
             *(f"{self.tag(slug)}~20260304" for slug in ("ai", "sea")),
             *(f"{self.tag(slug)}.zh-hans~20260304" for slug in ("ai", "sea"))},
        )  # fmt: skip

    def test_another_cited_page_names_both_pages_and_their_sources(self):
        names = self.named(
            save, DIGEST.replace("https://ferry.example/north", "https://new.example/x")
        )
        for page in ("ferry.example/north", "new.example/x"):
            self.assertIn(keys.cited(page), names)
            self.assertIn(f"{self.source(page.split('/')[0])}~20260304", names)
        self.assertNotIn(keys.cited("maps.example/north"), names)
        self.assertFalse({keys.MONTHS, "i-tags", keys.MENU} & names)

    def test_the_order_of_stories_names_the_archives_of_their_sources(self):
        first, second = (DIGEST.index(f"### 第{n}条") for n in "一二")
        end = DIGEST.index("## 分析")
        text = DIGEST[:first] + DIGEST[second:end] + DIGEST[first:second] + DIGEST[end:]
        names = self.named(save, text)
        self.assertIn(f"{self.source('ferry.example')}~20260304", names)

    def test_a_renamed_story_names_what_leads_to_it(self):
        names = self.named(save, DIGEST.replace("渡船改线", "渡船又改线"))
        self.assertEqual(names, {SEARCH, self.p, self.c, f"map~{DAY}", keys.REDIRECTS})

    def test_a_story_text_names_the_post(self):
        names = self.named(save, DIGEST.replace("渡船改走北线。", "渡船改走南线。"))
        self.assertEqual(names, {SEARCH, self.p, f"map~{DAY}"})

    def test_a_draft_names_nothing_but_what_leads_to_it(self):
        text = plain("Draft", "2026-03-06", draft="true", tags="[ai]")
        self.assertEqual(self.named(save, text, "_posts/draft.md"), set())
        self.assertEqual(self.named(save, text + "More.\n", "_posts/draft.md"), set())

    def test_a_post_of_the_future_names_nothing_before_its_time(self):
        at = (timezone.now() + timedelta(hours=1)).isoformat()
        self.assertEqual(self.named(save, plain("Soon", at), "_posts/soon.md"), set())

    def test_a_post_that_comes_within_minutes_is_named_with_its_saving(self):
        at = (timezone.now() + timedelta(minutes=1)).isoformat()
        self.assertIn(keys.MONTHS, self.named(save, plain("Soon", at), "_posts/soon.md"))

    def test_an_old_address_more_names_redirects(self):
        names = self.named(save, digest(redirect_from="/old/"))
        self.assertEqual(names, {SEARCH, self.p, f"map~{DAY}", keys.REDIRECTS})

    def test_a_batch_writes_one_row(self):
        wanted = [
            publishing.submission(f"_posts/{n}.md", plain(f"N {n}", "2026-03-06"), "UTC")
            for n in range(3)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            publishing.save_all(wanted, reason="test")
        notes = [one for one in queries if "posts_change" in one["sql"]]
        self.assertEqual(len(notes), 1)

    def test_many_posts_that_come_at_once_name_everything(self):
        def came(count, **values):
            texts = {
                f"_posts/{n}.md": plain(f"N {n}", "2026-03-06", **values) for n in range(count)
            }
            wanted = [publishing.submission(path, text, "UTC") for path, text in texts.items()]
            return self.named(publishing.save_all, wanted, reason="test")

        self.assertEqual(came(changed.MOST_NEW + 1, draft="true"), set())
        Post.objects.all().delete()
        self.assertEqual(came(changed.MOST_NEW + 1), {keys.EVERYTHING})
        Post.objects.all().delete()
        self.assertIn(keys.MONTHS, came(changed.MOST_NEW))

    def test_what_is_refused_names_nothing(self):
        def refused():
            with self.assertRaises(publishing.Conflict):
                save(DIGEST + "\nMehr.\n", based_on=17)

        self.assertEqual(self.named(refused), set())

    def test_a_delivery_that_waits_names_nothing(self):
        def deliver(text):
            wanted = publishing.submission(PATH, text, self.one.zone)
            return publishing.deliver([wanted])

        deliver(DIGEST)
        save(DIGEST.replace("渡船改走北线", "渡船改走南线"))
        names = self.named(deliver, DIGEST.replace("渡船改走北线", "渡船改走东线"))
        self.assertEqual(names, set())


class Rows(Changes):
    def test_a_renamed_label_names_itself_and_its_index(self):
        tag = Tag.objects.get(slug="ai")
        tag.name = "AI"
        self.assertEqual(
            self.named(publishing.save_row, tag), {self.tag("ai"), "i-tags", keys.REDIRECTS, SEARCH}
        )

    def test_a_category_names_the_sections_too(self):
        category = Category.objects.get()
        category.position = 1
        names = self.named(publishing.save_row, category)
        self.assertIn(keys.sections("*"), names)
        self.assertIn("i-categories", names)

    def test_redirects_name_redirects(self):
        row = Redirect(old_path="/from/", target="/")
        self.assertEqual(self.named(publishing.save_row, row), {keys.REDIRECTS})
        self.assertEqual(self.named(publishing.delete_row, row), {keys.REDIRECTS})

    def test_a_merge_names_both_labels_and_then_the_lists_that_posts_come_to(self):
        one, other = Tag.objects.get(slug="ai"), Tag.objects.get(slug="港口")
        save(plain("Two", "2026-03-06 12:00 +0000", tags="[ai]"), "_posts/two.md")
        labels = {self.tag("ai"), self.tag("港口"), "i-tags", keys.REDIRECTS, SEARCH}
        moved = {f"{self.tag(slug)}~20260306" for slug in ("ai", "港口")}
        names = self.named(publishing.start_merge, one, other)
        self.assertLessEqual(labels, names)
        names |= self.named(publishing.run_all)
        self.assertLessEqual(moved, names)
        self.assertNotIn(keys.post(self.one.pk), names)
        names = self.named(publishing.undo, Job.objects.get())
        self.assertLessEqual(labels, names)
        names |= self.named(publishing.run_all)
        self.assertLessEqual(moved, names)

    def test_merged_sources_name_the_archives_that_stories_come_to(self):
        one, other = (Source.objects.get(host=f"{name}.example") for name in ("ferry", "harbour"))
        names = self.named(publishing.start_merge, one, other)
        names |= self.named(publishing.run_all)
        self.assertIn(f"{keys.label('source', one.pk)}~20260304", names)
        self.assertIn(f"{keys.label('source', other.pk)}~20260304", names)

    def test_posts_that_come_later_in_a_merge_are_named_by_its_steps(self):
        one, other = Tag.objects.get(slug="ai"), Tag.objects.get(slug="港口")
        save(plain("Two", "2026-03-06 12:00 +0000", tags="[ai]"), "_posts/two.md")
        with mock.patch.object(merging, "FIRST", 0):
            names = self.named(publishing.start_merge, one, other)
        self.assertNotIn(f"{self.tag('ai')}~20260306", names)
        self.assertIn(f"{self.tag('ai')}~20260306", self.named(publishing.run_all))

    def test_a_selection_names_what_its_posts_change(self):
        job = publishing.start_selection("withdraw", [self.one.pk])
        names = self.named(publishing.run_all)
        self.assertEqual(job.total, 1)
        self.assertIn(self.p, names)
        self.assertIn(keys.MONTHS, names)


class Imports(Changes):
    def test_a_picture_that_arrives_names_the_posts_that_show_it(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "_posts").mkdir()
        text = plain("Picture", "2026-03-07", "![](/images/a.png)")
        (folder / "_posts" / "2026-03-07-picture.md").write_text(text)

        def bring():
            call_command("import_posts", str(folder), stdout=io.StringIO())

        bring()
        post = Post.objects.get(title="Picture")
        (folder / "images").mkdir()
        for colour in ("red", "blue"):
            Pillow.new("RGB", (9, 9), colour).save(folder / "images" / "a.png")
            names = self.named(bring)
            self.assertIn(keys.post(post.pk), names)
            self.assertIn(keys.card(post.pk), names)
        self.assertEqual(self.named(bring), set())


WRITES = {
    "save", "delete", "update", "create", "bulk_create", "bulk_update", "get_or_create",
    "update_or_create", "insert",
}  # fmt: skip
# Modules that write rows. Those of ``publishing`` are called by saving, rows, merging and
# relabelling, which note what readers see of it; the rest writes what no page shows.
WRITERS = (
    {
        "posts.publishing." + name
        for name in (
            "children",
            "deliveries",
            "jobs",
            "labels",
            "merging",
            "pings",
            "rebuilding",
            "redirects",
            "relabelling",
            "rows",
            "saving",
            "selections",
            "steps",
            "stories",
        )
    }
    | {"posts.files.importing", "posts.files.pictures", "posts.models.bulk"}
    | {"posts.search.index"}
)


class Writers(TestCase):
    def test_every_module_that_writes_rows_is_known(self):
        """A new one fails here until it is known to note what readers see of what it writes."""
        found = set()
        for path in sorted((ROOT / "posts").rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    chain = ast.unparse(node.func)
                    is_row = ".objects" in chain or chain.startswith(
                        ("bulk.", "row.", "obj.", "post.")
                    )
                    if node.func.attr in WRITES and is_row:
                        found.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
        self.assertLessEqual(found, WRITERS)
