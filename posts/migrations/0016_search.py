import django.db.models.deletion
from django.db import migrations, models

import posts.models.search

# One column of tokens that are no words: all but spaces belong to them. Without positions the
# index is small and quick to write; what stands side by side is seen in the row.
SQLITE = """
CREATE VIRTUAL TABLE posts_searchindex USING fts5(
    tokens, content='posts_searchrow', content_rowid='key', detail='none',
    tokenize="ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~'''"
);
CREATE TRIGGER posts_searchrow_comes AFTER INSERT ON posts_searchrow BEGIN
    INSERT INTO posts_searchindex(rowid, tokens) VALUES (new.key, new.tokens);
END;
CREATE TRIGGER posts_searchrow_goes AFTER DELETE ON posts_searchrow BEGIN
    INSERT INTO posts_searchindex(posts_searchindex, rowid, tokens)
    VALUES ('delete', old.key, old.tokens);
END;
CREATE TRIGGER posts_searchrow_changes AFTER UPDATE ON posts_searchrow
WHEN old.key <> new.key OR old.tokens <> new.tokens BEGIN
    INSERT INTO posts_searchindex(posts_searchindex, rowid, tokens)
    VALUES ('delete', old.key, old.tokens);
    INSERT INTO posts_searchindex(rowid, tokens) VALUES (new.key, new.tokens);
END;
"""
# What waits in the index's list of new rows is read by every search: it is kept short.
POSTGRESQL = [
    "CREATE INDEX search_tokens ON posts_searchrow USING gin (tokens)"
    " WITH (gin_pending_list_limit = 512)",
    # To start workers takes longer than any of our questions.
    "ALTER TABLE posts_searchrow SET (parallel_workers = 0)",
]


def make_index(apps, schema_editor):
    """The index itself, which is no table of Django's."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in POSTGRESQL:
                cursor.execute(statement)
        else:
            for statement in SQLITE.replace("\nCREATE", "\0CREATE").strip("\n\0").split("\0"):
                cursor.execute(statement)


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
