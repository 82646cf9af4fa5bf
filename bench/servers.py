"""What answers: our site, the least that its server can do, nginx and the peers, on one core."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import ROOT
from bench.processes import SERVER_CORE, pinned

NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    types {{ text/html html; }}
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@dataclass
class Server:
    """One process, or a first one with others, that answers on a port."""

    name: str
    command: list
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    pid: int = 0


def granian(python: Path | str, application: str, **environment: str) -> Server:
    """One process of four threads, as the site has it."""
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--http", "1"]
    command = [python, "-m", "granian", *options, "--no-ws", "--log-level", "error"]
    return Server(application, [*command, "--port", "{port}", application], environment)


def gunicorn(python: Path | str, application: str, **environment: str) -> Server:
    """The same under gunicorn."""
    options = ["-k", "gthread", "-w", "1", "--threads", "4", "--log-level", "error"]
    command = [python, "-m", "gunicorn", *options, "-b", "127.0.0.1:{port}", application]
    return Server(application, command, environment)


def newsroom(database: str, folder: Path, **environment: str) -> Server:
    """The site as ``make run`` and systemd start it, with one process."""
    settings = site_settings(database, folder) | {"WEB_CONCURRENCY": "1", "PORT": "{port}"}
    return Server("newsroom", [sys.executable, "-m", "newsroom.server"], settings | environment)


def site_settings(database: str, folder: Path) -> dict[str, str]:
    """The environment of our own commands."""
    return {
        "DATABASE_URL": database,
        "MEDIA_ROOT": str(folder / "media"),
        "PAGE_CACHE_ROOT": str(folder / "pages"),
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
    }


def nginx(folder: Path) -> Server:
    """nginx with the files of a folder."""
    folder.chmod(0o755)
    return Server("nginx", ["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log"])


@contextlib.contextmanager
def running(server: Server, folder: Path) -> Iterator[Server]:
    """The server on a free port of its own, on its core, for a block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server.port = listener.getsockname()[1]
    if server.name == "nginx":
        text = NGINX.format(folder=folder, port=server.port)
        (folder / "nginx.conf").write_text(text)
    settings = {name: text.format(port=server.port) for name, text in server.environment.items()}
    command = [str(part).format(port=server.port) for part in server.command]
    log = folder / f"{server.name.replace(':', '-')}.log"
    process = subprocess.Popen(
        pinned(command, SERVER_CORE),
        cwd=ROOT,
        env=os.environ | settings,
        stdout=open(log, "ab"),
        stderr=subprocess.STDOUT,
    )
    server.pid = process.pid
    try:
        _wait(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _wait(server: Server, process: subprocess.Popen, log: Path) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            break
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", server.port), 1),
        ):
            return
        time.sleep(0.1)
    raise SystemExit(f"{server.name} does not start:\n{log.read_text()[-2000:]}")
