from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0007_order")]

    operations = [
        migrations.AddField(
            model_name="quarantinedfile", name="problem", field=models.JSONField(default=dict)
        )
    ]
