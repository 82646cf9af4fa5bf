"""Work that outlasts a request: ``@task`` and ``.enqueue()``, kept in the database for a worker.

Django 6 brings the decorator; Django 5.2 has it from django-tasks. Import it from here.
"""

try:
    from django.tasks import task
except ImportError:  # Django 5.2
    from django_tasks import task  # type: ignore[no-redef]

__all__ = ["task"]
