"""What a run changes in posts whose files are as they were: time zones and pictures."""

from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from posts.deriving.pool import Pool
from posts.files.pictures import PictureRun
from posts.models import Post
from posts.publishing import Submission, rebuild, save_all
from posts.publishing.labels import digest_switches

NAMES = 20  # of replaced pictures in one query


def rezoned(zones: dict[str, str], pool: Pool, executor: Executor) -> list[str]:
    """Derive posts again in other time zones, by path; those whose time that changed.

    The zone is noted in any case, so that the next run need not ask. Raises as ``save_all`` does.
    """
    posts = list(Post.objects.filter(path__in=list(zones)))
    before = {post.path: (post.published_at, post.day) for post in posts}
    switches = digest_switches()

    def derived(post: Post) -> Submission:
        zone = zones[post.path]
        result = pool.derive(post.document, post.path, zone, switches)
        return Submission(post.path, post.document, result, zone, post.version)

    outcomes = save_all(list(executor.map(derived, posts)), reason="import")
    saved = [outcome.post for outcome in outcomes]
    return [post.path for post in saved if before[post.path] != (post.published_at, post.day)]


def pictures_of_unchanged(
    brought: PictureRun, roots: Iterable[Path], unchanged: dict[str, Path]
) -> dict[str, Exception]:
    """Look at pictures again and rebuild the posts that show others now; failures by path.

    ``unchanged`` are posts whose files are as they were, with their folders. Every picture that the
    site has is read once.
    """
    for root in roots:
        brought.bring_known(root)
    stale = set(_arrived(brought, unchanged))
    stale |= set(_showing({r.replaced for r in brought.results.values() if r.replaced}))
    failures: dict[str, Exception] = {}
    for path in sorted(stale):
        try:
            rebuild(Post.objects.filter(path=path))
        except Exception as error:
            failures[path] = error
    return failures


def _arrived(brought: PictureRun, unchanged: dict[str, Path]) -> Iterable[str]:
    """Posts that missed a picture which is there now."""
    remarked = Post.objects.exclude(problems=[]).values_list("path", "problems")
    for path, problems in remarked.iterator(chunk_size=500):
        names = [
            problem["values"]["name"]
            for problem in problems
            if problem.get("key") == "picture-missing"
        ]
        if names and path in unchanged:
            results = brought.bring(unchanged[path], path, names)
            if any(result.state in ("imported", "unchanged") for result in results):
                yield path


def _showing(names: set[str]) -> Iterable[str]:
    """Posts that show pictures of these names. They are looked for in every post."""
    ordered = sorted(names)
    for start in range(0, len(ordered), NAMES):
        wanted = Q()
        for name in ordered[start : start + NAMES]:
            wanted |= Q(html__contains=name) | Q(card_text__contains=name)
        posts = Post.objects.annotate(card_text=Cast("card", TextField())).filter(wanted)
        yield from posts.values_list("path", flat=True)
