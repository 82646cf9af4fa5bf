from django.db import migrations, models
from django.db.models import Q

HAS_TIME = Q(status="published", published_at__isnull=False) | (
    ~Q(status="published") & Q(published_at__isnull=True)
)


class Migration(migrations.Migration):
    dependencies = [("posts", "0008_quarantine_wording")]

    operations = [
        migrations.RemoveConstraint(model_name="post", name="post_public_has_moment"),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(condition=HAS_TIME, name="post_public_has_time"),
        ),
    ]
