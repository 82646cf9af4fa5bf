"""The site under its server, for tests that need a real one."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.cast import ROOT

SITE = "newsroom.wsgi:application"


@dataclass
class Answer:
    """An answer as it came over the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(base: str, path: str, method: str = "GET", body: str | bytes | None = None, **options):
    """One request on a connection of its own; ``headers=`` and ``context=`` (of TLS) if need be."""
    parts = urlsplit(base)
    headers = options.pop("headers", {})
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=60, **options)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


@contextlib.contextmanager
def site(environment: dict[str, str], log: str = os.devnull, target: str = SITE) -> Iterator[str]:
    """The site as ``make run`` serves it; gives its address, on a port of its own. Another
    ``target`` is served in the same way.
    """
    port = free_port()
    with serving(environment | {"PORT": str(port)}, log, target) as process:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def serving(
    environment: dict[str, str], log: str = os.devnull, target: str = SITE
) -> Iterator[subprocess.Popen]:
    """``newsroom.server`` for a block; it may not listen yet when the block begins."""
    command = ["-m", "newsroom.server"]
    if target != SITE:
        command = ["-c", f"from newsroom import server; server.main({target!r})"]
    with open(log, "ab") as errors:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=clean_environment(environment),
            stdout=errors,
            stderr=errors,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(40)


def wait_for_port(port: int, process: subprocess.Popen):
    """Until somebody listens there; fails after 20 seconds or when the process has ended."""
    _wait(socket.AF_INET, ("127.0.0.1", port), process)


def wait_for_socket(path: Path, process: subprocess.Popen):
    """The same for a Unix socket."""
    _wait(socket.AF_UNIX, str(path), process)


def _wait(family: int, address: tuple[str, int] | str, process: subprocess.Popen):
    for _attempt in range(200):
        if process.poll() is not None:
            raise AssertionError(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.socket(family) as client:
            client.settimeout(1)
            client.connect(address)
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on {address}")


def clean_environment(changes: dict[str, str]) -> dict[str, str]:
    """What a server's process needs of ours, and the settings that are given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"DJANGO_SETTINGS_MODULE": "newsroom.settings"} | changes


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What a command of ``manage.py`` prints; fails with what it complains about."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
