import django.db.models.deletion
from django.db import migrations, models

import posts.models.search
from posts.search import upkeep


def make_index(apps, schema_editor):
    """The index itself, which is no table of Django's."""
    with schema_editor.connection.cursor() as cursor:
        upkeep.make(cursor, schema_editor.connection.vendor)


def drop_index(apps, schema_editor):
    """On PostgreSQL, and the triggers, it goes with its table."""
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP TABLE posts_searchindex")


class Migration(migrations.Migration):
    """An empty index: ``rebuild_posts`` fills it."""

    dependencies = [("posts", "0015_pings")]

    operations = [
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("key", posts.models.search.SearchKey(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("headings", models.TextField()),
                ("names", models.TextField()),
                ("tokens", posts.models.search.TokensField()),
                ("words", models.TextField()),
                (
                    "post",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_row",
                        to="posts.post",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(make_index, drop_index),
    ]
