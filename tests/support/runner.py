"""How the suite is run: slow classes first, and on a second database only what uses it."""

import argparse
import tempfile
from collections.abc import Iterable
from typing import Any
from unittest import TestSuite, mock

from django.template.backends.jinja2 import Template
from django.test import TransactionTestCase
from django.test.runner import DiscoverRunner, iter_test_cases
from django.test.signals import template_rendered
from django.test.utils import override_settings

from posts.caching import journal
from tests.support import SLOW

FIRST = SLOW | {"long"}  # and of those of some seconds, which it runs


class Runner(DiscoverRunner):
    """Django's runner, with ``--only-database``.

    The slow classes of each kind come first, so that no process is left alone with one at the end.
    Pictures go to a folder that is gone afterwards, not to those of the site that runs here.
    """

    def __init__(self, *args: Any, only_database: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.only_database = only_database

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--only-database",
            action="store_true",
            help="Leave out the classes that do not use the tests' database.",
        )

    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        self.media = tempfile.TemporaryDirectory(prefix="newsroom-media-")
        self.pictures = override_settings(MEDIA_ROOT=self.media.name)
        self.pictures.enable()
        self.templates = mock.patch.object(Template, "render", _reported(Template.render))
        self.templates.start()
        journal.shared.threaded = False  # its own connection would lock tables of other tests

    def teardown_test_environment(self, **kwargs: Any) -> None:
        self.templates.stop()
        self.pictures.disable()
        self.media.cleanup()
        super().teardown_test_environment(**kwargs)

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> TestSuite:
        found: Iterable[Any] = iter_test_cases(super().load_tests_for_label(label, discover_kwargs))
        if self.only_database:
            found = [test for test in found if uses_database(test)]
        found = list(found)
        if slow := sorted({class_name(test) for test in found if SLOW & tags(test)}):
            how = "left out" if self.exclude_tags >= SLOW else "first"
            self.log(f"Slow classes ({how}): {', '.join(slow)}")
        return self.test_suite(sorted(found, key=lambda test: not (FIRST & tags(test))))


def _reported(render: Any) -> Any:
    """Jinja2's rendering with the signal of Django's own, which ``response.context`` is made of."""

    def reported(template: Any, context: Any = None, request: Any = None) -> Any:
        template_rendered.send(sender=template, template=template, context=context or {})
        return render(template, context, request)

    return reported


def uses_database(test: Any) -> bool:
    """True for Django's classes with a database, and those that say it with ``tag("database")``."""
    return isinstance(test, TransactionTestCase) or "database" in tags(test)


def tags(test: Any) -> set[str]:
    """The tags of a test and its class."""
    return set(getattr(test, "tags", ()))


def class_name(test: Any) -> str:
    """As a label names it, below ``tests``."""
    return f"{type(test).__module__.removeprefix('tests.')}.{type(test).__qualname__}"
