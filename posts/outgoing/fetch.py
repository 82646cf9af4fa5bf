"""Requests to addresses that somebody typed, which must not reach what is behind our own walls.

A name is resolved once, every address that it has must be public, and the connection goes to one
that was checked, under the name that was asked for. Redirects are not followed, time and bytes are
limited. Hosts of :setting:`OUTGOING_HOSTS` are trusted though they are private.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import urllib3
from django.conf import settings

CONNECT, READ = 5.0, 10.0  # seconds
LONGEST = 65_536  # bytes of an answer that are read
PORTS = {"http": 80, "https": 443}
# IPv6 networks whose addresses hold one of IPv4, with where it begins in them (bits from the end).
CARRIERS = {IPv6Network("64:ff9b::/96"): 0, IPv6Network("2002::/16"): 80}

Address = IPv4Address | IPv6Address


class Unreachable(Exception):
    """A request that was not made, or got no answer; the message says why."""


@dataclass(frozen=True)
class Reply:
    """An answer: its status and the beginning of its body."""

    status: int
    body: bytes


def post(url: str, fields: Iterable[tuple[str, str]]) -> Reply:
    """Send a form. Raises :class:`Unreachable`."""
    parts = _parts(url)
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    pool = _pool(parts.scheme, host, port, _checked(host, port))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with pool:
            answer = pool.request(
                "POST",
                target,
                body=urlencode(list(fields)),
                headers={
                    "Host": parts.netloc,
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": "Newsroom",
                },
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT, read=READ),
            )
            return Reply(answer.status, answer.read(LONGEST))
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"{host}: {type(error).__name__}") from error


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable(f"{url[:100]}: no address") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.username or port == 0:
        raise Unreachable(f"{url[:100]}: not an http or https address")
    return parts


def _checked(host: str, port: int) -> str:
    """An address of a host, all of whose addresses are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"{host}: the name is not known") from None
    addresses = [str(one[4][0]).split("%")[0] for one in found]
    if f"{host}:{port}" not in settings.OUTGOING_HOSTS:
        for address in addresses:
            if not is_public(ip_address(address)):
                raise Unreachable(f"{host}: {address} is not a public address")
    return addresses[0]


def is_public(address: Address) -> bool:
    """True for an address of the open network, and for none that leads to another kind of it."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (address.teredo or (None, None))[1]
        for network, shift in CARRIERS.items():
            if address in network:
                inner = IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _pool(scheme: str, host: str, port: int, address: str) -> Any:
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port)
    return urllib3.HTTPSConnectionPool(
        address, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED"
    )
