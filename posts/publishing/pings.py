"""WebSub: hubs are told when feeds have something new, and tell their subscribers.

A save notes which posts changed for readers, for each hub that the site names; the worker sends
what is due, which for a scheduled post is when it appears, and tries again where a hub does not
answer. Nothing is noted for a site without hubs.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from posts.caching.standing import FOLDERS
from posts.content import hyperlinks
from posts.models import Ping, Post, Site
from posts.models.labels import label_names
from posts.outgoing.fetch import Unreachable, post
from posts.publishing.queue import task
from posts.publishing.submissions import Change

logger = logging.getLogger("newsroom.websub")
OLD = timedelta(days=7)  # posts that are older stand in few feeds' newest entries
FEEDS = ("rss.xml", "atom.xml", "feed.json")
MOST, TOPICS = 500, 20  # pings at once; addresses of one request
WAITS = [timedelta(minutes=n) for n in (1, 5, 30, 120, 480, 1440)]  # before each further attempt


def noteworthy(changes: Iterable[Change], now: datetime) -> list[tuple[int, datetime]]:
    """Posts of which readers see something else now or later, and from when on."""
    return [
        (change.post.pk, max(now, change.post.published_at or now))
        for change in changes
        if change.state in ("imported", "updated")
        and (change.was_public or change.post.published_at is not None)
        and (change.post.published_at or now) > now - OLD
    ]


def announce_later(changes: Iterable[Change], now: datetime) -> None:
    """Note what changed for readers once the transaction is committed; a save stands or falls
    without it.
    """
    if found := noteworthy(changes, now):
        transaction.on_commit(lambda: announce(found), robust=True)


def announce(posts: Collection[tuple[int, datetime]]) -> None:
    """Note posts for each hub of the site; after their transaction. One query without hubs."""
    hubs = _hubs() if posts else []
    if not hubs:
        return
    rows = [Ping(post_id=pk, hub=hub, due_at=due) for pk, due in posts for hub in hubs]
    Ping.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["post", "hub"],
        update_fields=["due_at", "attempts", "error"],
    )
    for due in {due for _pk, due in posts}:
        send_pings.using(run_after=due).enqueue()


def _hubs() -> list[str]:
    found = Site.objects.values_list("hubs", flat=True).first() or ""
    return list(dict.fromkeys(found.split()))


@task()
def send_pings() -> None:
    """What the worker does: send what is due, and come again for what is to be tried again."""
    send_due()


def send_due() -> int:
    """Tell the hubs of all that is due; how many posts that were."""
    claimed = _claimed()
    of_hub: dict[str, list[Ping]] = defaultdict(list)
    for ping in claimed:
        of_hub[ping.hub].append(ping)
    again = set()
    for hub, pings in of_hub.items():
        problem = _problem_of(hub, _topics([ping.post for ping in pings]))
        if not problem:
            _drop(pings)
            continue
        for ping in pings:
            Ping.objects.filter(pk=ping.pk, attempts=ping.attempts).update(error=problem[:300])
        again |= {ping.due_at for ping in pings if ping.due_at is not None}
        logger.warning("the WebSub hub %s was not told: %s", hub, problem)
    for due in again:
        send_pings.using(run_after=due).enqueue()
    return len({ping.post_id for ping in claimed})


def _claimed() -> list[Ping]:
    """Pings that are due, taken so that no other worker sends them; a worker that is lost leaves
    them due again later. Those of hubs that the site names no longer are dropped.
    """
    now = timezone.now()
    Ping.objects.exclude(hub__in=_hubs()).delete()
    due = Ping.objects.filter(due_at__lte=now).select_related("post").order_by("due_at", "pk")
    claimed = []
    for ping in due[:MOST]:
        again = now + WAITS[ping.attempts] if ping.attempts < len(WAITS) else None
        mine = Ping.objects.filter(pk=ping.pk, due_at=ping.due_at, attempts=ping.attempts)
        if mine.update(due_at=again, attempts=F("attempts") + 1):
            ping.due_at, ping.attempts = again, ping.attempts + 1
            claimed.append(ping)
    return claimed


def _drop(pings: Iterable[Ping]) -> None:
    """Those that were sent, unless their posts were saved again meanwhile."""
    for ping in pings:
        Ping.objects.filter(pk=ping.pk, attempts=ping.attempts).delete()


def _problem_of(hub: str, topics: list[str]) -> str:
    """Send a hub the addresses of feeds; what went wrong, or nothing."""
    for start in range(0, len(topics), TOPICS):
        fields = [("hub.mode", "publish")]
        fields += [("hub.url", topic) for topic in topics[start : start + TOPICS]]
        try:
            reply = post(hub, fields)
        except Unreachable as error:
            return str(error)
        if not 200 <= reply.status < 300:
            text = reply.body[:200].decode("utf-8", "replace")
            return f"{reply.status} {' '.join(text.split())}"
    return ""


def _topics(posts: Iterable[Post]) -> list[str]:
    """The feeds that hold some posts, or held them: whatever never had readers is named to nobody.

    One query.
    """
    seen = [one for one in posts if one.had_readers]
    names = label_names(one.card for one in seen)
    lists: dict[str, None] = {}
    for one in seen:
        labels = names.of(one.card)
        paths = [""]
        for kind in ("category", "tag", "author"):
            folder = FOLDERS[kind]
            paths += [f"{folder}/{label.slug}/" for label in getattr(labels, folder)]
        paths += [f"sources/{host}/" for host in _hosts(one)]
        for prefix in ("/", f"/{one.language}/"):
            lists |= dict.fromkeys(prefix + path for path in paths)
    origin = hyperlinks.uri(settings.SITE_URL)
    return [origin + hyperlinks.quoted(path + feed) for path in lists for feed in FEEDS]


def _hosts(one: Post) -> list[str]:
    links = [link for story in one.card.stories for link in story.citations]
    return list(dict.fromkeys(link.host for link in (*links, *one.card.sources) if link.host))
