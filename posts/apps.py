from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostsConfig(AppConfig):
    """The app of posts and all that is made of them."""

    name = "posts"
    verbose_name = _("newsroom")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from posts import checks  # noqa: F401 - registers the checks
        from posts.admin import audit

        audit.connect()
