"""``newsroom/server.py`` and ``deploy/nginx.conf`` as they stand, tried with real servers."""

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import SkipTest, TestCase

from django.test import tag

from tests.cast import DIGEST, ROOT
from tests.support import servers

FORGED = {
    "SCRIPT_NAME": "/2026",
    "PATH_INFO": "/evil",
    "Script-Name": "/evil",
    "Path-Info": "/evil",
    "X-Script-Name": "/evil",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": "for=6.6.6.6;host=evil.example;proto=http",
    "X-Forwarded-For": "6.6.6.6",
    "X_Forwarded_For": "6.6.6.6",
    "X_Forwarded_Host": "evil.example",
    "X-Real-IP": "6.6.6.6",
    "Remote-User": "anna",
    "REMOTE_USER": "anna",
    "Proxy": "http://evil.example",
}
PAGES = ["/", "/rss.xml", "/2026/03/05/port/", "/sitemap.xml", "/feeds/"]
LENGTH = 3000  # bytes of the picture
NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    types {{ text/css css; image/svg+xml svg; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/newsroom.conf;
}}
"""


class Site(TestCase):
    """A site with one post and one picture in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(tempfile.mkdtemp(prefix="newsroom-proxy-", dir="/tmp"))
        cls.folder.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.environment = {
            "DATABASE_URL": f"sqlite:///{cls.folder}/x.sqlite3",
            "MEDIA_ROOT": str(cls.folder / "media"),
            "PAGE_CACHE_ROOT": str(cls.folder / "pages"),
        }
        posts = cls.folder / "_posts"
        posts.mkdir()
        (posts / "2026-03-05-port.md").write_text(DIGEST)
        servers.manage(cls.environment, "migrate", "-v0")
        servers.manage(cls.environment, "import_posts", str(posts))
        pictures = cls.folder / "media" / "images" / "aa"
        pictures.mkdir(parents=True)
        (pictures / "a.png").write_bytes(bytes(n % 251 for n in range(LENGTH)))
        (pictures / ".hidden.png").write_bytes(b"x")
        (pictures / "link.png").symlink_to("/etc/hostname")


@tag("slow")
class Server(Site):
    def test_no_header_of_a_client_changes_where_the_site_believes_to_stand(self):
        for megabytes in ("0", "64"):  # rendered each time, and from memory
            with servers.site(self.environment | {"PAGE_CACHE_MB": megabytes}) as base:
                for page in PAGES:
                    self.assert_unmoved(base, page)

    def assert_unmoved(self, base: str, page: str):
        plain = servers.ask(base, page)
        self.assertEqual(plain.status, 200, page)
        schemes = {"X-Forwarded-Proto": "https", "X_Forwarded_Proto": "https"}
        for name, value in (FORGED | schemes).items():
            forged = servers.ask(base, page, headers={name: value})
            self.assertEqual(forged.status, 200, (page, name))
            self.assertEqual(forged.body, plain.body, (page, name))
            self.assertEqual(forged.headers["ETag"], plain.headers["ETag"])

    def test_requests_that_two_readers_could_read_differently_are_refused(self):
        """Whatever is not refused ends its connection: nothing hides behind it."""
        hidden = b"0\r\n\r\nGET /rss.xml HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with servers.site(self.environment) as base:
            for line, *headers in [
                (b"POST / HTTP/1.1", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
                (b"POST / HTTP/1.1", b"Content-Length: 5", b"Content-Length: 6"),
                (b"POST / HTTP/1.1", b"Content-Length: +5"),
                (b"POST / HTTP/1.1", b"Transfer-Encoding: xchunked"),
                (b"POST / HTTP/1.0", b"Transfer-Encoding: chunked"),
                (b"GET / HTTP/1.1", b"Host: evil.example"),
                (b"GET / HTTP/1.1", b"X-A : 1"),
                (b"GET / HTTP/1.1", b"X-A: 1\r\n 2"),
                (b"GET / HTTP/1.1", b"X-A: " + b"a" * 500_000),
            ]:
                lines = [line, b"Host: 127.0.0.1", *headers]
                answer = _raw(base, b"\r\n".join([*lines, b"", b""]) + hidden)
                self.assertRegex(answer, rb"\AHTTP/1\.[01] 4\d\d ", headers)
                self.assertNotIn(b"<rss", answer, headers)

    def test_slow_readers_and_senders_of_headers_hold_no_thread(self):
        with contextlib.ExitStack() as stack, servers.site(self.environment) as base:
            host, port = base.removeprefix("http://").split(":")
            self.assertEqual(servers.ask(base, "/").status, 200)
            for number in range(80):
                client = stack.enter_context(socket.create_connection((host, int(port))))
                text = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                client.sendall(text if number % 2 else text + b"\r\n")
            self.assertEqual(servers.ask(base, "/").status, 200)

    def test_a_process_that_is_lost_is_replaced(self):
        with servers.serving(self.environment | {"PORT": str(servers.free_port())}) as server:
            first = self.wait_for(lambda: len(_children(server.pid)) == 2 and _children(server.pid))
            os.kill(first[0], signal.SIGKILL)
            self.wait_for(
                lambda: len(_children(server.pid)) == 2 and set(_children(server.pid)) - set(first)
            )
            self.assertIsNone(server.poll())

    def test_no_process_goes_on_without_the_first(self):
        """They would answer with old code beside those that are started next."""
        port = servers.free_port()
        with servers.serving(self.environment | {"PORT": str(port)}) as server:
            servers.wait_for_port(port, server)
            children = _children(server.pid)
            server.kill()
            self.wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children))

    def test_a_process_in_which_no_python_runs_any_more_is_ended(self):
        code = (
            "import os, threading; from newsroom import server\n"
            "threading.Thread(target=server.watch, args=(os.getppid(), 1), daemon=True).start()\n"
            "sum(range(10**12))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("Timeout", done.stderr)

    def wait_for(self, condition):
        """What the condition gives as soon as that is true; fails after half a minute."""
        for _attempt in range(300):
            if found := condition():
                return found
            time.sleep(0.1)
        self.fail("it did not come about within 30 seconds")

    @contextlib.contextmanager
    def together(self) -> Iterator[subprocess.Popen]:
        """The site with its worker; afterwards none of the two is left."""
        port = servers.free_port()
        process = subprocess.Popen(
            ["deploy/run.sh", str(ROOT / ".venv" / "bin")],
            cwd=ROOT,
            env=servers.clean_environment(self.environment | {"PORT": str(port)}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            servers.wait_for_port(port, process)
            yield process
            children = _children(process.pid)
        finally:
            process.terminate()
            process.wait(40)
        self.assertGreaterEqual(len(children), 2)
        self.assertEqual([pid for pid in children if os.path.exists(f"/proc/{pid}")], [])

    def test_the_worker_ends_with_the_site(self):
        with self.together():
            pass

    def test_a_worker_that_is_lost_is_started_again(self):
        """Jobs that nobody does would wait in silence."""
        with self.together() as process:
            (lost,) = _workers(process.pid)
            os.kill(lost, signal.SIGKILL)
            for _attempt in range(300):
                if found := set(_workers(process.pid)) - {lost}:
                    break
                time.sleep(0.1)
            self.assertTrue(found)


def _workers(pid: int) -> list[int]:
    """Children that are workers, those that have ended left out: these have no command line."""
    with contextlib.suppress(OSError):  # a child may end while it is looked at
        return [
            child
            for child in _children(pid)
            if b"db_worker" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
    return []


def _raw(base: str, request: bytes) -> bytes:
    """What comes back until the server ends the connection."""
    host, port = base.removeprefix("http://").split(":")
    answer = b""
    with (
        socket.create_connection((host, int(port)), 20) as client,
        contextlib.suppress(ConnectionError),  # it need not read to the end
    ):
        client.sendall(request)
        while part := client.recv(65_536):
            answer += part
    return answer


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


class Front(Site):
    """HTTPS in front, as on a real machine; only names of folders and ports are others."""

    @classmethod
    def setUpClass(cls):
        missing = [name for name in ("nginx", "openssl") if shutil.which(name) is None]
        if missing and not os.environ.get("REQUIRE_TOOLS"):
            raise SkipTest(f"{' and '.join(missing)} not found")
        super().setUpClass()

    @classmethod
    @contextlib.contextmanager
    def nginx(cls) -> Iterator[None]:
        """nginx in front of a site, whether that is there or not."""
        cls.https, cls.http = servers.free_port(), servers.free_port()
        (cls.folder / "nginx.conf").write_text(NGINX.format(folder=cls.folder))
        (cls.folder / "newsroom.conf").write_text(cls.configuration())
        cls.certify()
        command = ["nginx", "-c", cls.folder / "nginx.conf", "-e", cls.folder / "error.log"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            servers.wait_for_port(cls.https, process)
            yield
        finally:
            process.terminate()
            process.wait(20)

    @classmethod
    def configuration(cls) -> str:
        """The shipped file with this test's ports and folders."""
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        certificate = "/etc/letsencrypt/live/news.example/"
        assert text.count("unix:/run/newsroom/site.sock") == 2
        text = text.replace("/run/newsroom/site.sock", f"{cls.folder}/site.sock")
        for old, new in [
            ("listen 80;", f"listen 127.0.0.1:{cls.http};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{cls.https} ssl;"),
            (f"{certificate}fullchain.pem", f"{cls.folder}/cert.pem"),
            (f"{certificate}privkey.pem", f"{cls.folder}/key.pem"),
            ("/srv/newsroom/var/media/", f"{cls.folder}/media/"),
            ("/srv/newsroom/var/static/", f"{cls.folder}/static/"),
        ]:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    @classmethod
    def certify(cls):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
            + ["-subj", "/CN=news.example", "-keyout", cls.folder / "key.pem"]
            + ["-out", cls.folder / "cert.pem"],
            check=True,
            capture_output=True,
        )

    def ask(self, path: str, method="GET", headers=None, body=None) -> servers.Answer:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return servers.ask(
            f"https://127.0.0.1:{self.https}",
            path,
            method,
            body,
            headers={"Host": "news.example"} | (headers or {}),
            context=context,
        )


@tag("slow")
class SiteAway(Front):
    def test_while_the_site_restarts_readers_get_a_page_that_says_so(self):
        with self.nginx():
            answer = self.ask("/")
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "30"))
        self.assertEqual(answer.headers["Content-Type"], "text/html")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["Strict-Transport-Security"], "max-age=31536000")
        self.assertIn(b'<html lang="en"><head><title>', answer.body)


@tag("slow")
class Nginx(Front):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(cls.running())

    @classmethod
    @contextlib.contextmanager
    def running(cls):
        public = {
            "SITE_URL": "https://news.example",
            "ALLOWED_HOSTS": "news.example",
            "SECRET_KEY": "k" * 60,
            "BEHIND_PROXY": "1",
            "STATIC_ROOT": str(cls.folder / "static"),
        }
        servers.manage(cls.environment | public, "collectstatic", "--no-input", "-v0")
        environment = cls.environment | public | {"SOCKET": str(cls.folder / "site.sock")}
        with servers.serving(environment) as cls.server, cls.nginx():
            servers.wait_for_socket(cls.folder / "site.sock", cls.server)
            yield

    def test_plain_http_leads_to_https(self):
        answer = servers.ask(
            f"http://127.0.0.1:{self.http}", "/x/?y=1", headers={"Host": "news.example"}
        )
        self.assertEqual(answer.status, 301)
        self.assertEqual(answer.headers["Location"], "https://news.example/x/?y=1")

    def test_pages_come_through_with_their_headers(self):
        answer = self.ask("/2026/03/05/port/", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["Strict-Transport-Security"], "max-age=31536000")
        again = self.ask(
            "/2026/03/05/port/",
            headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]},
        )
        self.assertEqual(again.status, 304)

    def test_no_header_of_a_client_reaches_the_site(self):
        for page in PAGES:
            plain = self.ask(page)
            self.assertEqual(plain.status, 200, page)
            schemes = {"X-Forwarded-Proto": "http", "X_Forwarded_Proto": "http"}
            for name, value in (FORGED | schemes).items():
                forged = self.ask(page, headers={name: value})
                self.assertEqual((forged.status, forged.body), (200, plain.body), (page, name))

    def test_another_host_is_turned_away(self):
        self.assertEqual(self.ask("/", headers={"Host": "evil.example"}).status, 400)

    def test_pictures_come_with_ranges_and_a_policy_of_their_own(self):
        whole = self.ask("/media/images/aa/a.png")
        self.assertEqual((whole.status, len(whole.body)), (200, LENGTH))
        for name, value in {
            "Content-Type": "image/png",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "public, max-age=31536000, immutable",
        }.items():
            self.assertEqual(whole.headers[name], value)
        part = self.ask("/media/images/aa/a.png", headers={"Range": "bytes=10-19"})
        self.assertEqual((part.status, part.body), (206, whole.body[10:20]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 10-19/{LENGTH}")

    def test_nothing_but_pictures_is_served_from_the_folder(self):
        for path in (
            "/media/images/aa/link.png",
            "/media/images/aa/.hidden.png",
            "/media/../x.sqlite3",
            "/media/%2e%2e/x.sqlite3",
            "/media../x.sqlite3",
            "/media/images/",
            "/media/",
            "/static/../manage.py",
            "/static../manage.py",
        ):
            answer = self.ask(path)
            self.assertIn(answer.status, (301, 400, 403, 404), path)
            self.assertNotIn(b"SQLite format", answer.body)
            self.assertNotIn(b"django", answer.body)

    def test_static_files_come_from_the_folder(self):
        hashed = re.search(r"/static/site/site\.[0-9a-f]{12}\.css", self.ask("/").body.decode())[0]
        for path, cache in [
            ("/static/site/site.css", "public, max-age=60"),
            (hashed, "public, max-age=31536000, immutable"),
        ]:
            answer = self.ask(path, headers={"Accept-Encoding": "gzip"})
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Content-Type"], "text/css")
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.headers["Content-Encoding"], "gzip")
            self.assertEqual(answer.headers["Cache-Control"], cache)

    def test_methods_that_no_page_has_are_refused(self):
        for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS"):
            self.assertEqual(self.ask("/", method).status, 405, method)
            self.assertIn(self.ask("/media/images/aa/a.png", method).status, (403, 405), method)

    def test_a_body_that_is_too_large_is_refused_at_the_door(self):
        headers = {"Content-Length": str(30_000_000)}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.assertEqual(self.ask("/admin/login/", "POST", headers, b"x").status, 413)

    def test_a_reload_fails_no_reader(self):
        before, over, answers = set(_children(self.server.pid)), threading.Event(), []

        def read():
            while not over.is_set():
                answers.append(self.ask("/").status)

        readers = [threading.Thread(target=read) for _reader in range(8)]
        for reader in readers:
            reader.start()
        self.server.send_signal(signal.SIGHUP)
        for _attempt in range(600):
            if len(after := set(_children(self.server.pid))) == 2 and not before & after:
                break
            time.sleep(0.1)
        over.set()
        for reader in readers:
            reader.join()
        self.assertFalse(before & after)
        self.assertEqual(set(answers), {200})

    def test_a_cookie_of_any_bytes_leaves_the_sites_own_cookies_as_they_are(self):
        page = self.ask("/admin/login/")
        cookie = re.search(r"csrftoken=(\w+)", page.headers["Set-Cookie"])[1]
        for other in ("", "; a=中文", "; a=\x7f"):
            answer = self.ask(
                "/admin/login/",
                "POST",
                headers={
                    "Cookie": f"csrftoken={cookie}{other}".encode(),
                    "Origin": "https://news.example",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
                body=f"csrfmiddlewaretoken={cookie}&username=x&password=y",
            )
            self.assertEqual(answer.status, 200, other)  # wrong, but no forgery

    def test_slow_clients_hold_no_worker(self):
        """Sixty clients that send their form byte by byte; there are eight threads."""
        slow, began = [], time.monotonic()
        self.assertEqual(self.ask("/").status, 200)
        alone = time.monotonic() - began  # on a busy machine not even that is quick
        try:
            for _client in range(60):
                raw = socket.create_connection(("127.0.0.1", self.https))
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                client = context.wrap_socket(raw)
                client.sendall(
                    b"POST /admin/login/ HTTP/1.1\r\nHost: news.example\r\n"
                    b"Content-Length: 100000\r\n\r\nusername="
                )
                slow.append(client)
            began = time.monotonic()
            self.assertEqual(self.ask("/").status, 200)
            self.assertLess(time.monotonic() - began, 5 + 10 * alone)
        finally:
            for client in slow:
                client.close()
