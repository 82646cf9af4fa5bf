from hashlib import sha256

import django.db.models.deletion
from django.db import migrations, models

BATCH = 500


def remember_imports(apps, schema_editor):
    """The newest revision that an import wrote is what the post's file brought last."""
    Revision = apps.get_model("posts", "Revision")
    Delivery = apps.get_model("posts", "Delivery")
    imported = Revision.objects.filter(reason="import")
    newest = imported.values("post").annotate(number=models.Max("number")).values("post", "number")
    rows = []
    for pair in newest.order_by("post").iterator(chunk_size=BATCH):
        revision = imported.get(post=pair["post"], number=pair["number"])
        digest = sha256(revision.document.encode("utf-8", "surrogatepass")).hexdigest()
        rows.append(
            Delivery(
                post_id=revision.post_id,
                role="base",
                sha256=digest,
                revision=revision.number,
                delivered_at=revision.saved_at,
            )
        )
        if len(rows) >= BATCH:
            Delivery.objects.bulk_create(rows)
            rows = []
    Delivery.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("posts", "0005_image_alt")]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("base", "settled"),
                            ("seen", "seen"),
                            ("waiting", "waiting"),
                            ("past", "past"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                ("document", models.TextField(null=True, verbose_name="document")),
                (
                    "held",
                    models.BooleanField(
                        default=False,
                        help_text="an editor had held the post back; no delivery publishes it",
                    ),
                ),
                ("delivered_at", models.DateTimeField(verbose_name="delivered at")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="posts.post",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["post", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("role", "base")),
                        fields=("post",),
                        name="delivery_one_base",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("role", "waiting")),
                        fields=("post",),
                        name="delivery_one_waiting",
                    ),
                ],
            },
        ),
        migrations.RunPython(remember_imports, migrations.RunPython.noop),
    ]
