"""``python -m newsroom.server``: the site under granian; docs/decisions.md says why granian.

Two processes suit a machine with two cores; ``WEB_CONCURRENCY`` sets another number. It listens on
``PORT`` of this machine (8000), or where ``SOCKET`` names a file on a Unix socket instead.
"""

import faulthandler
import os
import signal
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

HUNG = 60  # seconds in which no line of Python ran


def main(target: str = "newsroom.wsgi:application") -> None:
    """Serve until a signal: TERM ends, HUP replaces the processes one after another."""
    socket = os.environ.get("SOCKET", "")
    server = Granian(
        target,
        interface=Interfaces.WSGI,
        port=int(os.environ.get("PORT", "8000")),
        uds=Path(socket) if socket else None,
        uds_permissions=0o666,  # who may open its folder may ask, as on a port
        workers=int(os.environ.get("WEB_CONCURRENCY", "2")),
        # They wait for the database or a child process that derives a document.
        blocking_threads=4,
        blocking_threads_idle_timeout=600,  # each has a database connection
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=65_536),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=30,  # seconds for requests under way when a process is to end
        workers_max_rss=600,  # MB: a leak somewhere never grows for weeks
        rss_samples=2,
    )
    server.serve(target_loader=load)


def load(target: str) -> Any:
    """The application, in a new process.

    It is imported here and not above, so that the first process knows nothing of the site: what it
    had imported, a reload after an upgrade would not read again.
    """
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    module, _colon, name = target.partition(":")
    return getattr(import_module(module), name)


def watch(parent: int, hung: float = HUNG) -> None:
    """Ends this process when no Python ran for so long, or when the first process is gone.

    The first is done by a timer outside of Python, which writes to standard error where every
    thread stood; another process is started. Without the second, old code would go on serving.
    """
    while os.getppid() == parent:
        faulthandler.dump_traceback_later(hung, exit=True)
        time.sleep(hung / 12)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
