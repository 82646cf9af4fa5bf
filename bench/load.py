"""wrk, and whether what it was answered is what it asked for."""

import http.client
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import measures
from bench.processes import LOAD_CORE, pinned

# Every request takes the next address of a file, from the line that is given; at the end it stops,
# or begins again.
SCRIPT = """\
local addresses, at, once = {}, 0, false
function init(args)
  for line in io.lines(args[1]) do addresses[#addresses + 1] = line end
  at, once = tonumber(args[2]), args[3] == "once"
end
function request()
  at = at + 1
  if at > #addresses then
    if once then wrk.thread:stop() end
    at = 1
  end
  return wrk.format(nil, addresses[at])
end
"""


@dataclass
class Ask:
    """What is asked of a server again and again."""

    page: str
    addresses: Sequence[str]
    status: int = 200
    holds: str = ""  # what the body must hold
    headers: dict[str, str] = field(default_factory=dict)
    once: bool = False  # no address twice; stops when there is none left


class Answer(Exception):
    """A server answered something else than it was asked for."""


def check(port: int, ask: Ask) -> int:
    """The size of the answer to the first address. Raises Answer if it is not what it must be."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", ask.addresses[0], headers=ask.headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != ask.status or ask.holds.encode() not in body:
        raise Answer(f"{ask.page} {ask.addresses[0]}: {response.status}, {body[:200]!r}")
    return len(body)


def etag(port: int, address: str) -> str:
    """The ``ETag`` of a page, for a conditional request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
        return response.headers["ETag"] or ""
    finally:
        connection.close()


def drive(port: int, ask: Ask, seconds: int, connections: int, offset: int = 0) -> measures.Load:
    """Ask for so long. Raises Answer where any answer was not what it must be."""
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    for name, value in ask.headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.TemporaryDirectory() as folder:
        base = f"http://127.0.0.1:{port}"
        if len(ask.addresses) > 1:
            script, listed = Path(folder, "ask.lua"), Path(folder, "addresses")
            script.write_text(SCRIPT)
            listed.write_text("\n".join(ask.addresses))
            command += ["-s", script, base, "--", listed, offset, "once" if ask.once else ""]
        else:
            command.append(base + ask.addresses[0])
        done = subprocess.run(pinned(command, LOAD_CORE), capture_output=True, text=True)
    load = measures.read_wrk(done.stdout)
    wanted = load.requests if ask.status >= 400 else 0
    if load.broken or load.failed != wanted or not load.requests:
        raise Answer(f"{ask.page} {ask.addresses[0]}: {load}")
    return load
