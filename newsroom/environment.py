"""Settings from the environment: a missing or bad value stops the start with one clear sentence."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable's text, or the default."""
    return os.environ.get(name, default).strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A switch: 1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "1" if default else "0").strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is “{value}”; write 1 or 0.")
    return value in TRUE


def number(name: str, default: int, lowest: int, highest: int, unit: str = "") -> int:
    """A whole number within limits; a switch's words count as 1 and 0."""
    value = text(name, str(default)).lower()
    value = "1" if value in TRUE else "0" if value in FALSE else value
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise ImproperlyConfigured(
            f"{name} is “{value}”; write a number from {lowest} to {highest}{unit}."
        )
    return int(value)


def words(name: str) -> list[str]:
    """A list with commas."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def choices(name: str, default: str, known: tuple[str, ...]) -> list[str]:
    """A list with commas of known words; ``none`` for an empty one."""
    given = [part.strip() for part in text(name, default).split(",") if part.strip()]
    if given == ["none"]:
        return []
    if wrong := [word for word in given if word not in known]:
        raise ImproperlyConfigured(
            f"{name} is “{wrong[0]}”; write {', '.join(known)}, several with commas, or none."
        )
    return given


def zone(name: str, default: str) -> str:
    """A time zone of the IANA database."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} is “{value}”, which is no time zone; write one such as Asia/Shanghai."
        ) from None
    return value


def site_url(name: str, default: str) -> str:
    """The address of the site: scheme and host, nothing after them."""
    value = text(name, default).rstrip("/")
    parts, port = _address(name, value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or port == 0
        or parts.path
        or parts.query
        or "@" in parts.netloc
    ):
        raise ImproperlyConfigured(
            f"{name} is “{value}”; write scheme and host only, such as https://news.example."
        )
    return value


def path_segment(name: str, default: str) -> str:
    """One part of an address: letters, digits, ``-`` and ``_``."""
    value = text(name, default).strip("/")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise ImproperlyConfigured(
            f"{name} is “{value}”; write one word of letters, digits, “-” and “_”."
        )
    return value


def _address(name: str, url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no address: {error}.") from None


def database(name: str, var: Path) -> dict[str, Any]:
    """Django's database settings from an URL; an SQLite file under ``var/`` by default."""
    url = text(name)
    if not url:
        var.mkdir(exist_ok=True)
        return sqlite(var / "newsroom.sqlite3")
    parts, port = _address(name, url)
    if parts.scheme in ("sqlite", "sqlite3") and parts.path.strip("/"):
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"{name} begins with “{parts.scheme}”, or names no file; "
            "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
        )
    # A server that does not answer at all must not hold a web worker for minutes.
    options = {"connect_timeout": "5"} | dict(parse_qsl(parts.query))
    return {
        "ENGINE": "newsroom.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite so that several writers wait for each other instead of failing.

    Connections stay open: while one does, others can be opened on a full disk, and none pays for
    the pragmas twice.
    """
    return {
        "ENGINE": "newsroom.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
            ),
        },
    }


def cache(name: str) -> dict[str, Any]:
    """Django's cache settings from an URL; in process by default."""
    url = text(name)
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    parts, port = _address(name, url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or port == 0:
        raise ImproperlyConfigured(
            f"{name} is “{url}”; write redis://HOST:PORT/NUMBER or leave it out."
        )
    if find_spec("redis") is None:
        raise ImproperlyConfigured(
            f"{name} names a Redis, but the package “redis” is missing; "
            "install it with .venv/bin/pip install redis, or leave the variable out."
        )
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
