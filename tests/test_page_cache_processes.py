"""The page cache under granian, in several processes, with what it stands on taken away."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from unittest import SkipTest, TestCase

from django.test import tag

from tests.cast import DIGEST, plain
from tests.support import postgres, servers

POST = "/2026/03/05/port/"
SECOND = 1.0  # in which an edit shows everywhere
COUNTED = "tests.support.counted:application"
MANY = "tests.support.many_pages:application"
SAVE = """
from posts import publishing
publishing.save(path={path!r}, document=open({file!r}).read(), reason="test")
"""


class Processes(TestCase):
    """Two servers with one process each over one database, as two workers of one site."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-processes-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {
            "DATABASE_URL": self.database(),
            "MEDIA_ROOT": str(self.folder / "media"),
            "PAGE_CACHE_ROOT": str(self.folder / "pages"),
            "CARDS_ROOT": str(self.folder / "cards"),
            "RENDERINGS": str(self.folder / "renderings"),
            "WEB_CONCURRENCY": "1",
        }
        servers.manage(self.environment, "migrate", "-v0")
        self.save(DIGEST)

    def database(self) -> str:
        return f"sqlite:///{self.folder}/x.sqlite3"

    def save(self, text: str, name: str = "2026-03-05-port.md"):
        """In a process of its own, as an import or a worker does."""
        file = self.folder / "document"
        file.write_text(text)
        code = SAVE.format(path=f"_posts/{name}", file=str(file))
        servers.manage(self.environment, "shell", "-c", code)

    @contextlib.contextmanager
    def site(self, count: int = 2, **changes: str):
        with contextlib.ExitStack() as stack:
            environment = self.environment | changes
            bases = [
                stack.enter_context(servers.site(environment, os.devnull, COUNTED))
                for _process in range(count)
            ]
            for base in bases:
                self.assertEqual(servers.ask(base, "/feeds/").status, 200)
            time.sleep(SECOND)  # by now each knows what the others did before it began
            yield bases

    def renderings(self, path: str) -> list[int]:
        """The processes that rendered an address, each as often as it did."""
        lines = Path(self.environment["RENDERINGS"]).read_text().splitlines()
        return [int(pid) for pid, _sep, at in (line.partition(" ") for line in lines) if at == path]


def ask_until(base: str, path: str, right, attempts: int = 200) -> servers.Answer:
    """Ask until an answer is right; the last answer."""
    for attempt in range(attempts):
        try:
            answer = servers.ask(base, path)
        except OSError:  # a process that was killed is being replaced
            if attempt == attempts - 1:
                raise
        else:
            if right(answer):
                break
        time.sleep(0.1)
    return answer


@tag("slow")
class Workers(Processes):
    def test_an_edit_is_right_in_every_process_within_the_second(self):
        pages = {"/": "", POST: "", "/rss.xml": "", "/tags/ai/": ""}
        with self.site() as bases:
            for title in ("Erste", "Zweite", "Dritte"):
                self.save(DIGEST.replace("港口日报：风起之前", title))
                time.sleep(SECOND)
                for base in bases:
                    for page in pages:
                        answer = servers.ask(base, page)
                        self.assertIn(title, answer.body.decode(), (title, page))
                        self.assertEqual(servers.ask(base, page).body, answer.body)
            for page in pages:  # one rendering for each title serves both
                self.assertEqual(len(self.renderings(page)), 3, page)

    def test_two_hundred_readers_of_a_cold_page_cost_one_rendering(self):
        for number in range(30):
            self.save(plain(f"帖{number}", "2026-03-06"), f"2026-03-06-n{number}.md")
        with self.site() as bases:
            together, got = threading.Barrier(200), []

            def read(base):
                together.wait(60)
                answer = servers.ask(base, "/rss.xml")
                got.append((answer.status, answer.headers["ETag"], len(answer.body)))

            readers = [threading.Thread(target=read, args=(base,)) for base in bases * 100]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join(120)
            self.assertEqual(len(got), 200)
            self.assertEqual(len(set(got)), 1)
            self.assertEqual(got[0][0], 200)
            self.assertEqual(len(self.renderings("/rss.xml")), 1)

    def test_a_process_that_is_killed_while_it_renders_leaves_nobody_waiting(self):
        hang = Path(self.environment["RENDERINGS"] + ".hang")
        with self.site() as (first, second):
            hang.write_text("/archive/")

            def lost():
                with contextlib.suppress(OSError):
                    servers.ask(first, "/archive/")

            reader = threading.Thread(target=lost)
            reader.start()
            for _attempt in range(200):
                if killed := self.renderings("/archive/"):
                    break
                time.sleep(0.05)
            os.kill(killed[0], signal.SIGKILL)
            hang.unlink()
            self.assertEqual(servers.ask(second, "/archive/").status, 200)
            reader.join(60)
            self.assertEqual(len(self.renderings("/archive/")), 2)
            again = ask_until(first, "/archive/", lambda answer: answer.status == 200)
            self.assertEqual(again.status, 200)

    def test_a_hundred_thousand_addresses_keep_the_memory_within_its_bound(self):
        changes = {"PAGE_CACHE_MB": "24", "PAGE_CACHE_ROOT": str(self.folder / "many")}
        environment = self.environment | changes
        with servers.site(environment, os.devnull, MANY) as base:
            port = int(base.rpartition(":")[2])
            ask_many(port, range(300))
            (pid,) = workers(port)
            before = memory(pid)
            ask_many(port, range(300, 100_000))
            self.assertEqual(workers(port), [pid])
            # The pages, and what four threads leave of holes and of memory to compress in.
            self.assertLess(memory(pid) - before, 24 * 2)
            size = sum(file.stat().st_size for file in (self.folder / "many").iterdir())
            self.assertLess(size, 300_000_000)


def ask_many(port: int, numbers: range):
    """Different addresses in different words, on one connection, many at a time."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        answers = connection.makefile("rb")
        for start in range(numbers.start, numbers.stop, 50):
            batch = range(start, min(start + 50, numbers.stop))
            connection.sendall(
                b"".join(
                    b"GET /%d/?utm=%d HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n\r\n"
                    % (number, number)
                    for number in batch
                )
            )
            for _answer in batch:
                assert answers.readline().startswith(b"HTTP/1.1 200")
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split()[1])
                answers.read(length)


def workers(port: int) -> list[int]:
    """The processes of a server that were started by another of its."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"PORT={port}\0".encode() in (folder / "environ").read_bytes():
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if f"PORT={port}\0".encode() in Path(f"/proc/{parent}/environ").read_bytes():
                    found.append(int(folder.name))
    return found


def memory(pid: int) -> float:
    """Of a process, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no memory")


@tag("slow")
class Away(Processes):
    """PostgreSQL goes away and comes back."""

    def database(self) -> str:
        try:
            self.server = postgres.Server()
        except RuntimeError as error:
            raise SkipTest(str(error)) from None
        self.addCleanup(self.server.close)
        self.server.start()
        return self.server.url

    def test_readers_get_the_last_right_pages_for_as_long_as_the_setting_says(self):
        with self.site(1, STALE_SECONDS="6") as (base,):
            fresh = servers.ask(base, POST)
            self.assertEqual((fresh.status, fresh.headers["Warning"]), (200, None))
            self.server.stop()
            stale = ask_until(base, POST, lambda answer: answer.headers["Warning"])
            self.assertEqual((stale.status, stale.body), (200, fresh.body))
            self.assertEqual(stale.headers["Warning"], '110 - "Response is Stale"')
            self.assertIn("max-age=5", stale.headers["Cache-Control"])
            self.assertEqual(servers.ask(base, "/archive/").status, 503)  # was never asked for
            gone = ask_until(base, POST, lambda answer: answer.status != 200)
            self.assertEqual((gone.status, gone.headers["Retry-After"]), (503, "30"))
            self.server.start()
            right = ask_until(
                base, POST, lambda answer: answer.status == 200 and not answer.headers["Warning"]
            )
            self.assertEqual((right.status, right.body), (200, fresh.body))
            self.save(DIGEST.replace("港口日报：风起之前", "Danach"))
            time.sleep(SECOND)
            self.assertIn("Danach", servers.ask(base, POST).body.decode())

    def test_an_edit_is_right_in_every_process_within_the_second(self):
        with self.site() as bases:
            for title in ("Erste", "Zweite"):
                self.save(DIGEST.replace("港口日报：风起之前", title))
                time.sleep(SECOND)
                for base in bases:
                    self.assertIn(title, servers.ask(base, POST).body.decode())
                    self.assertIn(title, servers.ask(base, "/").body.decode())
            self.assertEqual(len(self.renderings(POST)), 2)


@tag("slow")
class Redis(Processes):
    """Two machines with a Redis between them: each has a folder of its own."""

    def setUp(self):
        if shutil.which("redis-server") is None or find_spec("redis") is None:
            raise SkipTest("redis-server or the package redis is missing")
        super().setUp()
        self.port = servers.free_port()
        self.redis = self.started()
        self.addCleanup(lambda: (self.redis.kill(), self.redis.wait()))

    def started(self) -> subprocess.Popen:
        process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        servers.wait_for_port(self.port, process)
        return process

    @contextlib.contextmanager
    def machines(self):
        with contextlib.ExitStack() as stack:
            bases = []
            for name in ("one", "two"):
                changes = {
                    "CACHE_URL": f"redis://127.0.0.1:{self.port}/0",
                    "PAGE_CACHE_ROOT": str(self.folder / name),
                }
                bases += stack.enter_context(self.site(1, **changes))
            time.sleep(SECOND)
            yield bases

    def test_pages_are_handed_over_and_a_redis_that_is_gone_only_makes_the_site_slower(self):
        with self.machines() as bases:
            bodies = {servers.ask(base, POST).body for base in bases}
            self.assertEqual((len(bodies), len(self.renderings(POST))), (1, 1))
            os.kill(self.redis.pid, signal.SIGSTOP)  # it listens, but answers nothing
            for base in bases:
                self.assertEqual(servers.ask(base, "/archive/").status, 200)
                self.assertEqual({servers.ask(base, POST).body}, bodies)
            self.assertEqual(len(self.renderings("/archive/")), 2)
            self.redis.kill()
            self.redis.wait()
            for base in bases:
                self.assertEqual(servers.ask(base, "/tags/").status, 200)
            self.save(DIGEST.replace("港口日报：风起之前", "Danach"))
            time.sleep(SECOND)
            for base in bases:
                self.assertIn("Danach", servers.ask(base, POST).body.decode())
            self.redis = self.started()
            time.sleep(6)  # a failed Redis is left alone for a while
            for base in bases:
                self.assertEqual(servers.ask(base, "/categories/").status, 200)
            self.assertEqual(len(self.renderings("/categories/")), 1)
