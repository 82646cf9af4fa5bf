"""How the suite is run: slow classes first, and on a second database only what uses it."""

import argparse
import tempfile
from collections.abc import Iterable
from typing import Any
from unittest import TestSuite

from django.test import TransactionTestCase
from django.test.runner import DiscoverRunner, iter_test_cases
from django.test.utils import override_settings


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

    def teardown_test_environment(self, **kwargs: Any) -> None:
        self.pictures.disable()
        self.media.cleanup()
        super().teardown_test_environment(**kwargs)

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> TestSuite:
        found: Iterable[Any] = iter_test_cases(super().load_tests_for_label(label, discover_kwargs))
        if self.only_database:
            found = [test for test in found if uses_database(test)]
        return self.test_suite(sorted(found, key=lambda test: not is_slow(test)))


def uses_database(test: Any) -> bool:
    """True for Django's classes with a database, and those that say it with ``tag("database")``."""
    return isinstance(test, TransactionTestCase) or "database" in getattr(test, "tags", ())


def is_slow(test: Any) -> bool:
    """True for the classes that ``--quick`` leaves out, and those of some seconds that it runs."""
    return bool({"slow", "browser", "long"} & set(getattr(test, "tags", ())))
