from django.db import migrations, models

import posts.models.journal


class Migration(migrations.Migration):
    dependencies = [("posts", "0009_constraint_names")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("keys", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "transaction",
                    posts.models.journal.TransactionId(editable=False, null=True),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["transaction"], name="change_transaction")],
            },
        ),
    ]
