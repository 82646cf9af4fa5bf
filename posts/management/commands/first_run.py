"""``first_run``: everything that a new site needs before it can be looked at.

A second run changes nothing.
"""

import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from posts import publishing
from posts.models import Category, Post

# The samples' sections in the order of the menu, with what other languages call them. Titles and
# order are an editor's, no document's: without them the menu would go by code points.
SECTIONS = {
    "云原生": {"en": "Cloud native", "fa": "رایانش ابری"},
    "科技": {"en": "Technology", "fa": "فناوری"},
    "金融科技": {"en": "Fintech", "fa": "فناوری مالی"},
    "政策": {"en": "Policy", "fa": "سیاست‌گذاری"},
    "军事": {"en": "Defence", "fa": "دفاع"},
}


class Command(BaseCommand):
    help = (
        "Migrate; load samples/ into an empty database; "
        "make an editor account and print its password once."
    )

    def handle(self, **options):
        call_command("migrate", verbosity=0, interactive=False)
        samples = settings.BASE_DIR / "samples"
        if not Post.objects.exists() and samples.is_dir():
            call_command("import_posts", str(samples), stdout=self.stdout, stderr=self.stderr)
            for section in Category.objects.filter(slug__in=SECTIONS):
                section.position = [*SECTIONS].index(section.slug) * 10 + 10
                section.names = SECTIONS[section.slug]
                publishing.save_row(section)
        users = get_user_model()
        if not users.objects.exists():
            password = secrets.token_urlsafe(12)
            users.objects.create_superuser("editor", "", password)
            self.stdout.write(
                f"Sign in at /{settings.ADMIN_PATH}/ as “editor” with the password {password} "
                "(shown only this once)."
            )
