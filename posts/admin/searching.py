"""The search of the list of posts: the readers' own, over what they cannot see too."""

from django.db.models import Q

from posts.content.querying import LONGEST, parse
from posts.models import Post
from posts.search import finding
from posts.search.filters import understand

MOST = 1000  # posts that are found
NEWEST = 2000  # posts whose titles and paths are looked through for what is no whole word


def matching(text: str) -> set[int]:
    """The posts that a search in the admin finds, whatever their status. Three queries.

    By words and filters as readers search; by a path that begins so; and by any part of a title or
    path, which no index knows, among the newest so many: what it costs is bounded.
    """
    meaning = understand(parse(text), hidden=True)
    found: set[int] = set()
    if meaning.asks and not meaning.impossible:
        found.update(finding.everything(meaning.wanted, MOST))
    plain = " ".join(text[:LONGEST].split())
    newest = Post.objects.order_by("-day", "-id").values("pk")[:NEWEST]
    part = Q(title__icontains=plain) | Q(path__icontains=plain)
    begins = Q(path__gte=plain, path__lt=f"{plain}\U0010ffff")
    if meaning.query.filters and meaning.query.words == ():
        return found
    found.update(Post.objects.filter(pk__in=newest).filter(part).values_list("pk", flat=True))
    found.update(Post.objects.filter(begins).values_list("pk", flat=True)[:MOST])
    return found
