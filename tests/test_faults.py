"""What we stand on breaks: the site says so in plain words, goes on reading, and mends itself."""

import errno
import logging
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import SkipTest
from unittest import TestCase as PlainTestCase
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import (
    Client,
    SimpleTestCase,
    TestCase,
    TransactionTestCase,
    override_settings,
    tag,
)

from newsroom import logs
from newsroom.logs import Outages
from newsroom.sqlite.base import DatabaseWrapper
from posts import publishing
from posts.models import Post
from posts.public import faults, jinja
from tests.cast import DIGEST, digest, save
from tests.support import postgres, servers

MANIFEST = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}
TRACES = ("Traceback", "OperationalError", "sqlite3", "psycopg", "posts/public")


class SQLiteFile:
    """An SQLite file under our own backend, and real refusals of it."""

    def __init__(self, folder: str):
        self.path = Path(folder) / "x.sqlite3"

    def open(self, **options) -> DatabaseWrapper:
        return DatabaseWrapper(
            settings.DATABASES["default"]
            | {"ENGINE": "newsroom.sqlite", "NAME": str(self.path), "OPTIONS": options}
            | {"TIME_ZONE": None, "AUTOCOMMIT": True, "CONN_MAX_AGE": None}
            | {"CONN_HEALTH_CHECKS": False},
            "other",
        )

    def error(self, *statements: str, **options) -> DatabaseError:
        """The exception that the last statement raises."""
        wrapper = self.open(**options)
        try:
            with wrapper.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except DatabaseError as error:
            return error
        finally:
            wrapper.close()
        raise AssertionError("nothing was refused")


class Diagnosis(SimpleTestCase):
    """Real errors of both databases and of the system, told apart by their codes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="newsroom-faults-")
        self.addCleanup(folder.cleanup)
        self.file = SQLiteFile(folder.name)

    def test_a_locked_database_is_away(self):
        with closing(sqlite3.connect(self.file.path, isolation_level=None)) as other:
            other.execute("CREATE TABLE t (x)")
            other.execute("BEGIN EXCLUSIVE")
            error = self.file.error("INSERT INTO t VALUES (1)", timeout=0.05)
        self.assertEqual(faults.diagnose(error), faults.AWAY)

    def test_a_full_disk(self):
        error = self.file.error(
            "CREATE TABLE t (x)",
            "PRAGMA max_page_count=3",
            "INSERT INTO t VALUES (zeroblob(100000))",
        )
        self.assertEqual(faults.diagnose(error), faults.FULL)
        for code in (errno.ENOSPC, errno.EDQUOT):
            self.assertEqual(faults.diagnose(OSError(code, "x")), faults.FULL)

    def test_a_disk_that_can_only_be_read(self):
        error = self.file.error("CREATE TABLE t (x)", "PRAGMA query_only=1", "DROP TABLE t")
        self.assertEqual(faults.diagnose(error), faults.READ_ONLY)
        self.assertEqual(faults.diagnose(OSError(errno.EROFS, "x")), faults.READ_ONLY)

    def test_no_file_no_tables_or_no_database_at_all(self):
        self.assertEqual(faults.diagnose(self.file.error("SELECT 1 FROM nowhere")), faults.AWAY)
        self.file.path.write_bytes(b"no database, but long enough to be read as one" * 100)
        self.assertEqual(faults.diagnose(self.file.error("SELECT 1 FROM x")), faults.AWAY)
        self.file.path = self.file.path / "no" / "folder"
        self.assertEqual(faults.diagnose(self.file.error("SELECT 1")), faults.AWAY)

    def test_our_own_mistakes_are_500(self):
        for error in (
            self.file.error("SELEC 1"),
            self.file.error("CREATE TABLE t (x UNIQUE)", *["INSERT INTO t VALUES (1)"] * 2),
            RuntimeError("x"),
            FileNotFoundError(errno.ENOENT, "x"),
            None,
        ):
            self.assertEqual(faults.diagnose(error), "", error)

    def test_a_fault_behind_another_exception_is_found(self):
        try:
            try:
                raise OSError(errno.ENOSPC, "x")
            except OSError as cause:
                raise ValueError("y") from cause
        except ValueError as error:
            self.assertEqual(faults.diagnose(error), faults.FULL)

    def test_a_file_without_a_log_is_read_where_nothing_can_be_written(self):
        with closing(sqlite3.connect(self.file.path, isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE t (x)")
        broken = sqlite3.OperationalError("disk I/O error")
        broken.sqlite_errorcode = sqlite3.SQLITE_IOERR
        connect, calls = sqlite3.connect, []

        def refuse_first(**options):
            calls.append(options["database"])
            if len(calls) == 1:
                raise broken
            return connect(**options)

        wrapper = self.file.open(init_command="PRAGMA journal_mode=WAL")
        with patch("django.db.backends.sqlite3.base.Database.connect", refuse_first):
            self.assertEqual(wrapper.cursor().execute("SELECT * FROM t").fetchall(), [])
            with self.assertRaises(DatabaseError) as refused:
                wrapper.cursor().execute("INSERT INTO t VALUES (1)")
        self.assertEqual(faults.diagnose(refused.exception), faults.READ_ONLY)
        wrapper.errors_occurred = False
        wrapper.close_if_unusable_or_obsolete()
        self.assertIsNone(wrapper.connection)  # the next request may write again
        Path(f"{self.file.path}-wal").write_bytes(b"not in the file yet")
        calls.clear()
        with patch("django.db.backends.sqlite3.base.Database.connect", refuse_first):
            self.assertEqual(faults.diagnose(self.file.error("SELECT 1")), faults.AWAY)


class Writing(TransactionTestCase):
    """Nothing can be written: a plain sentence, nothing half-written, reading goes on."""

    def setUp(self):
        self.post = save()
        self.client = Client(raise_request_exception=False)
        self.client.force_login(get_user_model().objects.create_superuser("anna", "", "x"))

    @contextmanager
    def read_only(self):
        """Real refusals by the database itself."""
        variable = (
            "PRAGMA query_only={}"
            if connection.vendor == "sqlite"
            else "SET default_transaction_read_only={}"
        )
        with connection.cursor() as cursor:
            cursor.execute(variable.format("on"))
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(variable.format("off"))

    def post_form(self):
        page = self.client.get(f"/admin/posts/post/{self.post.pk}/change/")
        data = {
            field.html_name: field.value() if field.value() is not None else ""
            for field in page.context["adminform"].form
        }
        return self.client.post(f"/admin/posts/post/{self.post.pk}/change/", data | {"title": "新"})

    def test_reading_goes_on_and_an_editor_is_told_plainly(self):
        self.client.get("/admin/")
        with self.read_only():
            for address in ("/", self.post.address, "/rss.xml", "/healthz", "/admin/posts/post/"):
                self.assertEqual(self.client.get(address).status_code, 200, address)
            response = self.post_form()
        self.assertEqual(response.status_code, 503)
        self.assertIn("Retry-After", response)
        for word in TRACES:
            self.assertNotContains(response, word, status_code=503)
        self.assertContains(response, "<h1>", status_code=503)
        self.assertNotContains(response, 'style="', status_code=503)

    def test_an_editor_reads_on_although_the_session_cannot_be_renewed(self):
        with (
            self.read_only(),
            patch("newsroom.middleware.time.time", return_value=time.time() + 3600),
        ):
            self.assertEqual(self.client.get("/admin/").status_code, 200)

    def test_nothing_is_half_written(self):
        before = list(Post.objects.values()), self.post.revisions.count()
        with (
            self.read_only(),
            self.assertRaises(DatabaseError),
            transaction.atomic(),
        ):
            publishing.save(path=self.post.path, document=digest(title="新"), reason="test")
        self.assertEqual((list(Post.objects.values()), self.post.revisions.count()), before)

    def test_a_full_disk_in_a_save_is_a_503(self):
        full = OSError(errno.ENOSPC, "No space left on device")
        with patch("posts.admin.posts.PostAdmin.save_model", side_effect=full):
            response = self.post_form()
        self.assertEqual(response.status_code, 503)


class Pages(TestCase):
    def setUp(self):
        self.client = Client(raise_request_exception=False)

    def broken(self, error: Exception, address="/feeds/", method="get"):
        with patch("posts.public.subscribe.render_page", side_effect=error):
            return getattr(self.client, method)(address)

    def test_the_500_page_needs_nothing_and_its_links_work(self):
        with (
            override_settings(
                STORAGES=settings.STORAGES | MANIFEST,
                STATIC_ROOT="/nonexistent",
            ),
            self.assertNumQueries(0),
        ):
            response = self.broken(RuntimeError("secret detail"), "/feeds/")
        self.assertEqual(response.status_code, 500)
        self.assertNotContains(response, "secret detail", status_code=500)
        text = response.content.decode()
        links = set(re_links(text))
        self.assertEqual(links, {"/", "/static/site/site.css", "/static/site/icon.svg"})
        for link in links:
            self.assertEqual(self.client.get(link).status_code, 200, link)

    def test_healthz_fails_when_pages_would(self):
        self.assertEqual(self.client.get("/healthz").status_code, 200)
        jinja.static_address.cache_clear()  # as in a new process
        with override_settings(STORAGES=settings.STORAGES | MANIFEST, STATIC_ROOT="/nonexistent"):
            for address in ("/", "/healthz"):  # collectstatic was forgotten
                self.assertEqual(self.client.get(address).status_code, 500, address)

    def test_an_outage_is_one_record_a_minute_for_each_kind_of_exception(self):
        outages = Outages()

        def passes(status: int, error: Exception) -> bool:
            trace = (type(error), error, None)
            record = logging.LogRecord("django.request", logging.ERROR, "", 0, "x", (), trace)
            record.status_code = status
            return outages.filter(record)

        with patch("newsroom.logs.time.monotonic") as clock:
            clock.return_value = 1000.0
            self.assertTrue(passes(503, OSError()))
            self.assertFalse(passes(503, OSError()))
            self.assertTrue(passes(503, DatabaseError()))
            self.assertTrue(passes(500, OSError()))
            self.assertTrue(passes(500, OSError()))
            clock.return_value += logs.PERIOD
            self.assertTrue(passes(503, OSError()))

    def test_the_page_of_an_outage_is_rendered_once(self):
        faults._rendered.cache_clear()
        with patch.object(faults, "render_to_string", wraps=faults.render_to_string) as render:
            pages = [self.broken(OSError(errno.ENOSPC, ""), "/feeds/") for _n in range(3)]
        self.assertEqual([page.status_code for page in pages], [503] * 3)
        self.assertEqual(len({page.content for page in pages}), 1)
        self.assertEqual(render.call_count, 1)

    def test_a_page_that_cannot_be_rendered_is_still_an_answer(self):
        faults._rendered.cache_clear()
        with patch("posts.public.faults.render_to_string", side_effect=OSError(errno.EIO, "x")):
            response = self.broken(RuntimeError("secret detail"), "/feeds/")
        self.assertEqual(response.status_code, 500)
        self.assertIn("text/plain", response["Content-Type"])

    def test_a_fault_is_never_kept_by_a_cache(self):
        for error, status in ((RuntimeError(), 500), (OSError(errno.ENOSPC, ""), 503)):
            response = self.broken(error, "/feeds/")
            self.assertEqual(response.status_code, status)
            self.assertIn("no-store", response["Cache-Control"])
            self.assertNotIn("ETag", response)


def re_links(html: str) -> list[str]:
    """Every address that a page names."""
    return [part.split('"', 1)[0] for part in html.split('href="')[1:]]


@tag("slow")
class RealFaults(PlainTestCase):
    """The site under its server, and what it stands on really taken away."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-faults-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, url: str) -> dict[str, str]:
        """Of a site that keeps no pages; ``test_page_cache_processes`` has one that does."""
        return {
            "DATABASE_URL": url,
            "MEDIA_ROOT": str(self.folder / "media"),
            "PAGE_CACHE_MB": "0",
        }

    def fill(self, environment: dict[str, str]):
        source = self.folder / "_posts"
        source.mkdir(exist_ok=True)
        (source / "2026-03-05-port.md").write_text(DIGEST)
        servers.manage(environment, "migrate", "-v0")
        servers.manage(environment, "import_posts", str(source))

    def assert_away(self, base: str, *addresses: str):
        for address in addresses:
            answer = servers.ask(base, address)
            self.assertEqual(answer.status, 503, address)
            self.assertEqual(answer.headers["Retry-After"], "30")
            self.assertIn("no-store", answer.headers["Cache-Control"])
            self.assertIn("Content-Security-Policy", answer.headers)
            for word in TRACES:
                self.assertNotIn(word.encode(), answer.body)

    def test_a_database_that_is_not_there_yet(self):
        environment = self.environment(f"sqlite:///{self.folder}/db/x.sqlite3")
        with servers.site(environment) as base:
            self.assert_away(base, "/", "/rss.xml", "/healthz", "/2026/03/05/port/", "/nope")
            self.assertEqual(servers.ask(base, "/static/site/site.css").status, 200)
            (self.folder / "db").mkdir()
            self.assert_away(base, "/", "/healthz")  # a database without tables
            self.fill(environment)
            for address in ("/", "/healthz", "/2026/03/05/port/"):
                self.assertEqual(servers.ask(base, address).status, 200, address)

    def test_postgresql_restarts(self):
        try:
            database = postgres.Server()
        except RuntimeError as error:
            raise SkipTest(str(error)) from None
        self.addCleanup(database.close)
        database.start()
        environment = self.environment(database.url)
        self.fill(environment)
        with servers.site(environment) as base:
            pages = ["/", "/rss.xml", "/2026/03/05/port/"]
            for _round in range(8):  # every thread has its connection
                self.assertEqual([servers.ask(base, page).status for page in pages], [200] * 3)
            database.stop()
            self.assert_away(base, "/", "/healthz", "/rss.xml", "/2026/03/05/port/")
            database.start()
            codes = [servers.ask(base, page).status for page in ["/healthz", *pages] * 8]
            self.assertLessEqual(codes.count(503), 1, codes)
            self.assertEqual(set(codes) - {503}, {200}, codes)

    @contextmanager
    def small_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True
        )
        if made.returncode:
            raise SkipTest("only root can mount a small disk to fill up")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)

    def test_a_disk_that_is_full_and_one_that_can_only_be_read(self):
        with self.small_disk() as disk:
            environment = self.environment(f"sqlite:///{disk}/x.sqlite3")
            self.fill(environment)
            with servers.site(environment) as base:
                self.assertEqual(servers.ask(base, "/").status, 200)
                self.fill_up(disk)
                self.assert_readable(base)
            with servers.site(environment) as base:  # started on the full disk
                self.assert_readable(base)
                (disk / "filler").unlink()
                self.assertEqual(self.sign_in(base).status, 200)  # wrong, but counted
            for left in disk.glob("x.sqlite3-*"):
                left.unlink()
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            with servers.site(environment) as base:
                self.assert_readable(base)

    def fill_up(self, disk: Path):
        with open(disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(os.urandom(4096))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)

    def sign_in(self, base: str) -> servers.Answer:
        page = servers.ask(base, "/admin/login/")
        token = page.body.split(b'csrfmiddlewaretoken" value="')[1].split(b'"')[0].decode()
        headers = {
            "Cookie": page.headers["Set-Cookie"].split(";")[0],
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = f"csrfmiddlewaretoken={token}&username=a&password=b"
        return servers.ask(base, "/admin/login/", "POST", body, headers=headers)

    def assert_readable(self, base: str):
        for address in ("/", "/2026/03/05/port/", "/rss.xml", "/healthz", "/admin/login/"):
            self.assertEqual(servers.ask(base, address).status, 200, address)
        refused = self.sign_in(base)
        self.assertEqual(refused.status, 503)
        for word in TRACES:
            self.assertNotIn(word.encode(), refused.body)
