"""``python -m bench.peers.magazine.fill POSTS``: a site with the posts of a file of JSON lines.

Rows are written at once, as a migration between sites would: ``add_child`` takes 25 ms a page.
"""

import json
import os
import sys

import django
import markdown
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.magazine.settings"
django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402 - needs the settings
from django.db import connection  # noqa: E402
from taggit.models import Tag  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from bench.peers.magazine.models import ArticleList, ArticlePage, ArticleTag  # noqa: E402


def fill(posts: list[dict]) -> None:
    """Write every post with its tags."""
    call_command("migrate", verbosity=0)
    home = Page.objects.get(depth=1).add_child(instance=ArticleList(title="Magazine", slug="list"))
    Site.objects.update_or_create(is_default_site=True, defaults={"root_page": home, "port": 80})
    kind = ContentType.objects.get_for_model(ArticlePage)
    pages = Page.objects.bulk_create(
        Page(
            title=post["title"],
            draft_title=post["title"],
            slug=post["slug"],
            content_type=kind,
            path=ArticlePage._get_path(home.path, home.depth + 1, number),
            depth=home.depth + 1,
            url_path=f"{home.url_path}{post['slug']}/",
            live=True,
            locale=home.locale,
        )
        for number, post in enumerate(posts, 1)
    )
    Page.objects.filter(pk=home.pk).update(numchild=len(posts))
    render = markdown.Markdown(extensions=["extra", "toc"])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO magazine_articlepage (page_ptr_id, author, published, body)"
            " VALUES (%s, %s, %s, %s)",
            [
                (page.pk, post["author"], post["date"], render.reset().convert(post["body"]))
                for page, post in zip(pages, posts, strict=True)
            ],
        )
    tagged(pages, posts)


def tagged(pages: list[Page], posts: list[dict]) -> None:
    """The tags of the pages."""
    names = sorted({name for post in posts for name in post["tags"]})
    tags = {tag.slug: tag for tag in Tag.objects.bulk_create(Tag(name=n, slug=n) for n in names)}
    ArticleTag.objects.bulk_create(
        ArticleTag(content_object_id=page.pk, tag=tags[name])
        for page, post in zip(pages, posts, strict=True)
        for name in post["tags"]
    )


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        fill([json.loads(line) for line in file])
