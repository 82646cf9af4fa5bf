"""The editors' side. Every save goes through ``publishing``; nothing here writes a post's row."""

import django_tasks_db.admin  # noqa: F401 - registers what is taken back below
import taggit.admin
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from posts.admin import deliveries, jobs, labels, posts, records, sites

admin.site.unregister(taggit.admin.Tag)  # posts have tags of their own
admin.site.unregister(DBTaskResult)  # jobs show what the worker does, in the editor's words
admin.site.site_header = admin.site.site_title = _("Newsroom desk")
admin.site.index_title = _("What needs doing")
admin.site.enable_nav_sidebar = True

__all__ = ["deliveries", "jobs", "labels", "posts", "records", "sites"]
