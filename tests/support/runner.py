"""Django's runner, named in the settings so that ``manage.py test`` and the Makefile agree."""

from django.test.runner import DiscoverRunner


class Runner(DiscoverRunner):
    """The suite's runner."""
