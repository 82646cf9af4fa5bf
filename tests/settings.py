"""The settings of the tests: the site's own, with less to wait for and less to read."""

import os
import tempfile
from pathlib import Path

from newsroom.settings import *  # noqa: F403
from newsroom.settings import LOGGING, TASKS_MODULE

LOGGING["root"]["level"] = "CRITICAL"
LOGGING["loggers"] = {name: {"level": "CRITICAL"} for name in ("django", "axes", "newsroom")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": f"{TASKS_MODULE}.backends.immediate.ImmediateBackend"}}
TEST_RUNNER = "tests.support.runner.Runner"
CARDS_ROOT = Path(tempfile.gettempdir()) / f"newsroom-test-cards-{os.getuid()}"
