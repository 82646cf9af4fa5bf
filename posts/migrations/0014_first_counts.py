from django.db import migrations

from posts.content.initials import sort_key
from posts.publishing.recounting import recount

SLUGS = {"tag": "slug", "category": "slug", "author": "slug", "source": "host"}


def sort(apps, schema_editor):
    """The labels that are there already."""
    for model, slug in SLUGS.items():
        rows = apps.get_model("posts", model).objects
        batch = []
        for row in rows.only("pk", "name", slug).iterator(2000):
            own = getattr(row, slug)
            row.sort_key = sort_key(row.name or own, own)
            batch.append(row)
            if len(batch) == 500:
                rows.bulk_update(batch, ["sort_key"])
                batch.clear()
        rows.bulk_update(batch, ["sort_key"])


def count(apps, schema_editor):
    """The posts that are there already; ``rebuild_posts`` counts them in the same way."""
    if apps.get_model("posts", "Post").objects.exists():
        recount()


class Migration(migrations.Migration):

    dependencies = [("posts", "0013_counts_and_order")]

    operations = [
        migrations.RunPython(sort, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
