from django.db import migrations

from posts.models.folded import FoldedField, folded_name

SOURCES = {"author": ("name",), "category": ("name",), "source": ("name", "host"), "tag": ("name",)}


def fold(apps, schema_editor):
    """The names that are there already."""
    for model, sources in SOURCES.items():
        rows = apps.get_model("posts", model).objects
        batch = []
        for row in rows.only("pk", *sources).iterator(2000):
            row.folded = folded_name(next((v for s in sources if (v := getattr(row, s))), ""))
            batch.append(row)
            if len(batch) == 500:
                rows.bulk_update(batch, ["folded"])
                batch.clear()
        rows.bulk_update(batch, ["folded"])


class Migration(migrations.Migration):

    dependencies = [("posts", "0011_site_and_tallies")]

    operations = [
        *(
            migrations.AddField(model, "folded", FoldedField(*sources))
            for model, sources in SOURCES.items()
        ),
        migrations.RunPython(fold, migrations.RunPython.noop, elidable=True),
    ]
