"""The WSGI entry, which ``python -m newsroom.server`` serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
django_application = get_wsgi_application()

from posts.caching.front import front  # noqa: E402 - needs the settings

application = front(django_application)
