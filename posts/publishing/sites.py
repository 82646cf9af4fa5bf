"""The settings of the site, saved."""

import re
from typing import Any

from django.conf import settings
from django.db import transaction

import posts.publishing.fitting as fitting
import posts.publishing.gate as gate
from posts.caching import journal, keys
from posts.content import hyperlinks
from posts.models import Category, Site
from posts.publishing.submissions import Refused

MOST_LINKS, MOST_HUBS = 12, 5
LONGEST_NAME = 60  # characters of a link's name
LABEL_NAME = 200  # characters of a section's name
MAIL = re.compile(r"mailto:[^\s@/?#:]+@[^\s@/?#:]+\.[^\s@/?#:]+\Z", re.IGNORECASE)
ROBOTS = re.compile(r"(?:#.*|[A-Za-z][A-Za-z-]*[ \t]*:.*)?\Z")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?\Z")
BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def save_site(site: Site, *, user: Any = None) -> None:
    """Save the settings of the site; every page shows them. Two statements.

    Raises :class:`gate.NotAllowed`, and :class:`Refused` with the column that readers or robots
    would take harm from.
    """
    gate.require(user)
    fitting.check_row(site)
    site.links = [checked_link(link) for link in _list(site.links)]
    site.hubs = "\n".join(_hub(hub) for hub in site.hubs.split()[:MOST_HUBS])
    site.robots = "\n".join(_robots(line) for line in site.robots.splitlines()).strip()
    for name in ("name", "description"):
        setattr(site, name, BREAKS.sub(" ", getattr(site, name)).strip())
    with transaction.atomic():
        site.save()
        journal.note({keys.EVERYTHING})


def check_names(category: Category) -> None:
    """Raise :class:`Refused` unless a section's names are texts by language tags."""
    names = category.names
    if isinstance(names, dict):
        wrong = [
            tag
            for tag, name in names.items()
            if not LANGUAGE.match(tag)
            or tag == settings.SITE_LANGUAGE
            or not isinstance(name, str)
            or not name.strip()
            or len(name) > LABEL_NAME
            or BREAKS.search(name)
        ]
        if not wrong:
            return
    raise Refused("refused.names", column="names")


def checked_link(link: Any) -> dict[str, str]:
    """A link's name and address, which is safe to follow. Raises :class:`Refused`."""
    name, url = (str(link.get(key, "")).strip() for key in ("name", "url"))
    name = BREAKS.sub(" ", name)[:LONGEST_NAME]
    is_mail = bool(MAIL.match(url)) and not hyperlinks.CONTROLS.search(url)
    found = url if is_mail else hyperlinks.web_url(url)
    if not found or not name:
        raise Refused("refused.link", column="links", text=url[:200] or name)
    return {"name": name, "url": found}


def _list(links: Any) -> list[Any]:
    is_list = isinstance(links, list) and all(isinstance(link, dict) for link in links)
    if not is_list or len(links) > MOST_LINKS:
        raise Refused("refused.links", column="links", limit=MOST_LINKS)
    return links


def _hub(text: str) -> str:
    found = hyperlinks.web_url(text)
    if not found or not text.startswith("http"):
        raise Refused("refused.hub", column="hubs", text=text[:200])
    return hyperlinks.uri(found)  # it stands in a header of feeds


def _robots(line: str) -> str:
    line = line.strip()
    if not ROBOTS.match(line) or BREAKS.search(line):
        raise Refused("refused.robots", column="robots", text=BREAKS.sub(" ", line)[:200])
    return line
