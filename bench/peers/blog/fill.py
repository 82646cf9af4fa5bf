"""``python -m bench.peers.blog.fill POSTS``: a database of the posts in a file of JSON lines."""

import json
import os
import sys

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.blog.settings"
django.setup()

from bench.peers.blog.models import Post, Tag  # noqa: E402 - needs the settings


def fill(lines: list[str]) -> None:
    """Write every post with its tags."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    posts = [json.loads(line) for line in lines]
    names = sorted({name for post in posts for name in post["tags"]})
    tags = {tag.slug: tag for tag in Tag.objects.bulk_create(Tag(name=n, slug=n) for n in names)}
    rows = Post.objects.bulk_create(
        Post(
            title=post["title"],
            slug=post["slug"],
            author=post["author"],
            published=f"{post['date']}T00:00:00+00:00",
            body=post["body"],
        )
        for post in posts
    )
    Post.tags.through.objects.bulk_create(
        Post.tags.through(post_id=row.pk, tag_id=tags[name].pk)
        for row, post in zip(rows, posts, strict=True)
        for name in post["tags"]
    )


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        fill(list(file))
