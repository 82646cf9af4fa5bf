"""What others wrote is parsed, compared and decoded in child processes, and that not for long."""

import ast
import json
import os
import resource
import signal
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from unittest import TestCase, mock

from django.contrib.auth.models import User
from django.db import connection
from django.test import TestCase as DatabaseTestCase
from django.test import tag

from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.content.recognition import NoPost
from posts.deriving import pool
from posts.deriving.child import Child
from posts.deriving.limits import Limits, Overrun
from posts.deriving.pool import File, Pool
from tests.cast import DIGEST, ROOT, digest, save

ADMIN = "/admin/posts/post/"
LIMIT = 2.0
START = 3.0  # seconds of CPU time that a child may need to start on a slow machine
TOML = "+++\ntitle = 't'\n" + "".join(f"k{n} = 1\n" for n in range(17_000)) + "+++\nwords\n"
SHAPES = {
    "brackets": "[" * 1_000_000,
    "images": "![" * 10_000,
    "half links": "[a](b" * 5_000,
    "quotes": ">" * 20_000,
    "quoted lines": ("> " * 500 + "a\n") * 20,
    "bold": "**a" * 10_000,
    "tags": "<a " * 10_000,
    "comments": "<!--" * 5_000,
    "divs": "<div>" * 50_000,
    "wide table": "|"
    + "a|" * 5_000
    + "\n|"
    + "-|" * 5_000
    + "\n"
    + ("|" + "a|" * 5_000 + "\n") * 5,
    "nested lists": "\n".join("  " * n + "- a" for n in range(500)),
    "steps": "\n".join(" " * (n % 40) + "- x" for n in range(10_000)),
    "abbreviations": "\n".join(f"*[A{n}]: x" for n in range(2_000)) + "\n\n" + "A1 " * 2_000,
    "backticks": " ".join("`" * n for n in range(1, 300)),
    "emphasis": "*_" * 10_000,
    "liquid": "{%a {{" * 10_000,
    "footnotes": "[^1]: a\n" * 5_000,
    "headings": "### x\n" * 5_000,
    "sources": "   " * 3_000 + "**Source",
    "front matter": "",
}


def cpu_of_children() -> float:
    """Seconds of CPU time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Case(TestCase):
    def pool(self, **options) -> Pool:
        pool = Pool(**({"size": 1} | options))
        self.addCleanup(pool.close)
        return pool

    def refused(self, job, *arguments) -> str:
        """The code of the refusal; empty if the job had a result."""
        try:
            job(*arguments)
        except Unreadable as error:
            return error.problem.code
        return ""


@tag("slow")
class HostileDocuments(Case):
    def test_no_document_uses_more_than_its_cpu_time_and_the_pool_goes_on(self):
        pool, refused = self.pool(time_limit=LIMIT), []
        for name, body in SHAPES.items():
            text = f"---\ntitle: t\n---\n{body}"
            if name == "front matter":
                text = "---\na: " + "[" * 100_000
            before = cpu_of_children()
            refused.append(self.refused(pool.derive, text, "a.md", "UTC"))
            self.assertLess(cpu_of_children() - before, 2 * LIMIT + START, name)
        self.assertIn("too-slow", refused)
        self.assertEqual(pool.derive("---\ntitle: t\n---\nfine", "a.md", "UTC").html, "<p>fine</p>")

    def test_a_document_too_long_is_refused_unread(self):
        with self.assertRaises(Unreadable) as raised:
            Pool().derive("a" * 2_000_001, "a.md", "UTC")
        self.assertEqual(raised.exception.problem.code, "too-large")

    def test_front_matter_alone_is_read_within_the_limit(self):
        pool = self.pool(time_limit=0.02)  # far less than these 170 kB take
        self.assertEqual(self.refused(pool.read, TOML), "too-slow")
        self.assertEqual(self.refused(pool.why_no_post, TOML, "page.md"), "too-slow")
        self.assertEqual(self.refused(pool.patched, TOML, {"title": "u"}), "too-slow")
        self.assertEqual(self.pool().read(DIGEST).values["date"], "2026-03-05")

    def test_two_texts_are_compared_within_the_limit(self):
        pool = self.pool(time_limit=0.01)
        texts = ["\n".join(str(n * step % 150) for n in range(90_000)) for step in (7, 11)]
        self.assertEqual(self.refused(pool.compared, *texts), "too-slow")
        rows = self.pool().compared("a\nb", "a\nc", "#1", "#2")
        self.assertEqual(
            [kind for kind, line in rows if line in ("-b", "+c", " a")],
            ["same", "removed", "added"],
        )

    def test_a_job_that_wants_more_memory_than_it_may_is_refused(self):
        pool = self.pool()
        limits = Limits(seconds=60, memory=200_000_000)
        texts = ["\n".join(f"{n} {step}" for n in range(900_000)) for step in (1, 2)]
        with self.assertRaises(Overrun) as raised:
            pool.run("compared", limits, *texts, "", "")
        self.assertEqual(raised.exception.reason, "large")
        self.assertEqual(pool.derive("b", "2026-01-01-a.md", "UTC").html, "<p>b</p>")

    def test_a_result_that_would_fill_the_askers_memory_is_refused(self):
        pool = self.pool()
        with self.assertRaises(Overrun) as raised:
            pool.run("compared", Limits(60, 1_000_000_000), "x" * 60_000_000, "b", "", "")
        self.assertEqual(raised.exception.reason, "large")

    def test_what_a_front_matter_cannot_hold_is_said_as_it_was_in_the_child(self):
        with self.assertRaises(PatchError) as raised:
            self.pool().patched("Title: a\nDate: 2020-01-01\n\nx", {"title": "b\nc"})
        self.assertEqual(raised.exception.key, "cannot-patch.line-break")

    def test_a_delivery_in_json_that_fills_the_memory_is_refused_by_a_child(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "bomb.json").write_text("[" + "[],\n" * 20_000_000 + "0]")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        code = self.refused(self.pool().unpacked, folder / "bomb.json", folder / "out")
        self.assertEqual(code, "too-much-memory")
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        self.assertLess(grown, 100_000)  # kilobytes

    def test_one_post_of_a_delivery_that_cannot_be_written_costs_itself(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        deep = json.loads('{"a":' * 900 + "1" + "}" * 900)
        posts = [
            {"filename": "2026-01-01-a", "front_matter": {"title": "t"}, "content": "one"},
            {"filename": "2026-01-02-b", "front_matter": deep, "content": "two"},
            {"filename": "2026-01-03-c", "front_matter": {"a": "x" * 300_000}, "content": "3"},
            {"filename": "2026-01-04-d", "content": "\ud800"},
        ]
        (folder / "in.json").write_text(json.dumps({"posts": posts}))
        found = self.pool().unpacked(folder / "in.json", folder / "out")
        self.assertEqual(
            [one.problem.code if one.problem else "" for one in found],
            ["", "too-deep", "too-large", "bad-character"],
        )
        written = (folder / "out").read_bytes()
        self.assertEqual(written[: found[0].length], b"---\ntitle: t\n---\n\none\n")


class Clocks(Case):
    """The limit is CPU time: neither a start nor a busy machine counts."""

    def test_a_cold_start_does_not_count_against_the_documents_time(self):
        pool = self.pool(time_limit=0.05)  # starting alone takes more
        self.assertEqual(pool.derive("a", "2026-01-01-a.md", "UTC").html, "<p>a</p>")

    def test_a_machine_that_gives_the_child_no_time_refuses_nothing(self):
        pool = self.pool(time_limit=0.4)
        pool.derive("a", "2026-01-01-a.md", "UTC")
        child = pool.free.pop()
        pool.free.append(child)
        os.kill(child.process.pid, signal.SIGSTOP)
        found = []
        asking = threading.Thread(
            target=lambda: found.append(pool.derive("b" * 300_000, "2026-01-01-a.md", "UTC"))
        )
        asking.start()
        time.sleep(1)  # longer than the limit, and more text than a pipe holds
        os.kill(child.process.pid, signal.SIGCONT)
        asking.join()
        self.assertEqual(found[0].words, 1)

    def test_a_child_that_never_answers_is_given_up_in_the_end(self):
        self.enterContext(mock.patch("posts.deriving.pool.PATIENCE", 2))
        pool = self.pool(time_limit=0.4)
        pool.derive("a", "2026-01-01-a.md", "UTC")
        child = pool.free.pop()
        pool.free.append(child)
        os.kill(child.process.pid, signal.SIGSTOP)
        self.assertEqual(self.refused(pool.derive, "b", "2026-01-01-a.md", "UTC"), "no-answer")
        self.assertEqual(child.process.returncode, -signal.SIGKILL)


class Children(Case):
    def test_children_that_were_all_killed_are_replaced(self):
        pool = self.pool(size=3)
        children = [Child() for _ in range(3)]
        for child in children:
            child.process.kill()
            child.process.wait()
            pool.free.append(child)
        self.assertEqual(pool.derive("b", "2026-01-01-a.md", "UTC").html, "<p>b</p>")

    def test_a_child_that_is_killed_at_work_costs_no_other_thread_its_answer(self):
        made = []
        self.enterContext(
            mock.patch("posts.deriving.pool.Child", lambda: made.append(Child()) or made[-1])
        )
        pool = self.pool(size=2, time_limit=600)
        hostile = "---\ntitle: t\n---\n" + SHAPES["brackets"]
        codes = []
        working = threading.Thread(
            target=lambda: codes.append(self.refused(pool.derive, hostile, "a.md", "UTC"))
        )
        working.start()
        while not made:
            time.sleep(0.01)
        for n in range(10):  # one hostile document does not keep others waiting
            self.assertEqual(pool.derive(f"{n}", "2026-01-01-a.md", "UTC").html, f"<p>{n}</p>")
        self.assertTrue(working.is_alive())
        while working.is_alive():
            idle = [pool.free.pop() for _ in range(len(pool.free))]
            for child in set(made) - set(idle):
                child.process.kill()
            for child in idle:
                pool.free.append(child)
            working.join(0.05)
        self.assertEqual(codes, ["render-died"])

    def test_a_pool_that_was_used_before_a_fork_starts_anew_behind_it(self):
        pool = self.pool()
        pool.derive("a", "2026-01-01-a.md", "UTC")
        first = pool.free.pop()
        pool.free.append(first)
        pool.slots.acquire()  # as a thread of the parent might hold it
        forked = os.fork()
        if not forked:
            try:
                pool.begin_anew()
                answer = pool.derive("b", "2026-01-01-a.md", "UTC").html
                os._exit(0 if answer == "<p>b</p>" else 1)
            except BaseException:
                os._exit(2)
        self.assertEqual(os.waitpid(forked, 0)[1], 0)
        pool.slots.release()
        self.assertEqual(pool.derive("c", "2026-01-01-a.md", "UTC").html, "<p>c</p>")
        self.assertIsNone(first.process.poll())

    def test_a_server_with_more_than_a_thousand_open_files_can_ask(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with ExitStack() as stack:
            for _ in range(1_100):
                stack.enter_context(open(os.devnull))
            self.assertEqual(self.pool().derive("a", "2026-01-01-a.md", "UTC").html, "<p>a</p>")

    def test_a_child_that_grew_large_gives_its_memory_back(self):
        pool = self.pool()
        texts = ["\n".join(f"{n} {step}" for n in range(500_000)) for step in (1, 2)]
        pool.run("compared", Limits(seconds=60, memory=2_000_000_000), *texts, "", "")
        for _ in range(len(pool.free)):
            child = pool.free.pop()
            pages = int(Path(f"/proc/{child.process.pid}/statm").read_text().split()[1])
            self.assertLess(pages * resource.getpagesize(), 300_000_000)
            child.close()

    def test_a_large_parent_does_not_make_its_children_end_after_every_job(self):
        large = bytearray(400_000_000)
        large[::4096] = bytes(len(large[::4096]))
        pool = self.pool()
        pool.derive("a", "2026-01-01-a.md", "UTC")
        self.assertEqual(len(pool.free), 1)


class Files(Case):
    """Many files in one request: what each comes to is its own."""

    FINE = [File(f"---\ntitle: t{n}\n---\nwords", f"2026-01-01-{n}.md", "UTC") for n in range(9)]

    def titles(self, results: list) -> list:
        return [getattr(result, "title", result) for result in results]

    def test_each_file_has_its_result_in_order_and_what_is_no_post_its_reason(self):
        files = [*self.FINE[:2], File("---\na: [\n---\n", "2026-01-02-x.md", "UTC")]
        files += [File("about us", "about.md", "UTC"), File("a" * 2_000_001, "b.md", "UTC")]
        results = self.pool().derive_files([*files, self.FINE[2]])
        self.assertEqual(self.titles(results[:2]) + self.titles(results[-1:]), ["t0", "t1", "t2"])
        self.assertEqual(results[2].problem.code, "bad-yaml")
        self.assertEqual(results[3], NoPost("no-front-matter"))
        self.assertEqual(results[4].problem.code, "too-large")
        self.assertEqual(self.pool().derive_files([]), [])

    def test_files_are_derived_as_a_single_document_is(self):
        pool, switches = self.pool(), {"tech": False}
        other = "---\ncategories: tech\ndate: 2026-01-01 10:00\n---\n## News\n\n### a\n\nb"
        files = [
            File(DIGEST, "2026-01-01-a.md", "UTC"),
            File(other, "2026-01-02-b.md", "Asia/Tokyo"),
        ]
        alone = [pool.derive(*file, switches) for file in files]
        self.assertEqual(pool.derive_files(files, switches), alone)

    def test_a_hostile_file_costs_no_other_its_result(self):
        files = list(self.FINE)
        files[4] = File("---\ntitle: t\n---\n" + "[" * 1_000_000, "2026-01-02-a.md", "UTC")
        files[7] = File("---\ntitle: t\n---\n" + "> " * 900_000, "2026-01-03-a.md", "UTC")
        results = self.pool(time_limit=0.4).derive_files(files)
        self.assertEqual(self.titles(results[:4]), ["t0", "t1", "t2", "t3"])
        self.assertEqual(results[4].problem.code, "too-slow")
        self.assertEqual(self.titles([results[5], results[8]]), ["t5", "t8"])

    def test_a_child_that_is_killed_between_files_costs_nothing(self):
        pool = self.pool()
        children = [Child()]
        children[0].process.kill()
        pool.free.append(children[0])
        self.assertEqual(len(self.titles(pool.derive_files(self.FINE))), 9)
        self.assertEqual(self.titles(pool.derive_files(self.FINE))[8], "t8")

    def test_files_that_take_longer_than_one_may_are_each_within_their_limit(self):
        pool = self.pool(time_limit=0.3)
        body = "\n\n".join(f"*a* [b](https://x.example/{n})" for n in range(400))
        files = [file._replace(text=file.text + body) for file in self.FINE * 4]
        before = cpu_of_children()
        results = pool.derive_files(files)
        pool.close()
        self.assertEqual([result for result in results if isinstance(result, Unreadable)], [])
        self.assertGreater(cpu_of_children() - before, 0.3)


class Editing(DatabaseTestCase):
    """The form and the comparison of revisions: whatever is typed in, nobody waits for long."""

    def setUp(self):
        self.client.force_login(User.objects.create_superuser("editor"))

    def form(self, post) -> dict:
        form = self.client.get(f"{ADMIN}{post.pk}/change/").context["adminform"].form
        initial = {name: form.initial.get(name) for name in form.fields}
        return {name: "" if value is None else value for name, value in initial.items()}

    def send(self, post, **changes):
        return self.client.post(f"{ADMIN}{post.pk}/change/", self.form(post) | changes)

    def test_the_process_that_serves_reads_and_patches_no_front_matter_and_compares_nothing(self):
        post = save()
        with (
            mock.patch("posts.content.frontmatter.read", side_effect=AssertionError),
            mock.patch("posts.content.frontmatter.patch", side_effect=AssertionError),
            mock.patch("posts.content.comparing.rows", side_effect=AssertionError),
        ):
            self.assertEqual(self.send(post, title="乙").status_code, 302)
            self.assertEqual(self.send(post, status="withdrawn").status_code, 302)
            page = self.client.get(f"{ADMIN}{post.pk}/revisions/1/")
        post.refresh_from_db()
        self.assertEqual((post.title, post.status, post.version), ("乙", "withdrawn", 3))
        self.assertContains(page, "+published: false")

    def test_nothing_is_read_or_derived_while_a_transaction_is_open(self):
        post, depth = save(), len(connection.savepoint_ids)
        seen = []

        def asked(real):
            return lambda *given: (seen.append(len(connection.savepoint_ids)), real(*given))[1]

        with mock.patch.object(pool.shared, "run", asked(pool.shared.run)):
            self.assertEqual(self.send(post, title="乙", status="withdrawn").status_code, 302)
        self.assertGreater(len(seen), 3)
        self.assertEqual(set(seen), {depth})

    def test_front_matter_typed_into_the_body_of_a_file_without_any_is_an_error_at_the_field(self):
        post = save("只有正文\n", "_posts/2026-03-05-none.md")
        for typed in ("---\ntitle: [\n---\nx\n", "+++\na = \n+++\nx\n", '{"a": \n'):
            response = self.send(post, body=typed)
            self.assertIn(response.status_code, (200, 302), typed)
            if response.status_code == 200:
                self.assertTrue(response.context["adminform"].form.errors["body"], typed)

    def test_slow_front_matter_typed_into_the_body_is_refused(self):
        post = save("只有正文\n", "_posts/2026-03-05-none.md")
        data = self.form(post) | {"body": TOML}
        with mock.patch.object(pool.shared, "document", Limits(0.05, 500_000_000)):
            response = self.client.post(f"{ADMIN}{post.pk}/change/", data)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.context["adminform"].form.errors["body"])

    def test_tags_of_210_kilobytes_are_an_error_and_no_500(self):
        post = save()
        response = self.send(post, tags="\n".join(f"tag number {n}" for n in range(15_000)))
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.context["adminform"].form.errors)

    def test_revisions_that_take_too_long_to_compare_are_shown_without_the_comparison(self):
        texts = ["\n".join(str(n * step % 150) for n in range(90_000)) for step in (7, 11)]
        post = save(digest(body=texts[0]))
        save(digest(body=texts[1]))
        page = self.client.get(f"{ADMIN}{post.pk}/revisions/1/")
        self.assertEqual(len(page.context["rows"]), 2_000)
        self.enterContext(mock.patch.object(pool.shared, "document", Limits(0.01, 500_000_000)))
        page = self.client.get(f"{ADMIN}{post.pk}/revisions/1/")
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page.context["rows"], [])


class Elsewhere(TestCase):
    """Serving, importing and editing never parse, compare or decode what others made."""

    def test_only_content_and_the_jobs_of_the_children_do_it(self):
        forbidden = {"difflib", "PIL", "tomllib", "tomlkit", "yaml", "json.loads"}
        forbidden |= {"frontmatter.read", "frontmatter.patch", "metadata.read", "derive.derive"}
        jobs = {"calls.py", "worker.py", "cleaning.py", "unpacking.py", "protocol.py"}
        jobs |= {"drawing.py", "lettering.py"}
        for path in sorted((ROOT / "posts").rglob("*.py")):
            parts = path.relative_to(ROOT / "posts").parts
            if parts[0] in ("content", "migrations") or (
                parts[0] == "deriving" and parts[-1] in jobs
            ):
                continue
            tree = ast.parse(path.read_text())
            # Cards and kept pages: plain values that the site wrote itself.
            written = {("caching", "shared.py"), ("models", "cards.py"), ("public", "sitemaps.py")}
            written |= {("caching", "menus.py"), ("models", "labels.py"), ("models", "sites.py")}
            written |= {("public", "searches", "results.py"), ("public", "translations.py")}
            written |= {("public", "sitemap_parts.py")}
            own = {"json.loads"} if parts in written else set()
            used = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    used |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    used.add((node.module or "").split(".")[0])
            self.assertEqual(used & forbidden - own, set(), path)
