"""One rendering for many readers, pages from other processes, and what happens when parts fail."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.http import HttpResponse
from django.test import SimpleTestCase, override_settings

from posts.caching import addresses, answers, encodings, flights, keys, reports, shared
from tests.cast import save
from tests.support.readers import CachedSite, Site
from tests.test_page_store import page

POST = "/2026/03/05/port/"


class Folder(SimpleTestCase):
    """A folder for what processes hand to each other."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="newsroom-pages-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "pages"
        reports._next.clear()

    def file(self):
        return shared.Shared(shared.File(self.folder / "pages.sqlite3"))


class Handing(Folder):
    """Pages that processes of one machine hand to each other."""

    def test_a_page_comes_as_it_went(self):
        one = page("/港口/".encode().decode("latin-1"), os.urandom(5000), {"p1", "menu"})
        for forms in ({"": b"x" * 900}, {"br": encodings.compress(b"x" * 900, "br")}):
            one.forms = forms
            self.file().give(one)
            other = self.file().take(one.address)
            self.assertEqual(answers.as_json(other), answers.as_json(one))
            self.assertEqual(other.forms, one.forms)
            self.assertEqual((other.keys, other.state), (one.keys, one.state))

    def test_addresses_do_not_collide(self):
        names = {
            addresses.Address(secure, path, values).name
            for secure in (False, True)
            for path in ("/", "/?before=1", "/a/", "/a/?")
            for values in ((), (("before", "1"),), (("before", ""),), (("before", "1&x=2"),))
        }
        self.assertEqual(len(names), 32)

    def test_what_is_old_is_not_taken_and_goes(self):
        self.file().give(page())
        with mock.patch.object(shared.time, "time", return_value=time.time() + shared.KEPT + 1):
            self.assertIsNone(self.file().take(page().address))
            with mock.patch.object(shared, "CHECKED", 1):
                self.file().give(page("/other/"))
        with sqlite3.connect(self.folder / "pages.sqlite3") as database:
            self.assertEqual(database.execute("SELECT COUNT(*) FROM pages").fetchone(), (1,))

    def test_the_file_stays_within_its_limit(self):
        limits = {"CHECKED": 10, "FILE_LIMIT": 1_000_000}
        handed = self.file()
        with mock.patch.multiple(shared, **limits):
            for number in range(300):
                handed.give(page(f"/{number}/", os.urandom(20_000)))
        self.assertLess((self.folder / "pages.sqlite3").stat().st_size, 2_000_000)
        self.assertIsNone(handed.take(page("/0/").address))
        self.assertIsNotNone(handed.take(page("/299/").address))

    def test_a_damaged_file_is_made_anew(self):
        handed = self.file()
        handed.give(page())
        handed.keeper._opened().close()  # what is not in the file yet would mend it
        (self.folder / "pages.sqlite3").write_bytes(b"no database" * 1000)
        with self.assertLogs(reports.__name__, "WARNING") as logged:
            for _time in range(3):
                self.assertIsNone(self.file().take(page().address))
        self.assertEqual(len(logged.output), 1)
        handed = self.file()
        handed.give(page())
        self.assertIsNotNone(handed.take(page().address))

    def test_a_damaged_page_is_not_taken(self):
        handed = self.file()
        handed.give(page())
        with sqlite3.connect(self.folder / "pages.sqlite3") as database:
            (value,) = database.execute("SELECT value FROM pages").fetchone()
            for damaged in (
                value[:-1],
                value[:5],
                b"",
                value[:200] + b"!" + value[201:],
                b"x" * 99,
            ):
                database.execute("UPDATE pages SET value = ?", (damaged,))
                database.commit()
                self.assertIsNone(self.file().take(page().address), damaged[:20])

    def test_a_folder_that_cannot_be_written_is_a_slower_site(self):
        self.folder.parent.joinpath("pages").write_text("a file, no folder")
        handed = self.file()
        with self.assertLogs(reports.__name__, "WARNING"):
            handed.give(page())
        self.assertIsNone(handed.take(page().address))
        with flights.Flights(self.folder).alone("/") as waited:
            self.assertFalse(waited)

    def test_another_version_of_code_or_settings_uses_other_names(self):
        first = shared.epoch()
        self.assertEqual(shared.epoch(), first)
        for name, value in {
            "SITE_NAME": "Other",
            "SECURE_CSP": {"default-src": ["'self'"]},
            "SECURE_HSTS_PRELOAD": True,
            "SECURE_HSTS_SECONDS": 60,
            "SECURE_REFERRER_POLICY": "no-referrer",
            "SECURE_REDIRECT_EXEMPT": ["^x$"],
            "X_FRAME_OPTIONS": "SAMEORIGIN",
            "USE_X_FORWARDED_HOST": True,
            "TIME_ZONE": "UTC",
            "A_NEW_ONE": 1,
        }.items():
            with self.subTest(name), override_settings(**{name: value}):
                self.assertNotEqual(shared.epoch(), first)

    def test_a_secret_and_the_size_of_a_memory_do_not_part_processes(self):
        first = shared.epoch()
        for name, value in {"SECRET_KEY": "x" * 50, "PAGE_CACHE_MB": 1}.items():
            with self.subTest(name), override_settings(**{name: value}):
                self.assertEqual(shared.epoch(), first)

    def test_every_process_of_a_site_gives_its_pages_the_same_name(self):
        script = "import django; django.setup(); from posts.caching.shared import epoch"
        found = {
            subprocess.run(
                [sys.executable, "-c", f"{script}; print(epoch())"],
                env=os.environ | {"DJANGO_SETTINGS_MODULE": "newsroom.settings"} | seed,
                cwd=settings.BASE_DIR,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
        }
        self.assertEqual(len(found), 1)


class Processes(CachedSite, Folder):
    """Two processes of a site, as far as one can play both."""

    def setUp(self):
        super().setUp()
        self.post = save()
        self.site, self.other = (
            Site(shared=self.file(), flights=flights.Flights(self.folder)) for _process in range(2)
        )
        self.journal.listener = self.purge

    def purge(self, names):
        for site in (self.site, self.other):
            site.front.store.purge(names)

    def test_a_page_that_one_process_rendered_is_right_in_the_other(self):
        for address in ("/", POST, "/rss.xml?items=stories"):
            fresh = self.site.ask(address, headers={"Accept-Encoding": "br"})
            handed = self.other.ask(address, headers={"Accept-Encoding": "br"})
            self.assertEqual(handed, fresh)
            self.assertEqual(self.other.ask(address).text, fresh.text)
        self.assertEqual(self.other.renderings, 0)

    def test_a_page_of_another_process_that_changed_meanwhile_is_not_taken(self):
        self.site.ask(POST)
        self.journal.change(keys.post(self.post.pk))
        self.other.ask(POST)
        self.assertEqual(self.other.renderings, 1)

    def test_readers_who_come_together_cost_one_rendering(self):
        rendering, go_on = threading.Event(), threading.Event()
        count, lock = [], threading.Lock()

        def slow(environ, start_response):
            with lock:
                count.append(environ["PATH_INFO"])
            rendering.set()
            go_on.wait(10)
            return django(environ, start_response)

        django = self.site.front.application
        self.site.front.application = self.other.front.application = slow
        got = []
        readers = [
            threading.Thread(target=lambda site=site: got.append(site.ask("/nope/").status))
            for site in (self.site, self.other) * 10
        ]
        # Of a page that is not there, so that no thread needs the test's own connection.
        with mock.patch.object(Site, "_asked", slow), self.answered():
            for reader in readers:
                reader.start()
            rendering.wait(10)
            time.sleep(0.2)  # the others wait by now, or come later: one rendering either way
            go_on.set()
            for reader in readers:
                reader.join(20)
        self.assertEqual(got, [200] * 20)
        self.assertEqual(len(count), 1)

    def answered(self):
        def view(request, exception=None):
            response = HttpResponse("x" * 500)
            response.shown = keys.Shown({"menu"})
            return response

        return mock.patch("posts.public.redirects.Redirects.__call__", lambda _self, r: view(r))

    def test_an_answer_that_is_not_kept_makes_nobody_wait_twice(self):
        flying = flights.Flights(self.folder)
        flight, ours = flying.join("/")
        self.assertTrue(ours)
        same, ours = flying.join("/")
        self.assertFalse(ours)
        self.assertIs(same, flight)
        flying.leave("/", flight)
        same.wait()  # returns at once
        self.assertTrue(flying.join("/")[1])

    def test_a_rendering_that_hangs_holds_up_others_for_a_while_only(self):
        with mock.patch.multiple(flights, PATIENCE=0.05):
            flying, other = flights.Flights(self.folder), flights.Flights(self.folder)
            flight, _ours = flying.join("/")
            flight.wait()  # in the process
            with flying.alone("/"), other.alone("/") as waited:  # and between processes
                self.assertTrue(waited)
                with other.alone("/") as waited:
                    self.assertFalse(waited)  # it is not tried again soon

    def test_the_lock_of_a_process_that_was_killed_is_free(self):
        flying = flights.Flights(self.folder)
        with flying.alone("/"):
            (file,) = self.folder.glob("*.lock")
        child = os.fork()
        if child == 0:
            descriptor = os.open(file, os.O_RDWR)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            time.sleep(60)
        for _attempt in range(200):
            descriptor = os.open(file, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                time.sleep(0.01)
            except BlockingIOError:
                break
            finally:
                os.close(descriptor)
        os.kill(child, 9)
        os.waitpid(child, 0)
        with flying.alone("/") as waited:
            self.assertFalse(waited)


class Away(CachedSite):
    """The database cannot be asked, or something of ours is broken."""

    def setUp(self):
        super().setUp()
        save()
        reports._next.clear()

    def look_again(self, good: bool, away_for: float = 0.0):
        known = self.site.front.freshness
        self.journal.good = good
        known.until = 0.0
        known._good_at = time.monotonic() - away_for

    def test_the_last_right_pages_are_given_out_marked_stale(self):
        fresh, _hit = self.warm("/")
        for asked, status in (({}, 200), ({"If-None-Match": fresh.headers["ETag"]}, 304)):
            self.look_again(False, 100)
            stale = self.site.ask("/", headers=asked)
            self.assertEqual(stale.status, status)
            self.assertEqual(stale.headers["Warning"], '110 - "Response is Stale"')
            self.assertEqual(stale.headers["Age"], "100")
            self.assertEqual(stale.headers["Cache-Control"], f"public, max-age={answers.STALE_AGE}")
            for name in ("ETag", "Content-Security-Policy", "Vary"):
                self.assertEqual(stale.headers[name], fresh.headers[name])
        self.look_again(True)
        self.assertEqual(self.site.ask("/"), fresh)
        self.assertEqual(self.site.renderings, 1)

    def test_they_are_given_out_for_as_long_as_the_setting_says(self):
        self.warm("/")
        with override_settings(STALE_SECONDS=200):
            self.look_again(False, 199)
            self.assertEqual(self.site.ask("/").headers["Age"], "199")
            self.look_again(False, 201)
            self.assertNotIn("Age", self.site.ask("/").headers)
        self.assertEqual(self.site.renderings, 2)

    def test_nothing_is_kept_meanwhile(self):
        self.look_again(False)
        self.assert_django("/")
        self.assertEqual(len(self.site.front.store), 0)

    def test_readers_are_asked_to_use_old_pages_while_we_are_away(self):
        self.assertIn("stale-if-error=3600", self.site.ask("/").headers["Cache-Control"])

    def test_a_journal_that_raises_is_a_database_that_is_away(self):
        self.warm("/")
        with (
            mock.patch.object(self.journal, "ensure_fresh", side_effect=RuntimeError),
            self.assertLogs(reports.__name__, "WARNING") as logged,
        ):
            for _time in range(3):
                self.site.front.freshness.until = 0.0
                self.assertIn("Warning", self.site.ask("/").headers)
        self.assertEqual(len(logged.output), 1)

    def test_whatever_breaks_in_the_cache_django_answers(self):
        fresh = self.site.ask("/")
        for broken in (
            "front.Front._remembered",
            "front.addresses.read",
            "front.journal.shared.state",
            "store.Store.put",
            "middleware.answers.answer",
            "middleware._page",
            "shared.Shared.take",
        ):
            reports._next.clear()
            with (
                self.subTest(broken=broken),
                mock.patch(f"posts.caching.{broken}", side_effect=RuntimeError("x")),
                self.assertLogs(reports.__name__, "WARNING") as logged,
            ):
                site = Site()
                for _time in range(3):
                    answer = site.ask("/")
                    self.assertEqual((answer.status, answer.text), (200, fresh.text))
                self.assertIn(site.renderings, (1, 3))
                self.assertLessEqual(len(logged.output), 2)

    def test_one_line_a_minute_says_what_is_broken(self):
        with self.assertLogs(reports.__name__, "WARNING") as logged:
            for _time in range(100):
                reports.report("memory")
            reports.report("locks")
        self.assertEqual(len(logged.output), 2)
